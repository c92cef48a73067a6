"""The JSON of runs and step runs. Each native state maps to exactly one of this API; absent values are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.dialects.versions import uid
from gitflow.core.machine.machine import waiting_on
from gitflow.core.status import JobStatus, StepStatus
from gitflow.core.templates.masking import masked
from gitflow.core.timestamps import rfc3339
from gitflow.core.values import is_list, is_object
from gitflow.views.commits import revision_of
from gitflow.views.jobs import masked_input

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.api.dialects.versions import Version
    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.core.values import Json, JsonObject

#: Status of a job -> status of a run.
RUN_STATUS: Mapping[JobStatus, str] = {
    JobStatus.PENDING: "pending",
    JobStatus.RUNNING: "running",
    JobStatus.PAUSED: "paused",
    JobStatus.COMPLETED: "completed",
    JobStatus.FAILED: "failed",
    JobStatus.TIMED_OUT: "timed_out",
    JobStatus.CANCELLED: "canceled",
}

#: Status of a step -> status of a step run.
STEP_STATUS: Mapping[StepStatus, str] = {
    StepStatus.PENDING: "waiting",
    StepStatus.SUSPENDED: "waiting",
    StepStatus.READY: "pending",
    StepStatus.RUNNING: "running",
    StepStatus.COMPLETED: "completed",
    StepStatus.FAILED: "failed",
    StepStatus.SKIPPED: "skipped",
    StepStatus.CANCELLED: "canceled",
}

#: Source type of a job -> ``triggered_by`` of a run; that of a retry is ``retry``.
TRIGGERED_BY: Mapping[str, str] = {
    "api": "manual",
    "user": "manual",
    "trigger": "cron",
    "task": "workflow",
    "webhook": "event",
    "hook": "event",
}

#: What a step waits for -> ``decision_type`` of its explanation.
DECISION_TYPE: Mapping[str | None, str] = {
    "dependencies": "dependency",
    "slot": "concurrency",
    "worker": "scheduler",
    "pause": "scheduler",
    "retry": "scheduler",
    "approval": "condition",
    "event": "condition",
    "timer": "scheduler",
    "child": "dependency",
    None: "scheduler",
}


def run(job: Job, version: Version) -> JsonObject:
    fields: JsonObject = {
        "id": job.id,
        "workflow_id": workflow_id(job.workspace, job.task_name),
        "project_id": job.workspace,
        "status": RUN_STATUS[job.status],
        "triggered_by": "retry" if job.retry_of_job_id else TRIGGERED_BY[job.source.type],
        "workflow_version": version.number,
        "max_parallel_steps": job.plan.task.max_parallel_steps,
        "payload": masked_input(job),
        "error": masked(job.error_message, job.secrets),
        "started_at": moment(job.started_at),
        "finished_at": moment(job.completed_at),
        "expires_at": moment(job.expires_at),
        "retry_of_run_id": job.retry_of_job_id,
        "parent_workflow_run_id": job.parent_job_id,
        "parent_step_run_id": _parent_step(job),
        "tags": masked(dict(job.labels), job.secrets) or None,
        "workflow_version_id": version.id,
        "created_by": job.source.actor,
        "created_at": moment(job.created_at),
        **revision_of(job),
    }
    return present(fields)


def step_run(job: Job, step: StepRun, version: Version) -> JsonObject:
    needs = job.plan.graph.needs[step.loop_of or step.name]
    return present(
        {
            "id": step_run_id(job, step.name),
            "workflow_run_id": job.id,
            "workflow_step_id": uid(version.id, step.loop_of or step.name),
            "step_ref": step.name,
            "job_run_id": uid(job.id, step.name, str(step.attempt)) if step.attempt else None,
            "attempt": max(1, step.attempt),
            "status": STEP_STATUS[step.status],
            "deps_completed": sum(job.steps[need].status.ended for need in needs),
            "deps_required": len(needs),
            "output": as_object(masked(step.output, job.secrets)),
            "error": masked(step.error_message or step.skip_reason, job.secrets),
            "started_at": moment(step.started_at or step.suspended_at),
            "finished_at": moment(step.completed_at),
            "created_at": moment(job.created_at),
        }
    )


def steps(job: Job, version: Version) -> list[JsonObject]:
    return [step_run(job, step, version) for step in job.in_order()]


def approval(job: Job, step: StepRun) -> JsonObject:
    """The approval of a step: the approvers and their decision."""
    question: JsonObject = masked(step.input, job.secrets) if is_object(step.input) else {}
    decided = step.output if is_object(step.output) and step.status is StepStatus.COMPLETED else {}
    approvers = question.get("approvers")
    return present(
        {
            "id": uid(job.id, step.name, "approval", str(step.attempt)),
            "workflow_run_id": job.id,
            "workflow_step_run_id": step_run_id(job, step.name),
            "approvers": approvers if is_list(approvers) else [],
            "status": {StepStatus.SUSPENDED: "pending", StepStatus.COMPLETED: "approved"}.get(step.status, "rejected"),
            "approved_by": decided.get("approved_by"),
            "requested_at": moment(step.suspended_at),
            "approved_at": decided.get("approved_at"),
            "expires_at": moment(step.due_at),
        }
    )


def graph(job: Job, version: Version) -> JsonObject:
    flow = job.plan.graph
    return {
        "workflow_run_id": job.id,
        "workflow_id": workflow_id(job.workspace, job.task_name),
        "version": version.number,
        "nodes": [_node(job, job.steps[name]) for name in job.plan.task.flow],
        "edges": [{"from": need, "to": name} for name in job.plan.task.flow for need in flow.needs[name]],
        "roots": [name for name in job.plan.task.flow if not flow.needs[name]],
        "runnable": [name for name in job.plan.task.flow if job.steps[name].status is StepStatus.READY],
    }


def _node(job: Job, step: StepRun) -> JsonObject:
    return present(
        {
            "step_ref": step.name,
            "type": job.plan.actions[step.name].type,
            "status": STEP_STATUS[step.status],
            "depends_on": list(job.plan.graph.needs[step.name]),
            "attempt": max(1, step.attempt),
            "started_at": moment(step.started_at or step.suspended_at),
            "finished_at": moment(step.completed_at),
            "duration_ms": _ms(step.started_at or step.suspended_at, step.completed_at),
        }
    )


def timeline(job: Job) -> JsonObject:
    """When each step began and ended, and how long it waited after its dependencies ended."""
    return present(
        {
            "workflow_run_id": job.id,
            "status": RUN_STATUS[job.status],
            "started_at": moment(job.started_at),
            "finished_at": moment(job.completed_at),
            "total_ms": _ms(job.started_at, job.completed_at),
            "steps": [_span(job, step) for step in job.in_order()],
        }
    )


def _span(job: Job, step: StepRun) -> JsonObject:
    began = step.started_at or step.suspended_at
    ends = [job.steps[need].completed_at or 0.0 for need in job.plan.graph.needs[step.loop_of or step.name]]
    ready_at = max([job.started_at or job.created_at, *ends])
    return present(
        {
            "step_ref": step.name,
            "status": STEP_STATUS[step.status],
            "started_at": moment(began),
            "finished_at": moment(step.completed_at),
            "duration_ms": _ms(began, step.completed_at),
            "wait_ms": _ms(ready_at, began),
        }
    )


def explained(job: Job, reasons: Mapping[str, str], at: float) -> list[JsonObject]:
    return [
        {
            "step_ref": name,
            "decision": _decision(job.steps[name]),
            "decision_type": _decision_type(job, job.steps[name]),
            "explanation": why,
            "created_at": rfc3339(at),
        }
        for name, why in reasons.items()
    ]


def _decision(step: StepRun) -> str:
    if step.status in (StepStatus.SKIPPED, StepStatus.CANCELLED):
        return "skip"
    return "wait" if step.status in (StepStatus.PENDING, StepStatus.SUSPENDED, StepStatus.READY) else "run"


def _decision_type(job: Job, step: StepRun) -> str:
    if step.status is StepStatus.SKIPPED:
        return "condition" if step.skipped_by == "when" else "dependency" if step.skipped_by == "need" else "scheduler"
    return DECISION_TYPE[waiting_on(job, step)]


def workflow_id(workspace: str, task: str) -> str:
    return f"{workspace}/{task}"


def step_run_id(job: Job, step: str) -> str:
    return uid(job.id, step)


def step_named(job: Job, given: str) -> str | None:
    """The name of a step, given its name or the id of its step run; None: no such step."""
    if given in job.steps:
        return given
    return next((name for name in job.steps if step_run_id(job, name) == given), None)


def as_object(value: Json) -> JsonObject | None:
    """Outputs are objects in this API: another value is wrapped in ``{"value": …}``."""
    return None if value is None else value if is_object(value) else {"value": value}


def present(fields: JsonObject) -> JsonObject:
    return {name: value for name, value in fields.items() if value is not None}


def moment(at: float | None) -> str | None:
    return None if at is None else rfc3339(at)


def _parent_step(job: Job) -> str | None:
    return uid(job.parent_job_id, job.parent_step) if job.parent_job_id and job.parent_step else None


def _ms(began: float | None, ended: float | None) -> int | None:
    return None if began is None or ended is None else max(0, round((ended - began) * 1000))
