"""Workflow runs (``/v1/workflow-runs``, ``/v1/workflows``): workspaces are projects, tasks workflows, jobs runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.auth.resources import resource_of_job
from gitflow.api.dialects.base import Dialect, RequestError
from gitflow.api.dialects.workflow_runs import runs, steps, views, workflows
from gitflow.api.dialects.workflow_runs.schemas import SCHEMAS
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Resource, Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from gitflow.core.values import JsonObject


RUNS = "/v1/workflow-runs"
WORKFLOWS = "/v1/workflows"

#: HTTP status -> code of the error; other errors keep their native code.
CODES = {
    400: "bad_request",
    401: "authentication_required",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "payload_too_large",
    422: "validation_failed",
    429: "rate_limited",
    503: "service_unavailable",
}


def error_response(failure: RequestError, request_id: str) -> Response:
    error: JsonObject = {"code": CODES.get(failure.status, failure.code), "message": failure.message}
    if failure.details:
        error["details"] = [{"field": field, "message": message} for field, message in failure.details]
    body = {"error": error, "message": failure.message, "request_id": request_id}
    return respond(body, failure.status, headers=failure.headers)


async def _resource_of_run(request: Request) -> Resource:
    return await resource_of_job(request, request.path["run"], "run")


async def _resource_of_workflow(request: Request) -> Resource:
    workspace, task = workflows.named(request)
    return Resource("workflow", views.workflow_id(workspace, task), workspace, task)


def _on_run(
    method: str,
    path: str,
    handler: Callable[[Request], Awaitable[Response]],
    summary: str,
    schema: str | None,
    status: int = 200,
    scope: str = "",
) -> Route:
    """A route about runs, or about the run that the path names."""
    return Route(
        method,
        RUNS + path,
        handler,
        "view" if method == "GET" else "run",
        summary,
        tag="workflow-runs",
        answer=schema,
        status=status,
        also=(404, 409, 422, 503),
        raw_body=True,
        error="RunError",
        scope=scope,
        resource=_resource_of_run if "{run}" in path else None,
    )


def _on_workflow(
    method: str,
    end: str,
    handler: Callable[[Request], Awaitable[Response]],
    summary: str,
    schema: str,
    status: int = 200,
) -> Sequence[Route]:
    """Clients write the id of a workflow into the path without escaping its slash."""
    return tuple(
        Route(
            method,
            f"{WORKFLOWS}/{name}{end}",
            handler,
            "view" if method == "GET" or end != "/trigger" else "run",
            summary,
            tag="workflows",
            answer=schema,
            status=status,
            also=(404, 409, 422, 503),
            raw_body=True,
            error="RunError",
            scope="workflows:trigger" if end == "/trigger" else "",
            audited=end == "/trigger",
            resource=_resource_of_workflow,
            listed=name == "{workflow}",
        )
        for name in ("{workflow}", "{ws}/{task}")
    )


_WRITE, _START = "workflows:write", "workflows:trigger"

ROUTES = (
    _on_run("GET", "", runs.list_runs, "List workflow runs", "RunList"),
    _on_run("POST", "/bulk-cancel", runs.bulk_cancel, "Bulk cancel workflow runs", "RunsCanceled", scope=_WRITE),
    _on_run("POST", "/bulk-replay", runs.bulk_replay, "Bulk replay workflow runs", "RunsReplayed", scope=_START),
    _on_run("GET", "/{run}", runs.get_run, "Get a workflow run", "Run"),
    _on_run("DELETE", "/{run}", runs.cancel_run, "Cancel a workflow run", None, 204, scope=_WRITE),
    _on_run("GET", "/{run}/steps", steps.list_steps, "List step runs", "StepRunList"),
    _on_run("POST", "/{run}/pause", runs.pause_run, "Pause a workflow run", "Run", scope=_WRITE),
    _on_run("POST", "/{run}/resume", runs.resume_run, "Resume a workflow run", "Run", scope=_WRITE),
    _on_run("POST", "/{run}/retry", runs.retry_run, "Retry from first failed step", "Run", 201, scope=_START),
    _on_run("GET", "/{run}/graph", runs.graph, "Get the graph of a run", "RunGraph"),
    _on_run("GET", "/{run}/timeline", runs.timeline, "Get the timeline of a run", "RunTimeline"),
    _on_run("GET", "/{run}/explain", runs.explain_run, "Explain why steps wait or were skipped", "RunExplained"),
    *(
        _on_run("POST", f"/{{run}}/steps/{{step}}/{end}", handler, summary, schema, scope=_WRITE)
        for end, handler, summary, schema in (
            ("approve", steps.approve_step, "Approve an approval step", "StepApproved"),
            ("skip", steps.skip_step, "Skip a step", "StepMoved"),
            ("force-complete", steps.force_complete_step, "Force-complete a step", "StepMoved"),
            ("retry", steps.retry_step, "Retry a single workflow step", "StepMoved"),
            (
                "replay-subtree",
                steps.replay_subtree,
                "Replay a step and all steps that depend on it",
                "SubtreeReplayed",
            ),
        )
    ),
    Route(
        "GET",
        WORKFLOWS,
        workflows.list_workflows,
        "view",
        "List workflows",
        tag="workflows",
        answer="WorkflowList",
        also=(404, 503),
        error="RunError",
    ),
    *_on_workflow("GET", "", workflows.get_workflow, "Get a workflow", "Workflow"),
    *_on_workflow("GET", "/graph", workflows.workflow_graph, "Get the graph of a workflow", "WorkflowGraph"),
    *_on_workflow("GET", "/versions", workflows.workflow_versions, "List a workflow's versions", "WorkflowVersions"),
    *_on_workflow("POST", "/trigger", workflows.trigger, "Start a run", "Run", 201),
    *_on_workflow("POST", "/plan", workflows.plan, "Show what a run would do", "WorkflowPlan"),
    *_on_workflow("POST", "/dry-run", workflows.plan, "Show what a run would do", "WorkflowPlan"),
)

DIALECT = Dialect("workflow_runs", ROUTES, SCHEMAS, error_response)
