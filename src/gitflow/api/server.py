"""Answers every request: finds its route, checks the request, calls the handler, and turns errors into JSON.

Every request passes ``Server.serve``: the host check (host_check.py), the router (router.py), the query, the caller and
the body, then the handler. Errors of all of these become a response in one place, ``_error_response``.
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
from gitflow.api.dialects.base import RequestError, normalize_path
from gitflow.api.http import errors
from gitflow.api.http.bodies import Bodies
from gitflow.api.http.compression import Compression
from gitflow.api.http.cors import Cors
from gitflow.api.http.errors import NO_ENGINE_RETRY_S, HttpError
from gitflow.api.http.headers import headers_for
from gitflow.api.http.host_check import HostCheck
from gitflow.api.http.parameters import UUID, query_texts, read_query
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.router import names_in
from gitflow.api.metrics.metrics import Metrics
from gitflow.api.pages.serving import INDEX_ROUTE, Pages
from gitflow.core.errors import GitflowError, NotActive, NotFound, StaleEvent
from gitflow.core.identity import Identity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.api.dialects.base import Dialect, Dialects
    from gitflow.api.http.context import Context
    from gitflow.api.http.host_check import Caller
    from gitflow.api.http.route import Route
    from gitflow.api.http.router import Router
    from gitflow.config import Config
    from gitflow.core.values import JsonObject

_log = logging.getLogger("gitflow.http")
_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")

#: The authenticated caller of a request.
IDENTITY = web.RequestKey("identity", Identity)


class Server:
    """Answers requests; ``context`` is what handlers use."""

    def __init__(
        self, context: Context, dialects: Dialects, router: Router, schemas: Callable[[], Mapping[str, JsonObject]]
    ) -> None:
        """``schemas``: of the bodies that routes declare. Raises ConfigError."""
        self.context = context
        self.router = router
        self.cors = Cors(context.config.cors.origins)
        self._dialects = dialects
        self._metrics = context.part(Metrics)
        self._credentials = context.part(Credentials)
        self._host_check = HostCheck(context.config)
        self._pages = context.part(Pages)
        self._bodies = Bodies(schemas, context.config.limits)
        self._compression = Compression()
        self._pass_on = context.pass_on

    @property
    def config(self) -> Config:
        return self.context.config

    def stop(self) -> None:
        """Streams are to end."""
        self.context.stopping.set()

    async def serve(self, http_request: web.BaseRequest) -> web.StreamResponse:
        """Never raises, except ConnectionError and CancelledError for a client that has disconnected."""
        began = time.perf_counter()
        given = http_request.headers.get("X-Request-ID", "")
        id = given if _ID.fullmatch(given) else os.urandom(8).hex()
        route, found = await self._handle(http_request, id)
        if isinstance(found, web.StreamResponse):
            response = found
        else:
            response = self._response(http_request, await self._compression.apply(http_request, route, found), id)
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
            caller = self._host_check.check(http_request)
            if (preflight := self.cors.preflight(http_request)) is not None:
                return None, preflight
            route, given = self._find_route(http_request, dialect)
            if self._pass_on is not None and self._pass_on.takes(http_request.method, route.path):
                return route, await self._pass_on(http_request, caller, id)
            return route, await route.handler(await self._read_request(http_request, dialect, route, given, caller, id))
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception as error:
            return route, self._error_response(http_request, dialect, error, id)

    def _error_response(
        self, http_request: web.BaseRequest, dialect: Dialect | None, error: Exception, id: str
    ) -> Response:
        """The error in the form of the API that the path belongs to."""
        failure = self._request_error(http_request, error, id)
        if dialect is not None:
            return dialect.error_response(failure, id)
        problems, lacking = getattr(error, "problems", ()), getattr(error, "lacking", None)
        body = errors.error_body(failure.message, failure.code, failure.details, problems, lacking)
        return respond(body, failure.status, headers=failure.headers)

    def _request_error(self, http_request: web.BaseRequest, error: Exception, id: str) -> RequestError:
        match error:
            case HttpError():
                return RequestError(error.status, error.code, str(error), error.details, error.headers)
            case NotFound() if not self.context.access.sees_all(http_request.get(IDENTITY, ANONYMOUS)):
                return RequestError(404, error.code, error.plain)
            case NotActive():
                return RequestError(503, error.code, str(error), headers={"Retry-After": str(NO_ENGINE_RETRY_S)})
            case GitflowError():
                details: tuple[tuple[str, str], ...] = getattr(error, "details", ())
                return RequestError(errors.status_of(error), error.code, str(error), details)
            case StaleEvent():
                return RequestError(409, "conflict", "the state has changed: the operation no longer applies")
            case _:
                trace = (type(error), error, error.__traceback__)
                what = http_request.method, http_request.rel_url.raw_path
                _log.error("%s %s failed", *what, exc_info=trace, extra={"request_id": id})
                return RequestError(500, "internal_error", "internal error; see the server's log")

    def _find_route(self, http_request: web.BaseRequest, dialect: Dialect | None) -> tuple[Route, list[str]]:
        path = http_request.rel_url.raw_path
        try:
            found = self.router.find(path if dialect is None else normalize_path(path))
        except UnicodeDecodeError:
            raise errors.bad_request("the path is not UTF-8 text") from None
        if found is None and dialect is None and self._pages.owns(http_request):
            return INDEX_ROUTE, []
        if found is None:
            raise HttpError(404, f"no route matches {http_request.rel_url.raw_path}")
        by_method, given = found
        route = by_method.get("GET" if http_request.method == "HEAD" else http_request.method)
        if route is None:
            allowed = sorted({*by_method, *(("HEAD",) if "GET" in by_method else ())})
            message = f"{http_request.method} is not allowed here; allowed: {', '.join(allowed)}"
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
        request.identity = http_request[IDENTITY] = await self._credentials.authenticate(
            http_request, route, dialect.credential if dialect else None
        )
        await authorize(request, route)
        if route.starts_jobs and self.context.drain.is_draining:
            raise errors.draining()
        if not route.raw_body and http_request.method not in ("GET", "HEAD"):
            request.body = await self._bodies.read(http_request, route)
        return request

    def _response(self, http_request: web.BaseRequest, found: Response, id: str) -> web.Response:
        headers = headers_for(found.media)
        headers.update(found.headers)
        headers["X-Request-ID"] = id
        body, status = found.body, found.status
        if found.etag is not None:
            weak = "W/" if "Content-Encoding" in found.headers else ""  # the same content, and other bytes
            headers["ETag"] = f'{weak}"{found.etag}"'
            headers["Cache-Control"] = found.headers.get("Cache-Control", "private, no-cache")
            if status == 200 and _has(http_request.headers.get("If-None-Match"), found.etag):
                body, status = b"", 304
                headers.popall("Content-Encoding", None)
        response = web.Response(body=body, status=status, headers=headers)
        if headers.get("Connection") == "close":
            response.force_close()
        return response


def _log_change(http_request: web.BaseRequest, status: int, took: float, id: str) -> None:
    """Logs a request that may have changed something. Reads are too many to log; /metrics counts them."""
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
        raise errors.bad_request(f"invalid id {text!r}: an id is a UUID")
    return text.lower()


def _has(if_none_match: str | None, etag: str) -> bool:
    if if_none_match is None:
        return False
    known = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return "*" in known or f'"{etag}"' in known
