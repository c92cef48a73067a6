"""Handlers for the steps of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.dialects.reading import object_body, query_of
from gitflow.api.dialects.workflow_runs import views
from gitflow.api.dialects.workflow_runs.runs import limit_of, version_of
from gitflow.api.http.errors import HttpError, bad_request
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.routes.jobs import load_job
from gitflow.api.routes.operations import act
from gitflow.core.errors import NotFound, ReasonRequired
from gitflow.core.status import StepStatus
from gitflow.core.values import is_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.core.values import JsonObject


async def list_steps(request: Request) -> Response:
    """Oldest first: a bare array, or a page if ``cursor`` is given, even an empty one."""
    query = query_of(request)
    job = await load_job(request, request.path["run"])
    steps = views.steps(job, await version_of(request, job))
    if "cursor" not in query and "limit" not in query:
        return respond(steps)
    first, limit = _first(query), limit_of(query)
    some = steps[first : first + limit]
    if "cursor" not in query:
        return respond(some)
    more = first + limit < len(steps)
    return respond({"data": some, "has_more": more, **({"next_cursor": str(first + limit)} if more else {})})


def _first(query: Mapping[str, str]) -> int:
    cursor = query.get("cursor") or "0"
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 9:
        raise bad_request("invalid cursor")
    return int(cursor)


async def approve_step(request: Request) -> Response:
    """The approver is the authenticated caller; the body cannot name another."""
    job, step = await _step(request)
    if step.status is not StepStatus.SUSPENDED or job.plan.actions[step.loop_of or step.name].type != "approval":
        raise bad_request(f"step {step.name!r} is not waiting for an approval")
    body = await object_body(request)
    decided: JsonObject = {"step": step.name, "approved": True, "reason": _reason(body)}
    given = {"input": body["input"]} if is_object(body.get("input")) else {}
    await _act(request, "decide", {**decided, **given}, job.id)
    job = await load_job(request, job.id)
    version = await version_of(request, job)
    run = job.steps[step.name]
    return respond({"step_run": views.step_run(job, run, version), "approval": views.approval(job, run)})


_OPEN = frozenset({StepStatus.PENDING, StepStatus.READY, StepStatus.SUSPENDED})


async def skip_step(request: Request) -> Response:
    return await _on_step(request, "skip", _OPEN, {"reason": _reason(await object_body(request))})


async def force_complete_step(request: Request) -> Response:
    body = await object_body(request)
    given = {} if body.get("result") is None else {"result": body["result"]}
    return await _on_step(request, "complete", _OPEN | {StepStatus.FAILED}, {**given, "reason": _reason(body)})


def _reason(body: JsonObject) -> str:
    """The reason of the caller; required of an administrator who acts for the approvers of a step."""
    return str(body.get("reason") or "")


async def retry_step(request: Request) -> Response:
    ended = frozenset(status for status in StepStatus if status.ended)
    return await _on_step(request, "retry_step", ended, {})


async def _on_step(request: Request, operation: str, allowed: frozenset[StepStatus], more: JsonObject) -> Response:
    job, step = await _step(request)
    if step.status not in allowed:
        name = operation.replace("_", " ")
        raise bad_request(f"cannot {name} step {step.name!r}: it is {views.STEP_STATUS[step.status]}")
    await _act(request, operation, {**more, "step": step.name}, job.id)
    job = await load_job(request, job.id)
    return respond({"step_run": views.step_run(job, job.steps[step.name], await version_of(request, job))})


async def _act(request: Request, operation: str, arguments: JsonObject, job_id: str) -> None:
    """Performs an operation. Raises HttpError (403) for a caller who is no approver, and for a missing reason."""
    try:
        await act(request, operation, arguments, job_id)
    except ReasonRequired as refused:
        raise HttpError(403, str(refused)) from None


async def replay_subtree(request: Request) -> Response:
    job, step = await _step(request)
    done = await act(request, "replay", {"step": step.name}, job.id)
    return respond({"reset_steps": done["reset_steps"]})


async def _step(request: Request) -> tuple[Job, StepRun]:
    """Raises NotFound."""
    job = await load_job(request, request.path["run"])
    name = views.step_named(job, request.path["step"])
    if name is None:
        raise NotFound("step", request.path["step"])
    return job, job.steps[name]
