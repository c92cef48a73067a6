"""Dialects: further APIs of the same engine, each with its own routes, schemas and form of errors.

A dialect is a package under ``dialects/`` with a ``DIALECT``; ``dialects`` in server-config.yaml says which are served.
It is imported with the first request for one of its paths.
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


class Entry(Record):
    """What a server knows of a dialect before it imports it."""

    prefixes: tuple[str, ...]  #: every path with such a beginning belongs to the dialect, also unknown ones
    loop: str = ""  #: the module with ``loop_of``, a background task of the server


#: Name in the configuration and of the package -> what is known of it.
DIALECTS: Mapping[str, Entry] = {
    "workflow_runs": Entry(("/v1/",)),
    "cloudflare": Entry(("/client/v4/", "/accounts/", "/memberships/"), "cloudflare.terminate_all"),
    "komand": Entry(("/v2/",)),
    "activeworkflow": Entry(("/api/v1/",)),
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
    routes: tuple[Route, ...]
    schemas: Mapping[str, JsonObject]
    error_response: Callable[[RequestError, str], Response]  #: from an error and the request's id
    credential: Callable[[BaseRequest], str | None] | None = None  #: reads it from a request, if not as the native API


def load(name: str) -> Dialect:
    return importlib.import_module(f"gitflow.api.dialects.{name}.dialect").DIALECT


class Dialects:
    """The dialects that a server serves."""

    def __init__(self, names: Iterable[str]) -> None:
        self.entries = {name: DIALECTS[name] for name in names}
        self._by_prefix = {prefix: name for name, entry in self.entries.items() for prefix in entry.prefixes}

    def load_all(self) -> list[Dialect]:
        return [load(name) for name in self.entries]

    def routes_of(self, name: str) -> tuple[Route, ...]:
        return load(name).routes

    def loops(self, context: Context) -> list[BackgroundLoop]:
        """The background tasks that carry on what was requested, perhaps before the server started."""
        modules = [f"gitflow.api.dialects.{entry.loop}" for entry in self.entries.values() if entry.loop]
        return [importlib.import_module(module).loop_of(context) for module in modules]

    def of(self, path: str) -> Dialect | None:
        """The dialect that a path belongs to; None: the native API."""
        normalized = normalize_path(path)
        for prefix, name in self._by_prefix.items():
            if normalized.startswith(prefix) or normalized == prefix.rstrip("/"):
                return load(name)
        return None


def normalize_path(path: str) -> str:
    """Without repeated and trailing slashes: clients of other APIs join URLs carelessly."""
    while "//" in path:
        path = path.replace("//", "/")
    return path.rstrip("/") or "/"
