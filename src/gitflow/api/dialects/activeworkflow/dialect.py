"""Agents, messages and workflows (``/api/v1/…``), read-only: tasks are workflows, steps and triggers are agents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.dialects.activeworkflow import routes
from gitflow.api.dialects.activeworkflow.schemas import SCHEMAS
from gitflow.api.dialects.base import Dialect, RequestError
from gitflow.api.http.parameters import moment, whole
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from gitflow.api.http.parameters import QueryParameter
    from gitflow.api.http.route import Finder

#: Statuses whose message is always the same; errors of other statuses have their own.
FIXED_MESSAGES: Mapping[int, str] = {401: "Unauthorized", 404: "Record not found"}


def error_response(error: RequestError, request_id: str) -> Response:
    text = f"{error.status} {FIXED_MESSAGES.get(error.status, error.message)}"
    return respond({"error": text}, error.status, headers=error.headers)


def _read(
    path: str,
    handler: Callable[[Request], Awaitable[Response]],
    summary: str,
    schema: str,
    resource: Finder | None = None,
    query: tuple[QueryParameter, ...] = (),
) -> Route:
    return Route(
        "GET",
        f"/api/v1/{path}",
        handler,
        "view",
        summary,
        tag=f"v1-{path.partition('/')[0]}",
        query=query,
        answer=schema,
        also=(404,),
        error="AgentError",
        resource=resource,
    )


MESSAGES = (
    moment("after", "Only messages that were created after this time."),
    whole("limit", "Only this many of the latest messages."),
)

ROUTES = (
    _read("agents", routes.list_agents, "List agents", "AgentList"),
    _read("agents/{agent}", routes.get_agent, "Get an agent", "Agent", routes.resource_of_agent),
    _read(
        "agents/{agent}/messages",
        routes.list_messages,
        "List the messages of an agent, newest first",
        "AgentMessageList",
        routes.resource_of_agent,
        MESSAGES,
    ),
    _read("messages/{message}", routes.get_message, "Get a message", "AgentMessage", routes.resource_of_message),
    _read("workflows", routes.list_workflows, "List workflows", "AgentWorkflowList"),
    _read("workflows/{workflow}", routes.get_workflow, "Get a workflow", "AgentWorkflow", routes.resource_of_workflow),
    _read(
        "workflows/{workflow}/export",
        routes.export_workflow,
        "Get a workflow as a file",
        "AgentExport",
        routes.resource_of_workflow,
    ),
)

DIALECT = Dialect("activeworkflow", ROUTES, SCHEMAS, error_response)
