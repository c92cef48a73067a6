"""Answers every request: finds its route, checks what was sent, and answers in JSON whatever happens.

Every request passes ``Server.serve``: who may ask at all (host_check.py), which route is meant (router.py), its query
and body as that route describes them, then the handler. What a handler refuses, and what goes wrong, becomes the one
shape of errors there too.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import time
from typing import TYPE_CHECKING

from aiohttp import web

from gitflow.api.auth.access import authorize
from gitflow.api.auth.credentials import ANONYMOUS, Credentials
from gitflow.api.dialects.base import Refusal, tidied
from gitflow.api.http import errors
from gitflow.api.http.bodies import Bodies
from gitflow.api.http.cors import Cors
from gitflow.api.http.errors import HttpError
from gitflow.api.http.headers import headers_for
from gitflow.api.http.host_check import Guard
from gitflow.api.http.parameters import UUID, query_texts, read_query
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.router import Router, names_in
from gitflow.api.metrics.metrics import Metrics
from gitflow.core.errors import GitflowError, NotFound, StaleEvent
from gitflow.core.identity import Identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gitflow.api.dialects.base import Dialect, Dialects
    from gitflow.api.http.context import Context
    from gitflow.api.http.host_check import Caller
    from gitflow.api.http.route import Route
    from gitflow.core.values import JsonObject

_log = logging.getLogger("gitflow.http")
_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")

#: Who calls, once that is known.
CALLED_BY = web.RequestKey("called_by", Identity)


class Server:
    """What every request passes, whichever route it is for. ``context`` is what handlers use."""

    def __init__(
        self, context: Context, dialects: Dialects, routes: Iterable[Route], shapes: Mapping[str, JsonObject]
    ) -> None:
        """Raises ConfigError."""
        self.context = context
        self.shapes = shapes
        self.router = Router(routes)
        self.cors = Cors(context.config.cors.origins)
        self._dialects = dialects
        self._metrics = context.part(Metrics)
        self._credentials = context.part(Credentials)
        self._guard = Guard(context.config)
        self._bodies = Bodies(shapes, context.config.limits)

    async def serve(self, http_request: web.BaseRequest) -> web.StreamResponse:
        """Never raises, but for a caller who has gone."""
        began = time.perf_counter()
        given = http_request.headers.get("X-Request-ID", "")
        id = given if _ID.fullmatch(given) else os.urandom(8).hex()
        route, found = await self._handle(http_request, id)
        response = found if isinstance(found, web.StreamResponse) else self._response(http_request, route, found, id)
        took = time.perf_counter() - began
        self._metrics.count(http_request.method, route, response.status, took)
        if http_request.method not in ("GET", "HEAD"):
            _log_change(http_request, response.status, took, id)
        return response

    async def _handle(
        self, http_request: web.BaseRequest, id: str
    ) -> tuple[Route | None, Response | web.StreamResponse]:
        route: Route | None = None
        dialect = self._dialects.of(http_request.rel_url.raw_path)
        try:
            caller = self._guard.check(http_request)
            if (preflight := self.cors.preflight(http_request)) is not None:
                return None, preflight
            route, given = self._find_route(http_request, dialect)
            return route, await route.handler(await self._read_request(http_request, dialect, route, given, caller, id))
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception as error:
            return route, self._refuse(http_request, dialect, error, id)

    def _refuse(self, http_request: web.BaseRequest, dialect: Dialect | None, error: Exception, id: str) -> Response:
        """In the words of the API that was spoken."""
        refusal = self._refusal(http_request, error, id)
        if dialect is not None:
            return dialect.refuse(refusal, id)
        body = errors.error_body(refusal.message, refusal.code, refusal.details)
        problems = errors.problems_of(error)
        return respond({**body, **problems}, refusal.status, headers=refusal.headers)

    def _refusal(self, http_request: web.BaseRequest, error: Exception, id: str) -> Refusal:
        match error:
            case HttpError():
                return Refusal(error.status, error.code, str(error), error.details, error.headers)
            case NotFound() if not self.context.access.sees_all(http_request.get(CALLED_BY, ANONYMOUS)):
                return Refusal(404, error.code, error.plain)
            case GitflowError():
                details: tuple[tuple[str, str], ...] = getattr(error, "details", ())
                return Refusal(errors.status_of(error), error.code, str(error), details)
            case StaleEvent():
                return Refusal(409, "conflict", "it changes nothing any more")
            case _:
                trace = (type(error), error, error.__traceback__)
                what = http_request.method, http_request.rel_url.raw_path
                _log.error("%s %s failed", *what, exc_info=trace, extra={"request_id": id})
                return Refusal(500, "internal_error", "an internal error; the server's log has more")

    def _find_route(self, http_request: web.BaseRequest, dialect: Dialect | None) -> tuple[Route, list[str]]:
        path = http_request.rel_url.raw_path
        try:
            found = self.router.find(path if dialect is None else tidied(path))
        except UnicodeDecodeError:
            raise errors.bad_request("the path is not UTF-8 text") from None
        if found is None:
            raise HttpError(404, f"there is nothing at {http_request.rel_url.raw_path}")
        by_method, given = found
        route = by_method.get("GET" if http_request.method == "HEAD" else http_request.method)
        if route is None:
            allowed = sorted({*by_method, *(("HEAD",) if "GET" in by_method else ())})
            message = f"{http_request.method} is not possible here; {', '.join(allowed)} is"
            raise HttpError(405, message, headers={"Allow": ", ".join(allowed)})
        return route, given

    async def _read_request(
        self,
        http_request: web.BaseRequest,
        dialect: Dialect | None,
        route: Route,
        given: list[str],
        caller: Caller,
        id: str,
    ) -> Request:
        path = names_in(route, given)
        if "id" in path:
            path["id"] = _check_id(path["id"])
        takes_others = route.takes_others or dialect is not None or not route.path.startswith("/api/")
        query = read_query(route.query, query_texts(http_request), takes_others=takes_others)
        audited_as = route.operation if route.audited and http_request.method != "GET" else None
        request = Request(self.context, http_request, audited_as, path, query, id, caller)
        request.identity = http_request[CALLED_BY] = await self._credentials.authenticate(
            http_request, route, dialect.credential if dialect else None
        )
        await authorize(request, route)
        if route.starts_jobs and self.context.drain.is_draining:
            raise errors.draining()
        if not route.raw_body and http_request.method not in ("GET", "HEAD"):
            request.body = await self._bodies.read(http_request, route)
        return request

    def _response(self, http_request: web.BaseRequest, route: Route | None, found: Response, id: str) -> web.Response:
        headers = headers_for(found.media)
        headers.update(found.headers)
        headers["X-Request-ID"] = id
        body, status = found.body, found.status
        if found.etag is not None:
            headers["ETag"] = f'"{found.etag}"'
            headers["Cache-Control"] = "private, no-cache"
            if status == 200 and _has(http_request.headers.get("If-None-Match"), found.etag):
                body, status = b"", 304
        response = web.Response(body=body, status=status, headers=headers)
        if headers.get("Connection") == "close":
            response.force_close()
        return response


def _log_change(http_request: web.BaseRequest, status: int, took: float, id: str) -> None:
    """Who only reads leaves no line: there are many of them, and /metrics counts them."""
    fields = {
        "request_id": id,
        "method": http_request.method,
        "path": http_request.rel_url.raw_path,
        "status": status,
        "duration_s": round(took, 6),
    }
    _log.info("request", extra=fields)


def _check_id(text: str) -> str:
    if not UUID.fullmatch(text):
        raise errors.bad_request(f"{text!r} is not the id of anything: an id is a UUID")
    return text.lower()


def _has(if_none_match: str | None, etag: str) -> bool:
    if if_none_match is None:
        return False
    known = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return "*" in known or f'"{etag}"' in known
