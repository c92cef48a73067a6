"""A call of a tool: a request of the native API with the caller's identity, and its entry in the audit trail."""

from __future__ import annotations

import importlib
import json
from functools import cache
from typing import TYPE_CHECKING

from gitflow.api.auth.access import authorize
from gitflow.api.http.errors import HttpError, draining
from gitflow.api.http.parameters import read_query
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response
from gitflow.api.mcp.requests import api_request, is_in_workspace
from gitflow.core.errors import GitflowError, StaleEvent
from gitflow.mcp.tools import APPROVES, TOOLS, ToolError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitflow.api.http.route import Route
    from gitflow.core.values import Json, JsonObject
    from gitflow.mcp.tools import Tool

#: The modules of ``api.routes`` with the operations that tools use.
_MODULES = (
    "execute",
    "explain",
    "jobs",
    "log_index",
    "logs",
    "operations",
    "plans",
    "task_overview",
    "tasks",
    "workspaces",
)

#: The operation of a call in the audit trail.
AUDITED_AS = "mcp.call"


def offered_tools(request: Request) -> Sequence[Tool]:
    """The tools that the caller's key may call at all; permissions on tasks decide each call."""
    return [tool for tool in TOOLS if tool.does != "approve" or _may_approve(request)]


def _may_approve(request: Request) -> bool:
    """Whether the key names the scope: a key without limits does not let a program approve."""
    scopes = request.identity.scopes
    return scopes is not None and APPROVES in scopes


async def call_tool(request: Request, tool: Tool, arguments: JsonObject) -> Json:
    """The answer of the API. Records the call in the audit trail, also one that is refused. Raises ToolError."""
    outcome = "refused"
    try:
        if is_in_workspace(tool.name, arguments):
            arguments = {**arguments, "workspace": arguments.get("workspace") or _only_workspace(request)}
        result = await _answer(request, tool, arguments)
        outcome = "done"
        return result
    except (HttpError, GitflowError) as error:
        raise ToolError(str(error)) from None
    except StaleEvent:
        raise ToolError("the state has changed: the operation no longer applies") from None
    finally:
        details = {name: str(arguments[name]) for name in ("workspace", "task", "job", "step") if name in arguments}
        await _request(request, AUDITED_AS, {}).audit({"tool": tool.name, **details}, outcome)


async def _answer(request: Request, tool: Tool, arguments: JsonObject) -> Json:
    wanted = api_request(tool.name, arguments)
    route = _routes()[wanted.operation]
    audited_as = route.operation if route.audited and route.method != "GET" else None
    inner = _request(request, audited_as, wanted.path)
    inner.query = read_query(route.query, {name: [text] for name, text in wanted.query.items()})
    inner.body = dict(wanted.body)
    await authorize(inner, route)
    if route.starts_jobs and request.context.drain.is_draining:
        raise draining()
    response = await route.handler(inner)
    assert isinstance(response, Response)
    return json.loads(response.body)


def _request(request: Request, audited_as: str | None, path: Mapping[str, str]) -> Request:
    """A request of the same caller over the same connection."""
    made = Request(request.context, request.http_request, audited_as, path, {}, request.id, request.caller)
    made.identity = request.identity
    return made


def _only_workspace(request: Request) -> str:
    seen = [name for name in request.context.workspaces.names() if request.sees(name)]
    if len(seen) != 1:
        raise HttpError(400, f"name a workspace: {', '.join(seen) or 'this key may see none'}")
    return seen[0]


@cache
def _routes() -> Mapping[str, Route]:
    """The routes of the API by their operation."""
    modules = (importlib.import_module(f"gitflow.api.routes.{name}") for name in _MODULES)
    return {route.operation: route for module in modules for route in module.ROUTES}
