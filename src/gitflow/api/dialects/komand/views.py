"""The JSON of jobs, steps, workflows, connections and users; each native state maps to exactly one of this API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.dialects.komand import job_context as context
from gitflow.api.dialects.versions import uid
from gitflow.core.jobs.planning import is_left_to_run
from gitflow.core.record import Record
from gitflow.core.status import JobStatus, StepStatus
from gitflow.core.templates.masking import masked
from gitflow.core.timestamps import rfc3339, rfc3339_or_none
from gitflow.core.values import MASK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gitflow.api.dialects.versions import Version
    from gitflow.core.identity import User
    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.core.language.definition import Connection, Task
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.values import Json, JsonObject
    from gitflow.stores.protocols.jobs import AttemptRow

#: Status of a job -> status in this API; an ended job that another job retries is RETRIED.
JOB_STATUS: Mapping[JobStatus, str] = {
    JobStatus.PENDING: "queued",
    JobStatus.RUNNING: "running",
    JobStatus.PAUSED: "running",
    JobStatus.COMPLETED: "succeeded",
    JobStatus.FAILED: "failed",
    JobStatus.TIMED_OUT: "failed",
    JobStatus.CANCELLED: "cancelled",
}
RETRIED = "retried"

#: Status of a step -> status in this API.
STEP_STATUS: Mapping[StepStatus, str] = {
    StepStatus.PENDING: "queued",
    StepStatus.READY: "queued",
    StepStatus.RUNNING: "running",
    StepStatus.SUSPENDED: "waiting",
    StepStatus.COMPLETED: "succeeded",
    StepStatus.FAILED: "failed",
    StepStatus.SKIPPED: "skipped",
    StepStatus.CANCELLED: "cancelled",
}


class JobFacts(Record):
    """What the JSON of a job is made from."""

    job: Job
    attempts: tuple[AttemptRow, ...]
    version: Version
    group_id: str  #: the first job of its chain of retries
    url: str
    is_retried: bool = False
    frames: tuple[JsonObject, ...] = ()  #: loop frames of its ancestors, outermost first
    failed_step_id: int | None = None
    now: float = 0.0


def job(facts: JobFacts) -> JsonObject:
    job, version = facts.job, facts.version
    fields: JsonObject = {
        "job_id": job.id,
        "type": "active",
        "workflow_uid": context.workflow_uid(job.workspace, job.task_name),
        "version_uid": version.id,
        "group_id": facts.group_id,
        "name": job.task_name,
        "status": status_of(job, facts.is_retried),
        "created_at": rfc3339(job.created_at),
        "ended_at": rfc3339_or_none(job.completed_at),
        "updated_at": rfc3339(_updated_at(job)),
        "context": {
            "data": context.data(job, facts.url),
            "stack": [dict(context.BOTTOM), *facts.frames, *context.loops(job, version)],
        },
        "traversed_paths": [context.path(job, version, edge) for edge in context.taken_edges(job)],
        "potential_next_paths": [context.path(job, version, edge) for edge in context.possible_edges(job)],
        "next_step_uids": [context.step_uid(version, name) for name in context.next_steps(job)],
        "time_spent": time_spent(_worked(facts), facts.now),
        "investigation_id": "",
        "viewed_by_id": None,
        "owned_by_id": None,
    }
    failed = failed_step(job)
    if failed is not None:
        fields |= {"failed_step_id": facts.failed_step_id, "failed_step_name": failed}
    return {**fields, "is_rerunnable": job.ended and is_left_to_run(job), "errors": errors(job, version)}


def status_of(job: Job, is_retried: bool) -> str:
    return RETRIED if is_retried and job.ended else JOB_STATUS[job.status]


def failed_step(job: Job) -> str | None:
    """The step because of which a job failed: the first failure that was not tolerated. None: no such step."""
    if JOB_STATUS[job.status] != "failed":
        return None
    flow = job.plan.task.flow
    failed = [run for name in flow if (run := job.steps[name]).status is StepStatus.FAILED]
    counted = [run for run in failed if not flow[run.name].continue_on_failure]
    return min(counted, key=lambda run: run.completed_at or 0.0).name if counted else None


def errors(job: Job, version: Version) -> list[JsonObject] | None:
    """The error of each failed step; the job's own error if no step failed. None: no errors."""
    found: list[JsonObject] = [
        _error(job, context.step_uid(version, run.loop_of or run.name), run.name, run.error_message)
        for run in job.in_order()
        if run.status is StepStatus.FAILED
    ]
    if not found and job.ended and job.error_message:
        found.append(_error(job, "", "", job.error_message))
    return found or None


def _error(job: Job, uid: str, name: str, message: str | None) -> JsonObject:
    return {"step_uid": uid, "step_name": name, "message": masked(message, job.secrets) or ""}


def _worked(facts: JobFacts) -> list[AttemptRow]:
    """The attempts that a worker ran for this job, without suspensions and those carried over from a retried job."""
    job = facts.job
    waits = {name for name, action in job.plan.actions.items() if action.suspends}
    own = [row for row in facts.attempts if (row.completed_at or facts.now) >= job.created_at]
    return [row for row in own if row.step.partition("[")[0] not in waits]


def time_spent(attempts: Iterable[AttemptRow], now: float) -> float:
    """Seconds during which at least one attempt ran."""
    spans = sorted((row.started_at, row.completed_at or now) for row in attempts if row.started_at is not None)
    spent, until = 0.0, 0.0
    for began, ended in spans:
        spent += max(0.0, ended - max(began, until))
        until = max(until, ended)
    return round(spent, 9)


def _updated_at(job: Job) -> float:
    """The latest time that is stored for the job or one of its steps."""
    times = [job.created_at, job.started_at, job.paused_at, job.cancel_requested_at, job.completed_at]
    for run in job.steps.values():
        times += [run.ready_at, run.started_at, run.suspended_at, run.completed_at]
    return max(at for at in times if at is not None)


def steps(job: Job, version: Version) -> list[JsonObject]:
    return [_step(job, version, run) for run in job.in_order()]


def _step(job: Job, version: Version, run: StepRun) -> JsonObject:
    return {
        "step_uid": context.step_uid(version, run.name),
        "name": run.name,
        "type": job.plan.actions[run.loop_of or run.name].type,
        "status": STEP_STATUS[run.status],
        "attempt": run.attempt,
        "parent_step_uid": context.step_uid(version, run.loop_of or ""),
        "loop_index": -1 if run.loop_index is None else run.loop_index,
        "input": masked(run.input, job.secrets),
        "output": masked(run.output, job.secrets),
        "error": masked(run.error_message, job.secrets),
        "started_at": rfc3339_or_none(run.started_at or run.suspended_at),
        "ended_at": rfc3339_or_none(run.completed_at),
    }


def workflow(snapshot: Snapshot, task: Task) -> JsonObject:
    """The form that ``minimum=true`` asks for."""
    return {"name": task.name, "workflow_uid": context.workflow_uid(snapshot.workspace, task.name)}


def full_workflow(snapshot: Snapshot, task: Task, versions: tuple[Version, ...]) -> JsonObject:
    newest, oldest = versions[0], versions[-1]
    return {
        **workflow(snapshot, task),
        "status": "active",
        "workspace": snapshot.workspace,
        "description": task.description,
        "version_uid": newest.id,
        "version": newest.number,
        "steps": [{"step_uid": context.step_uid(newest, name), "name": name} for name in task.flow],
        "created_at": rfc3339(oldest.at) if oldest.at else context.NO_TIME,
        "updated_at": rfc3339(newest.at) if newest.at else context.NO_TIME,
    }


def trigger_uid(workspace: str, name: str) -> str:
    return uid(workspace, "trigger", name)


def connection(snapshot: Snapshot, found: Connection, tasks: Iterable[Task]) -> JsonObject:
    """``tasks``: those that the caller may see."""
    return {
        "connection_uid": uid(snapshot.workspace, "connection", found.name),
        "name": found.name,
        "type": found.type,
        "workspace": snapshot.workspace,
        "parameters": {name: _parameter(snapshot, found.type, name, value) for name, value in found.values.items()},
        "workflows": [workflow(snapshot, task) for task in tasks if _uses(snapshot, task, found)],
    }


def _parameter(snapshot: Snapshot, kind: str, name: str, value: Json) -> Json:
    """The value of a parameter; masked if it is declared secret or refers to a secret."""
    known = snapshot.connection_types.get(kind)
    field = known.fields.get(name) if known else None
    is_secret = (field is not None and field.secret) or (isinstance(value, str) and "secret" in value and "{{" in value)
    return MASK if is_secret else value


def _uses(snapshot: Snapshot, task: Task, found: Connection) -> bool:
    """Whether an action of the task names the connection, or an input field has it as its value."""
    if any(field.type == found.type and field.default == found.name for field in task.input.values()):
        return True
    for step in task.flow.values():
        action = step.inline or snapshot.actions[step.action or ""]
        if action.fields.get("connection") == found.name:
            return True
        wanted = [field for field in action.input.values() if field.type == found.type]
        if any(step.input.get(field.name, field.default) == found.name for field in wanted):
            return True
    return False


def user(found: User) -> JsonObject:
    return {
        "user_id": found.user_id,
        "user_name": found.name,
        "email": found.email,
        "role_name": "administrator" if found.is_admin else "user",
        "status": "active" if found.disabled_at is None else "disabled",
        "groups": list(found.groups),
        "created_at": rfc3339(found.created_at),
        "last_login_at": rfc3339_or_none(found.last_login_at),
    }
