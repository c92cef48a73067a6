"""Serves ``/mcp``: the protocol's streamable HTTP without sessions, one POST for each message.

A tool is a request of this server's API with the caller's own key: it is authorized, checked and audited as that. The
transport of the SDK is an ASGI application; a request of aiohttp is given to it whole, and its response is taken whole.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from gitflow.api.auth.credentials import unauthorized
from gitflow.api.http.bodies import parse_json, read_bytes
from gitflow.api.http.errors import HttpError
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response
from gitflow.api.http.route import Route
from gitflow.api.mcp.calls import call_tool, offered_tools
from gitflow.config import ConfigError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, MutableMapping, Sequence

    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

    from gitflow.api.http.context import Context
    from gitflow.core.values import Json, JsonObject
    from gitflow.mcp.tools import Tool

#: Under this name, the ASGI scope has the request that the tools are called for.
_REQUEST = "gitflow.request"

#: Headers of the transport; what identifies the caller stays outside.
_HEADERS = ("accept", "content-type", "mcp-protocol-version", "mcp-method", "mcp-name")


class Endpoint:
    """Part of the context of a server; ``serving_mcp`` opens it."""

    def __init__(self, context: Context) -> None:
        self.manager: StreamableHTTPSessionManager | None = None


@asynccontextmanager
async def serving_mcp(context: Context) -> AsyncGenerator[None]:
    """Serves ``/mcp`` if the configuration enables it. Raises ConfigError without the packages of the extra."""
    if not context.config.mcp.enabled:
        yield
        return
    try:
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        from gitflow.mcp.session import make_server
    except ImportError:
        raise ConfigError("mcp.enabled needs packages that are missing: pip install 'gitflow-runner[mcp]'") from None
    server = make_server(context.version, _offered, _call)
    manager = StreamableHTTPSessionManager(server, json_response=True, stateless=True)
    async with manager.run():
        endpoint = context.part(Endpoint)
        endpoint.manager = manager
        try:
            yield
        finally:
            endpoint.manager = None


async def mcp(request: Request) -> Response:
    """One message of the Model Context Protocol, for callers with an API key."""
    manager = request.context.part(Endpoint).manager
    if manager is None:
        raise HttpError(404, "this server does not offer MCP: its configuration does not have mcp: {enabled: true}")
    if request.identity.kind not in ("api_key", "open"):
        raise unauthorized("/mcp takes API keys only: send one as Authorization: Bearer KEY")
    body = await read_bytes(request.http_request, request.context.config.limits.body_bytes)
    parse_json(body)  # stricter than the SDK: no NaN, no deep nesting
    exchange = _Exchange(body)
    await manager.handle_request(_scope(request), exchange.receive, exchange.send)
    return exchange.response()


class _Exchange:
    """One request and response of an ASGI application, both whole."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._status = 500
        self._media = "application/json"
        self._pieces: list[bytes] = []

    async def receive(self) -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": self._body, "more_body": False}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = dict(message.get("headers", ()))
            self._media = headers.get(b"content-type", b"application/json").decode()
        else:
            self._pieces.append(message.get("body", b""))

    def response(self) -> Response:
        return Response(b"".join(self._pieces), self._status, media=self._media)


def _scope(request: Request) -> dict[str, Any]:
    given = request.http_request.headers
    headers = [(name.encode(), given[name].encode("latin-1", "replace")) for name in _HEADERS if name in given]
    return {
        "type": "http",
        "method": "POST",
        "path": "/mcp",
        "raw_path": b"/mcp",
        "query_string": b"",
        "scheme": "http",
        "headers": headers,
        _REQUEST: request,
    }


def _offered(asgi_request: Any) -> Sequence[Tool]:
    return offered_tools(asgi_request.scope[_REQUEST])


def _call(asgi_request: Any, tool: Tool, arguments: JsonObject) -> Awaitable[Json]:
    return call_tool(asgi_request.scope[_REQUEST], tool, arguments)


ROUTES = (
    Route(
        "POST",
        "/mcp",
        mcp,
        "view",
        "Exchange a message of the Model Context Protocol",
        tag="mcp",
        raw_body=True,
        audited=False,
        listed=False,  # its messages are JSON-RPC, which the OpenAPI document cannot describe
    ),
)
