"""What makes another API of the same engine: its routes, and how it words a refusal.

Each is one module under ``dialects/`` with a ``DIALECT``; ``dialects:`` of the configuration says which are served.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from gitflow.core.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from aiohttp.web import BaseRequest

    from gitflow.api.http.context import Context
    from gitflow.api.http.response import Response
    from gitflow.api.http.route import Route
    from gitflow.core.values import JsonObject
    from gitflow.runtime.background import BackgroundLoop

#: Name in the configuration -> module.
DIALECTS: Mapping[str, str] = {
    "workflow_runs": "gitflow.api.dialects.workflow_runs.dialect",
    "cloudflare": "gitflow.api.dialects.cloudflare.dialect",
    "komand": "gitflow.api.dialects.komand.dialect",
    "activeworkflow": "gitflow.api.dialects.activeworkflow.dialect",
}


@record
class Refusal:
    """Why a request is not answered as asked, in this server's own words."""

    status: int
    code: str
    message: str
    details: tuple[tuple[str, str], ...] = ()  #: (field, message)
    headers: Mapping[str, str] = {}


@record
class Dialect:
    name: str
    prefixes: tuple[str, ...]  #: every path that begins so is this dialect's, also those that lead nowhere
    routes: tuple[Route, ...]
    shapes: Mapping[str, JsonObject]
    refuse: Callable[[Refusal, str], Response]  #: a refusal and the request's id, in the dialect's words
    credential: Callable[[BaseRequest], str | None] | None = None  #: where a request carries one, if not as elsewhere
    loop: Callable[[Context], BackgroundLoop] | None = (
        None  #: what it carries on in the background, while the server runs
    )


def load(name: str) -> Dialect:
    return importlib.import_module(DIALECTS[name]).DIALECT


class Dialects:
    """Those that a server speaks."""

    def __init__(self, names: Iterable[str]) -> None:
        self.all = tuple(load(name) for name in names)
        self._by_prefix = {prefix: dialect for dialect in self.all for prefix in dialect.prefixes}

    def of(self, path: str) -> Dialect | None:
        """Whose path it is; None: the native API's."""
        tidy = tidied(path)
        for prefix, dialect in self._by_prefix.items():
            if tidy.startswith(prefix) or tidy == prefix.rstrip("/"):
                return dialect
        return None


def tidied(path: str) -> str:
    """Clients of other APIs join addresses carelessly: ``//`` means ``/``, and one at the end nothing."""
    while "//" in path:
        path = path.replace("//", "/")
    return path.rstrip("/") or "/"
