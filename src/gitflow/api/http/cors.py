"""CORS: pages of the origins in ``cors.origins`` may read answers; without that setting, no foreign page may.

Browsers send no cookies with such requests (no ``Access-Control-Allow-Credentials``): the pages send a token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.http.host_check import origin_of
from gitflow.api.http.response import Response

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping

    from aiohttp.web import BaseRequest

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
REQUEST_HEADERS = (
    "Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Request-ID, "
    "traceparent, tracestate"
)
EXPOSED_HEADERS = "Content-Disposition, ETag, Link, Retry-After, X-Request-ID, X-Total-Count"
#: How long a browser may cache the answer to a preflight, in seconds.
MAX_AGE_S = 600


class Cors:
    def __init__(self, origins: Iterable[str]) -> None:
        self.origins = frozenset(filter(None, map(origin_of, origins)))

    def __bool__(self) -> bool:
        """Whether any origin is allowed."""
        return bool(self.origins)

    def preflight(self, request: BaseRequest) -> Response | None:
        """The answer to a preflight from an allowed origin; None for other requests."""
        method = request.headers.get("Access-Control-Request-Method")
        if request.method != "OPTIONS" or method is None or request.headers.get("Origin") not in self.origins:
            return None
        headers = {
            "Access-Control-Allow-Methods": METHODS,
            "Access-Control-Allow-Headers": REQUEST_HEADERS,
            "Access-Control-Max-Age": str(MAX_AGE_S),
        }
        return Response(b"", 204, headers)

    def add_headers(self, origin: str | None, headers: MutableMapping[str, str]) -> None:
        """Allows an allowed origin to read the answer; ``Vary`` keeps answers to different origins apart in caches."""
        headers["Vary"] = ", ".join(filter(None, (headers.get("Vary"), "Origin")))
        if origin is not None and origin in self.origins:
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
