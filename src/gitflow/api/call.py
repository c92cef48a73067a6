"""One request as a handler sees it: its parts checked, and the server it was sent to."""

from __future__ import annotations

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from aiohttp.web import BaseRequest

    from gitflow.api.guard import Caller
    from gitflow.api.route import Route
    from gitflow.api.server import Server
    from gitflow.core.values import Json, JsonObject
    from gitflow.runtime.orchestrator import Turn
    from gitflow.runtime.served import ServedWorkspace
    from gitflow.stores.registry import Stores

    T = TypeVar("T")


class Call:
    __slots__ = ("actor", "body", "caller", "id", "identity", "path", "query", "request", "route", "server")

    def __init__(
        self,
        server: Server,
        request: BaseRequest,
        route: Route,
        path: Mapping[str, str],
        query: JsonObject,
        id: str,
        caller: Caller,
    ) -> None:
        self.server = server
        self.request = request
        self.route = route
        self.path = path  #: the segments that stand for a name
        self.query = query  #: every parameter of the route, read
        self.id = id  #: the request's, as ``X-Request-ID`` tells it
        self.caller = caller  #: where it came from
        self.body: Json = {}  #: the JSON body, as its shape allows
        self.actor = "api"  #: who asks, as history tells it
        self.identity: object | None = None  #: who asks, as identity knows it

    def text(self, name: str) -> str | None:
        return self.query[name]

    def number(self, name: str) -> int:
        return self.query[name]

    def served(self) -> ServedWorkspace:
        """The workspace that ``{ws}`` names. Raises NotFound."""
        return self.server.service.served.get(self.path["ws"])

    async def read(self, look: Callable[[Stores], T]) -> T:
        """What is stored, looked at in another thread."""
        return await self.server.reader.read(look)

    async def do(self, work: Callable[[Turn], T]) -> T:
        """Done inside the next commit; answered when that is on the disk."""
        return await asyncio.wrap_future(self.server.service.counter.submit(work))
