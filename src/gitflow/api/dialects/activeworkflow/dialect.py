"""Agents, messages and workflows (``/api/v1/…``), to be read: tasks are workflows, steps and triggers are agents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.dialects.activeworkflow import routes as calls
from gitflow.api.dialects.activeworkflow.schemas import SCHEMAS
from gitflow.api.dialects.base import Dialect, Refusal
from gitflow.api.http.parameters import moment, whole
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from gitflow.api.http.parameters import Parameter
    from gitflow.api.http.route import Finder

#: Status -> what is always said of it; of others, what is wrong.
SAID: Mapping[int, str] = {401: "Unauthorized", 404: "Record not found"}


def refuse(refusal: Refusal, request_id: str) -> Response:
    text = f"{refusal.status} {SAID.get(refusal.status, refusal.message)}"
    return respond({"error": text}, refusal.status, headers=refusal.headers)


def _read(
    path: str,
    handler: Callable[[Request], Awaitable[Response]],
    summary: str,
    schema: str,
    resource: Finder | None = None,
    query: tuple[Parameter, ...] = (),
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
    whole("limit", "Only so many of the latest."),
)

ROUTES = (
    _read("agents", calls.list_agents, "List agents", "AgentList"),
    _read("agents/{agent}", calls.get_agent, "Get an agent", "Agent", calls.resource_of_agent),
    _read(
        "agents/{agent}/messages",
        calls.list_messages,
        "List what an agent emitted, newest first",
        "AgentMessageList",
        calls.resource_of_agent,
        MESSAGES,
    ),
    _read("messages/{message}", calls.get_message, "Get a message", "AgentMessage", calls.resource_of_message),
    _read("workflows", calls.list_workflows, "List workflows", "AgentWorkflowList"),
    _read("workflows/{workflow}", calls.get_workflow, "Get a workflow", "AgentWorkflow", calls.resource_of_workflow),
    _read(
        "workflows/{workflow}/export",
        calls.export_workflow,
        "Get a workflow as a file",
        "AgentExport",
        calls.resource_of_workflow,
    ),
)

DIALECT = Dialect("activeworkflow", ("/api/v1/",), ROUTES, SCHEMAS, refuse)
