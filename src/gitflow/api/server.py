"""The HTTP face: takes connections, finds the route of each request, and answers in JSON whatever happens.

Every request passes ``Server.answer``: who may ask at all (host_check.py), which route is meant (router.py), its query
and body as that route describes them, then the handler. What a handler refuses, and what goes wrong, becomes the one
shape of errors there too.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import time
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from gitflow import __version__
from gitflow.api.auth.access import ANONYMOUS, Access
from gitflow.api.auth.providers import Providers
from gitflow.api.dialects.base import Dialects, Refusal, tidied
from gitflow.api.http import errors
from gitflow.api.http.bodies import Bodies
from gitflow.api.http.cors import Cors
from gitflow.api.http.errors import HttpError
from gitflow.api.http.headers import headers_for
from gitflow.api.http.host_check import Guard
from gitflow.api.http.parameters import UUID, query_texts, read_query
from gitflow.api.http.reader import Reader
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.router import Router, names_in
from gitflow.api.metrics.metrics import ErrorCount, Metrics
from gitflow.api.route_table import routes, shapes
from gitflow.api.routes.live import Live
from gitflow.api.routes.shared_pages import SharedPages
from gitflow.core.errors import GitflowError, NotFound, StaleEvent
from gitflow.core.identity import Identity

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from gitflow.api.dialects.base import Dialect
    from gitflow.api.http.host_check import Caller
    from gitflow.api.http.route import Route
    from gitflow.app import Service

_log = logging.getLogger("gitflow.http")
_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")

#: How long a request in progress may go on once the server stops, in seconds.
SHUTDOWN_S = 5.0


#: Who calls, once that is known.
CALLED_BY = web.RequestKey("called_by", Identity)


class Server:
    """``service`` is what it serves; everything else here is about HTTP."""

    def __init__(self, service: Service, reader: Reader) -> None:
        self.service = service
        self.config = service.config
        self.reader = reader
        self.dialects = Dialects(self.config.dialects)
        self.routes = routes(self.dialects)
        self.shapes = shapes(self.dialects)
        self.metrics = Metrics()
        self.version = __version__
        self.started_at = time.time()
        self.is_stopping = asyncio.Event()
        self.live = Live(service.notifications, SharedPages(reader.read), self._runs_here, self.is_stopping)
        self.router = Router(self.routes)
        self.gate = Access(service, reader)
        self.providers = Providers(self.config)
        self.cors = Cors(self.config.cors.origins)
        self.loops = {dialect.name: dialect.loop(self) for dialect in self.dialects.all if dialect.loop}
        self._guard = Guard(self.config)
        self._bodies = Bodies(self.shapes, self.config.limits)

    def _runs_here(self, job_id: str) -> bool:
        return self.service.app.orchestrator.job(job_id) is not None

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Never raises, but for a caller who has gone."""
        began = time.perf_counter()
        given = request.headers.get("X-Request-ID", "")
        id = given if _ID.fullmatch(given) else os.urandom(8).hex()
        route, found = await self._answered(request, id)
        response = found if isinstance(found, web.StreamResponse) else self._response(request, route, found, id)
        took = time.perf_counter() - began
        self.metrics.count(request.method, route, response.status, took)
        if request.method not in ("GET", "HEAD"):
            _log_change(request, response.status, took, id)
        return response

    async def _answered(self, request: web.BaseRequest, id: str) -> tuple[Route | None, Response | web.StreamResponse]:
        route: Route | None = None
        dialect = self.dialects.of(request.rel_url.raw_path)
        try:
            caller = self._guard.admit(request)
            if (preflight := self.cors.preflight(request)) is not None:
                return None, preflight
            route, given = self._found(request, dialect)
            return route, await route.handler(await self._call(request, dialect, route, given, caller, id))
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception as error:
            return route, self._refused(request, dialect, error, id)

    def _refused(self, request: web.BaseRequest, dialect: Dialect | None, error: Exception, id: str) -> Response:
        """In the words of the API that was spoken."""
        refusal = self._refusal(request, error, id)
        if dialect is not None:
            return dialect.refuse(refusal, id)
        told = errors.shown(refusal.message, refusal.code, refusal.details)
        problems = errors.shown_problems(error)
        return respond({**told, **problems}, refusal.status, headers=refusal.headers)

    def _refusal(self, request: web.BaseRequest, error: Exception, id: str) -> Refusal:
        match error:
            case HttpError():
                return Refusal(error.status, error.code, str(error), error.details, error.headers)
            case NotFound() if not self.gate.sees_all(request.get(CALLED_BY, ANONYMOUS)):
                return Refusal(404, error.code, error.plain)
            case GitflowError():
                details: tuple[tuple[str, str], ...] = getattr(error, "details", ())
                return Refusal(errors.status_of(error), error.code, str(error), details)
            case StaleEvent():
                return Refusal(409, "conflict", "it changes nothing any more")
            case _:
                trace = (type(error), error, error.__traceback__)
                what = request.method, request.rel_url.raw_path
                _log.error("%s %s failed", *what, exc_info=trace, extra={"request_id": id})
                return Refusal(500, "internal_error", "an internal error; the server's log has more")

    def _found(self, request: web.BaseRequest, dialect: Dialect | None) -> tuple[Route, list[str]]:
        path = request.rel_url.raw_path
        try:
            found = self.router.find(path if dialect is None else tidied(path))
        except UnicodeDecodeError:
            raise errors.bad_request("the path is not UTF-8 text") from None
        if found is None:
            raise HttpError(404, f"there is nothing at {request.rel_url.raw_path}")
        by_method, given = found
        route = by_method.get("GET" if request.method == "HEAD" else request.method)
        if route is None:
            allowed = sorted({*by_method, *(("HEAD",) if "GET" in by_method else ())})
            message = f"{request.method} is not possible here; {', '.join(allowed)} is"
            raise HttpError(405, message, headers={"Allow": ", ".join(allowed)})
        return route, given

    async def _call(
        self,
        request: web.BaseRequest,
        dialect: Dialect | None,
        route: Route,
        given: list[str],
        caller: Caller,
        id: str,
    ) -> Request:
        path = names_in(route, given)
        if "id" in path:
            path["id"] = _checked_id(path["id"])
        takes_others = route.takes_others or dialect is not None or not route.path.startswith("/api/")
        query = read_query(route.query, query_texts(request), takes_others=takes_others)
        call = Request(self, request, route, path, query, id, caller)
        call.identity = request[CALLED_BY] = await self.gate.identify(
            request, route, dialect.credential if dialect else None
        )
        await self.gate.admit(call)
        if not route.raw_body and request.method not in ("GET", "HEAD"):
            call.body = await self._bodies.read(request, route)
        return call

    def _response(self, request: web.BaseRequest, route: Route | None, found: Response, id: str) -> web.Response:
        headers = headers_for(found.media)
        headers.update(found.headers)
        headers["X-Request-ID"] = id
        body, status = found.body, found.status
        if found.etag is not None:
            headers["ETag"] = f'"{found.etag}"'
            headers["Cache-Control"] = "private, no-cache"
            if status == 200 and _has(request.headers.get("If-None-Match"), found.etag):
                body, status = b"", 304
        response = web.Response(body=body, status=status, headers=headers)
        if headers.get("Connection") == "close":
            response.force_close()
        return response


def _log_change(request: web.BaseRequest, status: int, took: float, id: str) -> None:
    """Who only reads leaves no line: there are many of them, and /metrics counts them."""
    told = {
        "request_id": id,
        "method": request.method,
        "path": request.rel_url.raw_path,
        "status": status,
        "duration_s": round(took, 6),
    }
    _log.info("request", extra=told)


def _checked_id(text: str) -> str:
    if not UUID.fullmatch(text):
        raise errors.bad_request(f"{text!r} is not the id of anything: an id is a UUID")
    return text.lower()


def _has(if_none_match: str | None, etag: str) -> bool:
    if if_none_match is None:
        return False
    known = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return "*" in known or f'"{etag}"' in known


@contextmanager
def _counted(errors: ErrorCount) -> Generator[None]:
    logger = logging.getLogger("gitflow")
    logger.addHandler(errors)
    try:
        yield
    finally:
        logger.removeHandler(errors)


@asynccontextmanager
async def serving(service: Service) -> AsyncGenerator[tuple[Server, str]]:
    """Listens, and yields the server and its address. On leaving, what is being answered may finish."""
    from gitflow.api.serve import listening

    reader = Reader(service.open_reader)
    try:
        server = Server(service, reader)
        await server.gate.prepare()
        service.app.orchestrator.observers.append(server.metrics.moved)
        with _counted(ErrorCount(server.metrics)):
            async with AsyncExitStack() as background:
                for loop in server.loops.values():
                    await background.enter_async_context(loop)
                async with listening(server) as address:
                    yield server, address
        await server.providers.close()
    finally:
        await asyncio.to_thread(reader.close)
