"""Workflow runs (``/v1/workflow-runs``, ``/v1/workflows``): workspaces are projects, tasks workflows, jobs runs."""

from __future__ import annotations

import asyncio

from gitflow.api.abouts import About
from gitflow.api.answer import Answer, answer
from gitflow.api.call import Call
from gitflow.api.dialect import Dialect, Refusal
from gitflow.api.dialects import workflow_run_messages as told
from gitflow.api.dialects.reading import job_of, object_body, query_of
from gitflow.api.dialects.versions import Version, version_at, versions_of
from gitflow.api.dialects.workflow_run_shapes import SHAPES
from gitflow.api.errors import Refused, bad_request
from gitflow.api.jobs import cursor_of, place_of
from gitflow.api.operations import act
from gitflow.api.route import Route
from gitflow.core.errors import GitflowError, NotFound
from gitflow.core.explain import explain
from gitflow.core.job import Source
from gitflow.core.status import JobStatus, StepStatus
from gitflow.core.values import is_list, is_object
from gitflow.runtime.keys import Key
from gitflow.runtime.operations import Retry
from gitflow.stores.base import JobFilter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from gitflow.core.job import Job, StepRun
    from gitflow.core.snapshot import Snapshot
    from gitflow.core.values import JsonObject
    from gitflow.stores.registry import Stores

RUNS = "/v1/workflow-runs"
WORKFLOWS = "/v1/workflows"

#: Lists are cut here, whatever is asked for.
DEFAULT_LIMIT, MOST = 50, 100

#: Status of a run -> of a job.
STATUS_OF = {word: status.value for status, word in told.RUN_STATUS.items()}

#: This server's codes -> the dialect's; others go by the status.
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


def refuse(refusal: Refusal, request_id: str) -> Answer:
    error: JsonObject = {"code": CODES.get(refusal.status, refusal.code), "message": refusal.message}
    if refusal.details:
        error["details"] = [{"field": field, "message": message} for field, message in refusal.details]
    body = {"error": error, "message": refusal.message, "request_id": request_id}
    return answer(body, refusal.status, headers=refusal.headers)


# Runs


async def list_runs(call: Call) -> Answer:
    """Newest first: a bare array, or with ``cursor`` (even an empty one) a page."""
    query = query_of(call)
    wanted, limit = _filter(call, query), _limit(query)
    rows, more = await _rows(call, wanted, limit, query.get("cursor") or None)
    runs = [told.run(job, await _version(call, job)) for job in rows]
    if "cursor" not in query:
        return answer(runs)
    page: JsonObject = {"data": runs, "has_more": more}
    if more:
        page["next_cursor"] = cursor_of(rows[-1].created_at, rows[-1].id)
    return answer(page)


def _filter(call: Call, query: Mapping[str, str]) -> JobFilter:
    """Raises Refused for what is missing or unknown."""
    project = query.get("project_id") or call.identity.workspace
    if not project:
        raise bad_request("project_id is required")
    status, key = query.get("status") or None, query.get("tag_key") or None
    if status is not None and status not in STATUS_OF:
        raise bad_request(f"status must be one of {', '.join(STATUS_OF)}")
    if status is not None and key is not None:
        raise bad_request("status and tag_key cannot be combined")
    value = query.get("tag_value")
    return JobFilter(
        workspace=project,
        status=STATUS_OF[status] if status else None,
        labels={key: value} if key is not None and value is not None else {},
        has_label=key if value is None else None,
    )


def _limit(query: Mapping[str, str]) -> int:
    text = query.get("limit", str(DEFAULT_LIMIT))
    if not text.isascii() or not text.isdigit() or int(text[:12]) < 1:
        raise bad_request("limit must be a positive integer")
    return min(int(text[:12]), MOST)


async def _rows(call: Call, wanted: JobFilter, limit: int, cursor: str | None) -> tuple[list[Job], bool]:
    """The jobs of one page, whole, and whether there are more."""
    from gitflow.core.record import replace

    app, seen = call.server.service.app, await call.seen_tasks()
    before = place_of(cursor)

    def look(stores: Stores) -> tuple[list[Job], bool]:
        rows = stores.jobs.jobs(replace(wanted, tasks=seen), limit + 1, before=before)
        plan_of = app.opened.snapshots.plan_of
        return [app.office.job(row.id) or stores.jobs.load(row.id, plan_of) for row in rows[:limit]], len(rows) > limit

    return await call.read(look)


async def get_run(call: Call) -> Answer:
    return answer(await _run(call, call.path["run"]))


async def _run(call: Call, job_id: str) -> JsonObject:
    job, _ = await job_of(call, job_id)
    return told.run(job, await _version(call, job))


async def _version(call: Call, job: Job) -> Version:
    return await version_at(call, job.workspace, job.task_name, job.revision)


async def cancel_run(call: Call) -> Answer:
    job, _ = await job_of(call, call.path["run"])
    if job.ended:
        raise bad_request(f"the run has ended: {told.RUN_STATUS[job.status]}")
    await act(call, "cancel", {}, job.id)
    return Answer(b"", 204)


async def pause_run(call: Call) -> Answer:
    return await _moved(call, "pause")


async def resume_run(call: Call) -> Answer:
    return await _moved(call, "resume")


async def _moved(call: Call, operation: str) -> Answer:
    """Pausing what is paused and resuming what runs changes nothing."""
    job, _ = await job_of(call, call.path["run"])
    if job.status not in (JobStatus.RUNNING, JobStatus.PAUSED) or job.cancelling:
        raise bad_request(f"a run that is {told.RUN_STATUS[job.status]} cannot be asked to {operation}")
    await act(call, operation, {}, job.id)
    return answer(await _run(call, job.id))


async def retry_run(call: Call) -> Answer:
    job, _ = await job_of(call, call.path["run"])
    if not job.ended:
        raise bad_request(f"the run has not ended: {told.RUN_STATUS[job.status]}")
    made = await _retried(call, job.id, Retry(), await _key(call))
    return answer(await _run(call, made), 201)


async def _retried(call: Call, job_id: str, how: Retry, key: Key | None = None) -> str:
    operations, actor = call.server.service.app.operations, call.actor
    return await call.do(lambda turn: operations.retry(turn, job_id, actor, how, key))


async def bulk_cancel(call: Call) -> Answer:
    canceled: list[str] = []
    ids = await _ids(call)
    for job_id in ids:
        try:
            await _allowed(call, job_id)
            await act(call, "cancel", {}, job_id)
            canceled.append(job_id)
        except (GitflowError, Refused):
            continue
    return answer({"canceled": len(canceled), "failed": len(ids) - len(canceled), "workflow_run_ids": canceled})


async def bulk_replay(call: Call) -> Answer:
    """A run in which nothing failed is replayed from its start."""
    results: list[JsonObject] = []
    for job_id in await _ids(call):
        try:
            job = await _allowed(call, job_id)
            made = await _retried(call, job_id, Retry(from_start=job.status is JobStatus.COMPLETED))
            results.append({"original_run_id": job_id, "new_run_id": made, "status": "replayed"})
        except (GitflowError, Refused) as refused:
            results.append({"original_run_id": job_id, "status": "failed", "error": str(refused)})
    replayed = sum("new_run_id" in result for result in results)
    counts: JsonObject = {"replayed": replayed, "failed": len(results) - replayed, "total": len(results)}
    return answer({**counts, "results": results})


async def _ids(call: Call) -> list[str]:
    given = (await object_body(call)).get("workflow_run_ids")
    if not is_list(given) or not 1 <= len(given) <= MOST or not all(isinstance(each, str) for each in given):
        raise bad_request(f"workflow_run_ids must be a list of 1 to {MOST} ids")
    return list(dict.fromkeys(str(each) for each in given))


async def _allowed(call: Call, job_id: str) -> Job:
    """A job on which the caller may act. Raises NotFound, and Refused where they may only see it."""
    job, _ = await job_of(call, job_id)
    if not call.sees(job.workspace, job.task_name):
        raise NotFound("run", job_id)
    if not call.server.gate.may(call.identity, "run", job.workspace, job.task_name):
        raise Refused(403, f"{call.actor} may not do this")
    return job


# Steps


async def list_steps(call: Call) -> Answer:
    """Oldest first; with ``cursor`` (even an empty one) a page."""
    query = query_of(call)
    job, _ = await job_of(call, call.path["run"])
    steps = told.steps(job, await _version(call, job))
    if "cursor" not in query and "limit" not in query:
        return answer(steps)
    first, limit = _first(query), _limit(query)
    some = steps[first : first + limit]
    if "cursor" not in query:
        return answer(some)
    more = first + limit < len(steps)
    return answer({"data": some, "has_more": more, **({"next_cursor": str(first + limit)} if more else {})})


def _first(query: Mapping[str, str]) -> int:
    cursor = query.get("cursor") or "0"
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 9:
        raise bad_request("cursor is none that this list gave")
    return int(cursor)


async def approve_step(call: Call) -> Answer:
    """The person is who the token says."""
    job, step = await _step(call)
    if step.status is not StepStatus.SUSPENDED or job.plan.actions[step.loop_of or step.name].type != "approval":
        raise bad_request(f"step {step.name!r} does not wait for an approval")
    asked = step.input if is_object(step.input) else {}
    approvers = asked.get("approvers")
    if is_list(approvers) and approvers and not {call.actor, *call.identity.groups} & {str(one) for one in approvers}:
        raise Refused(403, f"step {step.name!r} is to be decided by {' or '.join(str(one) for one in approvers)}")
    body = await object_body(call)
    decided: JsonObject = {"step": step.name, "approved": True, "groups": list(call.identity.groups)}
    await act(call, "decide", {**decided, **({"input": body["input"]} if is_object(body.get("input")) else {})}, job.id)
    job, _ = await job_of(call, job.id)
    version = await _version(call, job)
    run = job.steps[step.name]
    return answer({"step_run": told.step_run(job, run, version), "approval": told.approval(job, run)})


_OPEN = frozenset({StepStatus.PENDING, StepStatus.READY, StepStatus.SUSPENDED})


async def skip_step(call: Call) -> Answer:
    body = await object_body(call)
    reason = body.get("reason") or ""
    return await _on_step(call, "skip", _OPEN, {"reason": str(reason)})


async def force_complete_step(call: Call) -> Answer:
    result = (await object_body(call)).get("result")
    return await _on_step(call, "complete", _OPEN | {StepStatus.FAILED}, {} if result is None else {"result": result})


async def retry_step(call: Call) -> Answer:
    ended = frozenset(status for status in StepStatus if status.ended)
    return await _on_step(call, "retry_step", ended, {})


async def _on_step(call: Call, operation: str, allowed: frozenset[StepStatus], more: JsonObject) -> Answer:
    job, step = await _step(call)
    if step.status not in allowed:
        word = operation.replace("_", " ")
        raise bad_request(f"step {step.name!r} is {told.STEP_STATUS[step.status]}: {word} is not possible")
    await act(call, operation, {**more, "step": step.name}, job.id)
    job, _ = await job_of(call, job.id)
    return answer({"step_run": told.step_run(job, job.steps[step.name], await _version(call, job))})


async def replay_subtree(call: Call) -> Answer:
    job, step = await _step(call)
    done = await act(call, "replay", {"step": step.name}, job.id)
    return answer({"reset_steps": done["reset_steps"]})


async def _step(call: Call) -> tuple[Job, StepRun]:
    """Raises NotFound."""
    job, _ = await job_of(call, call.path["run"])
    name = told.step_named(job, call.path["step"])
    if name is None:
        raise NotFound("step", call.path["step"])
    return job, job.steps[name]


# What is known of a run


async def graph(call: Call) -> Answer:
    job, _ = await job_of(call, call.path["run"])
    return answer(told.graph(job, await _version(call, job)))


async def timeline(call: Call) -> Answer:
    job, _ = await job_of(call, call.path["run"])
    return answer(told.timeline(job))


async def explain_run(call: Call) -> Answer:
    job, _ = await job_of(call, call.path["run"])
    wanted = query_of(call).get("step_ref")
    reasons = {name: why for name, why in explain(job).items() if wanted in (None, "", name)}
    if wanted and not reasons:
        raise NotFound("step", wanted)
    return answer({"data": told.explained(job, reasons, call.now())})


# Workflows


async def list_workflows(call: Call) -> Answer:
    query = query_of(call)
    served, project = call.server.service.served, query.get("project_id") or call.identity.workspace
    found: list[JsonObject] = []
    for name in served.names():
        snapshot = served.get(name).snapshot
        if snapshot is not None and project in (None, name) and call.sees(name):
            found += [await _workflow(call, snapshot, task) for task in snapshot.tasks if call.sees(name, task)]
    return answer({"data": found, "has_more": False} if "cursor" in query else found)


async def get_workflow(call: Call) -> Answer:
    snapshot, task = _defined(call)
    return answer(await _workflow(call, snapshot, task))


async def _workflow(call: Call, snapshot: Snapshot, task: str) -> JsonObject:
    versions = await versions_of(call, snapshot.workspace, task)
    definition = snapshot.tasks[task]
    return told.present(
        {
            "id": told.workflow_id(snapshot.workspace, task),
            "slug": task,
            "name": definition.title or task,
            "description": definition.description or None,
            "project_id": snapshot.workspace,
            "enabled": True,
            "version": versions[0].number,
            "version_id": versions[0].id,
            "steps": [{"step_ref": name, "depends_on": list(_needs(snapshot, task)[name])} for name in definition.flow],
            "created_at": told.moment(versions[-1].at or None),
            "updated_at": told.moment(versions[0].at or None),
        }
    )


def _needs(snapshot: Snapshot, task: str) -> Mapping[str, tuple[str, ...]]:
    from gitflow.core.planning import plan_task

    return plan_task(snapshot, task).graph.needs


async def workflow_graph(call: Call) -> Answer:
    snapshot, task = _defined(call)
    needs, definition = _needs(snapshot, task), snapshot.tasks[task]
    return answer(
        {
            "workflow_id": told.workflow_id(snapshot.workspace, task),
            "version": (await versions_of(call, snapshot.workspace, task))[0].number,
            "nodes": [{"step_ref": name, "depends_on": list(needs[name])} for name in definition.flow],
            "edges": [{"from": need, "to": name} for name in definition.flow for need in needs[name]],
            "roots": [name for name in definition.flow if not needs[name]],
        }
    )


async def workflow_versions(call: Call) -> Answer:
    snapshot, task = _defined(call)
    listed = [
        told.present(
            {
                "id": each.id,
                "workflow_id": told.workflow_id(snapshot.workspace, task),
                "version": each.number,
                "commit": each.sha,
                "author": each.author or None,
                "message": each.message or None,
                "created_at": told.moment(each.at or None),
            }
        )
        for each in await versions_of(call, snapshot.workspace, task)
    ]
    return answer(listed)


async def trigger(call: Call) -> Answer:
    """A new run with ``payload`` as its input; ``tags`` and ``labels`` are its labels."""
    workspace, task = _named(call)
    body, key = await object_body(call), await _key(call)
    served, operations = call.server.service.served.get(workspace), call.server.service.app.operations
    source, revision = Source("api", None, call.actor), served.in_force[1]
    payload, labels = _payload(body), _labels(body)
    job = await asyncio.to_thread(operations.prepared, served.workspace, revision, task, payload, source, labels=labels)
    made = await call.do(lambda turn: operations.create(turn, job, key))
    return answer(await _run(call, made), 201)


def _payload(body: JsonObject) -> JsonObject:
    payload = body.get("payload")
    if payload is not None and not is_object(payload):
        raise bad_request("payload must be an object")
    return payload or {}


def _labels(body: JsonObject) -> dict[str, str]:
    """Tags are pairs; a list of words is taken as tags without a value."""
    found: dict[str, str] = {}
    for given in (body.get("labels"), body.get("tags")):
        if is_object(given):
            found.update({name: value if isinstance(value, str) else str(value) for name, value in given.items()})
        elif is_list(given):
            found.update({str(word): "" for word in given})
        elif given is not None:
            raise bad_request("tags and labels must be objects")
    return found


async def plan(call: Call) -> Answer:
    """What a run would do, without making one."""
    from gitflow.core.planning import plan_task

    snapshot, task = _defined(call)
    flow = plan_task(snapshot, task).graph
    return answer(
        {
            "workflow_id": told.workflow_id(snapshot.workspace, task),
            "workflow_version": (await versions_of(call, snapshot.workspace, task))[0].number,
            "step_count": len(flow.order),
            "roots": [name for name in flow.order if not flow.needs[name]],
            "topological_order": list(flow.order),
        }
    )


def _named(call: Call) -> tuple[str, str]:
    """``workspace/task``, in one segment or in two. Raises NotFound."""
    if "workflow" in call.path:
        workspace, slash, task = call.path["workflow"].partition("/")
        if not slash:
            raise NotFound("workflow", call.path["workflow"])
        return workspace, task
    return call.path["ws"], call.path["task"]


def _defined(call: Call) -> tuple[Snapshot, str]:
    workspace, task = _named(call)
    snapshot, _ = call.server.service.served.get(workspace).in_force
    if task not in snapshot.tasks:
        raise NotFound("workflow", told.workflow_id(workspace, task))
    return snapshot, task


async def _key(call: Call) -> Key | None:
    headers = call.request.headers
    given = headers.get("Idempotency-Key") or headers.get("X-Idempotency-Key")
    if not given:
        return None
    return Key.of(call.actor, given, [call.request.rel_url.raw_path, await object_body(call)])


# What requests are about


async def _about_run(call: Call) -> About:
    job_id = call.path["run"]
    job = call.server.service.app.office.job(job_id)
    found = (job.workspace, job.task_name) if job else await call.read(lambda stores: stores.jobs.task_of(job_id))
    return About("run", job_id, *found)


async def _about_workflow(call: Call) -> About:
    workspace, task = _named(call)
    return About("workflow", told.workflow_id(workspace, task), workspace, task)


def _on_runs(
    method: str,
    path: str,
    handler: Callable[[Call], Awaitable[Answer]],
    summary: str,
    shape: str | None,
    status: int = 200,
    scope: str = "",
) -> Route:
    """About one run, unless the path names none."""
    return Route(
        method,
        RUNS + path,
        handler,
        "view" if method == "GET" else "run",
        summary,
        tag="workflow-runs",
        answer=shape,
        status=status,
        also=(404, 409, 422, 503),
        raw_body=True,
        error="RunError",
        scope=scope,
        about=_about_run if "{run}" in path else None,
    )


def _on_workflows(
    method: str, end: str, handler: Callable[[Call], Awaitable[Answer]], summary: str, shape: str, status: int = 200
) -> Sequence[Route]:
    """Clients write the id of a workflow raw into the path: its slash may be one."""
    return tuple(
        Route(
            method,
            f"{WORKFLOWS}/{name}{end}",
            handler,
            "view" if method == "GET" or end != "/trigger" else "run",
            summary,
            tag="workflows",
            answer=shape,
            status=status,
            also=(404, 409, 422, 503),
            raw_body=True,
            error="RunError",
            scope="workflows:trigger" if end == "/trigger" else "",
            audited=end == "/trigger",
            about=_about_workflow,
            listed=name == "{workflow}",
        )
        for name in ("{workflow}", "{ws}/{task}")
    )


_WRITE, _START = "workflows:write", "workflows:trigger"

ROUTES = (
    _on_runs("GET", "", list_runs, "List workflow runs", "RunList"),
    _on_runs("POST", "/bulk-cancel", bulk_cancel, "Bulk cancel workflow runs", "RunsCanceled", scope=_WRITE),
    _on_runs("POST", "/bulk-replay", bulk_replay, "Bulk replay workflow runs", "RunsReplayed", scope=_START),
    _on_runs("GET", "/{run}", get_run, "Get a workflow run", "Run"),
    _on_runs("DELETE", "/{run}", cancel_run, "Cancel a workflow run", None, 204, scope=_WRITE),
    _on_runs("GET", "/{run}/steps", list_steps, "List step runs", "StepRunList"),
    _on_runs("POST", "/{run}/pause", pause_run, "Pause a workflow run", "Run", scope=_WRITE),
    _on_runs("POST", "/{run}/resume", resume_run, "Resume a workflow run", "Run", scope=_WRITE),
    _on_runs("POST", "/{run}/retry", retry_run, "Retry from first failed step", "Run", 201, scope=_START),
    _on_runs("GET", "/{run}/graph", graph, "Get the graph of a run", "RunGraph"),
    _on_runs("GET", "/{run}/timeline", timeline, "Get the timeline of a run", "RunTimeline"),
    _on_runs("GET", "/{run}/explain", explain_run, "Explain why steps wait or were skipped", "RunExplained"),
    *(
        _on_runs("POST", f"/{{run}}/steps/{{step}}/{end}", handler, summary, shape, scope=_WRITE)
        for end, handler, summary, shape in (
            ("approve", approve_step, "Approve an approval step", "StepApproved"),
            ("skip", skip_step, "Skip a step", "StepMoved"),
            ("force-complete", force_complete_step, "Force-complete a step", "StepMoved"),
            ("retry", retry_step, "Retry a single workflow step", "StepMoved"),
            ("replay-subtree", replay_subtree, "Replay a step and all that depends on it", "SubtreeReplayed"),
        )
    ),
    Route(
        "GET",
        WORKFLOWS,
        list_workflows,
        "view",
        "List workflows",
        tag="workflows",
        answer="WorkflowList",
        also=(404, 503),
        error="RunError",
    ),
    *_on_workflows("GET", "", get_workflow, "Get a workflow", "Workflow"),
    *_on_workflows("GET", "/graph", workflow_graph, "Get the graph of a workflow", "WorkflowGraph"),
    *_on_workflows("GET", "/versions", workflow_versions, "List the versions of a workflow", "WorkflowVersions"),
    *_on_workflows("POST", "/trigger", trigger, "Start a run", "Run", 201),
    *_on_workflows("POST", "/plan", plan, "Tell what a run would do", "WorkflowPlan"),
    *_on_workflows("POST", "/dry-run", plan, "Tell what a run would do", "WorkflowPlan"),
)

DIALECT = Dialect("workflow_runs", ("/v1/",), ROUTES, SHAPES, refuse)
