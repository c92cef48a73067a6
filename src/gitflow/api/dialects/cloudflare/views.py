"""The JSON of workflows, versions and instances, made from tasks, versions and jobs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gitflow.api.dialects.cloudflare.states import INSTANCE_SUCCESS, SUCCESS, TRIGGER, state_of
from gitflow.api.dialects.versions import uid
from gitflow.core.status import JobStatus
from gitflow.core.templates.masking import masked
from gitflow.views.commits import revision_of
from gitflow.views.jobs import masked_input

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitflow.api.dialects.versions import Version
    from gitflow.core.jobs.job import Job
    from gitflow.core.language.definition import Task, Trigger
    from gitflow.core.values import Json, JsonObject
    from gitflow.stores.protocols.instances import Instance

__all__ = ["SUCCESS", "account", "instance", "list_item", "membership", "version", "workflow"]

#: Clients accept only ``javascript`` and ``python``; neither describes a YAML file, so one is chosen.
LANGUAGE = "python"


def moment(at: float) -> str:
    """Always with milliseconds, because clients compare times as texts."""
    return datetime.fromtimestamp(round(at, 3), UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def moment_or_none(at: float | None) -> str | None:
    return None if at is None else moment(at)


def account(name: str, created_at: float) -> JsonObject:
    return {
        "id": name,
        "name": name,
        "type": "standard",
        "settings": {"enforce_twofactor": False},
        "created_on": moment(created_at),
    }


def membership(name: str, created_at: float) -> JsonObject:
    return {
        "id": uid("membership", name),
        "status": "accepted",
        "account": account(name, created_at),
        "permissions": {},
        "policies": [],
        "roles": [],
    }


def workflow_id(workspace: str, task: str) -> str:
    return uid("workflow", workspace, task)


def workflow(
    workspace: str,
    task: Task,
    versions: Sequence[Version],
    counts: Mapping[str, int],
    triggered_at: float | None,
    loaded_at: float,
) -> JsonObject:
    """``loaded_at`` is used for the times of a workspace outside git."""
    return {
        "id": workflow_id(workspace, task.name),
        "name": task.name,
        "class_name": task.name,
        "script_name": task.where.file,
        "created_on": moment(versions[-1].at or loaded_at),
        "modified_on": moment(versions[0].at or loaded_at),
        "triggered_on": moment_or_none(triggered_at),
        "instances": dict(counts),
    }


def schedules(triggers: Mapping[str, Trigger], next_runs: Mapping[str, float]) -> list[JsonObject]:
    """``next_runs``: name of a trigger -> when it fires next."""
    return [{"cron": str(triggers[name].fields["cron"]), "next_instance": moment(at)} for name, at in next_runs.items()]


def version(
    workspace: str, task: Task, one: Version, loaded_at: float, most_steps: int, retention: JsonObject
) -> JsonObject:
    return {
        **version_head(workspace, task.name, one, loaded_at),
        "has_dag": True,
        "language": LANGUAGE,
        "limits": {"steps": most_steps},
        **({"concurrency": {"limit": task.concurrency.limit}} if task.concurrency else {}),
        "default_retention": retention,
        **({"commit": one.sha, "author": one.author, "message": one.message} if one.at else {}),
    }


def version_head(workspace: str, task: str, one: Version, loaded_at: float) -> JsonObject:
    at = moment(one.at or loaded_at)
    return {
        "id": one.id,
        "workflow_id": workflow_id(workspace, task),
        "class_name": task,
        "created_on": at,
        "modified_on": at,
    }


def summary(job: Job, named: Instance | None, version_id: str, source: str) -> JsonObject:
    return {
        "id": named.id if named else job.id,
        "status": state_of(job),
        "version_id": version_id,
        "workflow_id": workflow_id(job.workspace, job.task_name),
        "trigger_source": source,
    }


def list_item(job: Job, named: Instance | None, version_id: str, source: str) -> JsonObject:
    return {
        **summary(job, named, version_id, source),
        "created_on": moment(job.created_at),
        "modified_on": moment(changed_at(job)),
        "started_on": moment_or_none(job.started_at),
        "ended_on": moment_or_none(job.completed_at),
        **revision_of(job),
    }


def changed_at(job: Job) -> float:
    """The latest time that is stored for the job, or for a step of an open one."""
    times = [job.created_at, job.started_at, job.completed_at, job.paused_at, job.cancel_requested_at]
    if not job.ended:
        for step in job.steps.values():
            times += (step.ready_at, step.started_at, step.completed_at)
    return max(at for at in times if at is not None)


def instance(
    job: Job, named: Instance | None, version_id: str, source: str, steps: Sequence[JsonObject], *, simple: bool
) -> JsonObject:
    """``steps`` in the order of the answer; with ``simple`` only their number is included."""
    state = state_of(job)
    return {
        "status": state,
        "params": params(job, named),
        "trigger": {"source": source},
        "versionId": version_id,
        "queued": moment(job.created_at),
        "start": moment_or_none(job.started_at),
        "end": moment_or_none(job.completed_at),
        "success": INSTANCE_SUCCESS[state],
        "error": _error(job),
        "output": as_text(masked(job.output, job.secrets)) if state == "complete" else "",
        "step_count": sum(step["type"] != "termination" for step in steps),
        "steps": [] if simple else list(steps),
        "rollback": None,
        "job_id": job.id,
        **revision_of(job),
    }


def params(job: Job, named: Instance | None) -> Json:
    """The params as they were sent; the whole input of a job that was not created through this API."""
    given = masked_input(job)
    if named is None:
        return given
    return given.get("params") if named.given is None else {name: given[name] for name in named.given if name in given}


#: Status of a failed job -> the name of its error.
ERROR_NAME: Mapping[JobStatus, str] = {JobStatus.FAILED: "Error", JobStatus.TIMED_OUT: "WorkflowTimeoutError"}


def _error(job: Job) -> JsonObject | None:
    name = ERROR_NAME.get(job.status)
    return None if name is None else error(masked(job.error_message, job.secrets), name)


def error(message: str | None, name: str = "Error") -> JsonObject:
    return {"name": name, "message": message or "it failed"}


def as_text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def trigger_source(source_type: str, trigger: Trigger | None) -> str:
    """A job of a trigger that is no scheduler has the source ``event``."""
    if source_type == "trigger" and trigger is not None and trigger.type != "scheduler":
        return "event"
    return TRIGGER[source_type]
