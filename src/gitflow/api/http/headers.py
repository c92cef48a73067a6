"""The headers of every answer: nothing here may be framed, sniffed, cached by others, or told to other sites."""

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

#: For a file that somebody else made: it is saved, never shown, and could do nothing if it were.
DOWNLOAD: Mapping[str, str] = {
    **SECURITY,
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
}

_made: dict[str, CIMultiDict[str]] = {}


def headers_for(media: str = JSON) -> CIMultiDict[str]:
    """A fresh set, with the content's type."""
    kept = _made.get(media)
    if kept is None:
        kept = _made[media] = CIMultiDict({**SECURITY, "Content-Type": media})
    return kept.copy()
