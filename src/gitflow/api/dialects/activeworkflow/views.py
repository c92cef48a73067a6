"""The JSON of agents, messages and workflows. Times always have milliseconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gitflow.core.templates.masking import masked
from gitflow.core.values import is_object
from gitflow.views.commits import commit_or_none

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.api.dialects.activeworkflow.agents import WorkflowAgent
    from gitflow.core.jobs.job import Job
    from gitflow.core.language.definition import Task
    from gitflow.core.language.snapshot import Commit
    from gitflow.core.values import Json, JsonObject
    from gitflow.stores.protocols.numbers import Named
    from gitflow.stores.protocols.outputs import FireRow, OutputRow

_UNFIT = re.compile(r"[^a-z0-9_-]")
_RUN = re.compile(r"-{2,}")

#: The file name of an export if nothing is left of the workflow's name.
NAMELESS = "exported-agents"


def moment(at: float | None) -> str | None:
    if at is None:
        return None
    return datetime.fromtimestamp(round(at, 3), UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def agent(found: WorkflowAgent, numbers: Mapping[Named, int], counts: Mapping[tuple[str, ...], int]) -> JsonObject:
    return {
        "id": numbers[found.key],
        "name": found.name,
        "type": found.type,
        "messages_count": counts.get(found.count_key, 0),
        "disabled": found.is_disabled,
        "sources": [{"id": numbers[source]} for source in found.sources],
    }


def workflow(task: Task, number: int) -> JsonObject:
    return {"id": number, "name": task.title or task.name, "description": task.description}


def output(row: OutputRow, number: int, agent_id: int, retention_s: float) -> JsonObject:
    """The output expires with its job; null while the job is open."""
    expires_at = None if row.job_ended_at is None else row.job_ended_at + retention_s
    return _message(number, agent_id, row.at, expires_at)


def fire(row: FireRow, number: int, agent_id: int, retention_s: float) -> JsonObject:
    return _message(number, agent_id, row.at, row.at + retention_s)


def _message(number: int, agent_id: int, at: float, expires_at: float | None) -> JsonObject:
    return {"id": number, "agent_id": agent_id, "created_at": moment(at), "expires_at": moment(expires_at)}


def output_payload(job: Job, step: str) -> JsonObject:
    """A value that is no object is wrapped: ``{"value": …}``."""
    value: Json = masked(job.steps[step].output, job.secrets)
    return value if is_object(value) else {"value": value}


def fire_payload(row: FireRow, made_from: tuple[str, Commit | None] | None) -> JsonObject:
    """``made_from``: revision and commit of the job; None: it has been deleted."""
    revision, commit = made_from or (None, None)
    return {
        "trigger": row.name,
        "fired_at": moment(row.at),
        "due_at": moment(row.due_at),
        "actor": row.actor,
        "job_id": row.job_id,
        "revision": revision,
        "commit": commit_or_none(commit),
    }


def slug(name: str) -> str:
    """``Bob's Status Alert Workflow`` -> ``bob-s-status-alert-workflow``."""
    text = _RUN.sub("-", _UNFIT.sub("-", name.lower()))
    return text.removeprefix("-").removesuffix("-") or NAMELESS
