"""The headers of every answer: they forbid framing, type sniffing, caching and referrers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multidict import CIMultiDict

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON = "application/json; charset=utf-8"

SECURITY: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Server": "gitflow",
}

#: For files that steps have written: a browser saves them; the sandbox disarms one that is displayed anyway.
DOWNLOAD: Mapping[str, str] = {
    **SECURITY,
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
}

_cache: dict[str, CIMultiDict[str]] = {}


def headers_for(media: str = JSON) -> CIMultiDict[str]:
    """A new copy of the headers, with this content type."""
    cached = _cache.get(media)
    if cached is None:
        cached = _cache[media] = CIMultiDict({**SECURITY, "Content-Type": media})
    return cached.copy()
