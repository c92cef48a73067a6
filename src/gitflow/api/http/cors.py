"""Which pages of other sites may read answers (CORS): those of ``cors.origins``, and without that setting none.

Cookies are not allowed to come along (no ``Access-Control-Allow-Credentials``): such pages send a token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.http.host_check import origin_of
from gitflow.api.http.response import Response

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping

    from aiohttp.web import BaseRequest

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
SENT = (
    "Accept, Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, X-Request-ID, traceparent, "
    "tracestate"
)
READ = "Content-Disposition, ETag, Link, Retry-After, X-Request-ID, X-Total-Count"
#: How long a browser may remember that it may ask, in seconds.
REMEMBERED_S = 600


class Cors:
    def __init__(self, origins: Iterable[str]) -> None:
        self.origins = frozenset(filter(None, map(origin_of, origins)))

    def __bool__(self) -> bool:
        """Whether there is anybody to let in."""
        return bool(self.origins)

    def preflight(self, request: BaseRequest) -> Response | None:
        """The answer, where a browser asks whether a page may send a request."""
        asked = request.headers.get("Access-Control-Request-Method")
        if request.method != "OPTIONS" or asked is None or request.headers.get("Origin") not in self.origins:
            return None
        headers = {
            "Access-Control-Allow-Methods": METHODS,
            "Access-Control-Allow-Headers": SENT,
            "Access-Control-Max-Age": str(REMEMBERED_S),
        }
        return Response(b"", 204, headers)

    def tell(self, origin: str | None, headers: MutableMapping[str, str]) -> None:
        """Lets a page read the answer. Which pages may is part of what caches must keep apart."""
        headers["Vary"] = "Origin"
        if origin is not None and origin in self.origins:
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Expose-Headers"] = READ
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
