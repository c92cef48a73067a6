"""Dialects: further APIs of the same engine, each with its own routes, schemas and form of errors.

A dialect is a package under ``dialects/`` with a ``DIALECT``; ``dialects`` in server-config.yaml says which are served.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from gitflow.core.record import Record

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


class RequestError(Record):
    """An error of a request, before a dialect or the native API gives it its form."""

    status: int
    code: str
    message: str
    details: tuple[tuple[str, str], ...] = ()  #: (field, message)
    headers: Mapping[str, str] = {}


class Dialect(Record):
    name: str
    prefixes: tuple[str, ...]  #: every path with such a beginning belongs to the dialect, also unknown ones
    routes: tuple[Route, ...]
    schemas: Mapping[str, JsonObject]
    error_response: Callable[[RequestError, str], Response]  #: from an error and the request's id
    credential: Callable[[BaseRequest], str | None] | None = None  #: reads it from a request, if not as the native API
    loop: Callable[[Context], BackgroundLoop] | None = None  #: a background task of the server


def load(name: str) -> Dialect:
    return importlib.import_module(DIALECTS[name]).DIALECT


class Dialects:
    """The dialects that a server serves."""

    def __init__(self, names: Iterable[str]) -> None:
        self.all = tuple(load(name) for name in names)
        self._by_prefix = {prefix: dialect for dialect in self.all for prefix in dialect.prefixes}

    def of(self, path: str) -> Dialect | None:
        """The dialect that a path belongs to; None: the native API."""
        normalized = normalize_path(path)
        for prefix, dialect in self._by_prefix.items():
            if normalized.startswith(prefix) or normalized == prefix.rstrip("/"):
                return dialect
        return None


def normalize_path(path: str) -> str:
    """Without repeated and trailing slashes: clients of other APIs join URLs carelessly."""
    while "//" in path:
        path = path.replace("//", "/")
    return path.rstrip("/") or "/"
