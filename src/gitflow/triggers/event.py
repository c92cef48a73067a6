"""``type: event``: another job has ended, or a CloudEvent was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.jobs.hooks import hook_context
from gitflow.core.templates.render import evaluate
from gitflow.core.templates.texts import is_truthy
from gitflow.core.values import is_list

if TYPE_CHECKING:
    from gitflow.core.jobs.job import Job
    from gitflow.core.language.definition import Trigger
    from gitflow.core.values import Json, JsonObject
    from gitflow.triggers.cloudevents import CloudEvent

SOURCE = "trigger"
ALLOWED_EXTRA_INPUT: frozenset[str] = frozenset()
USES_WALL_CLOCK = False


def shape(trigger: Trigger) -> str | None:
    """Only ends of jobs are caught up after a restart."""
    task = watched_task(trigger)
    if task is None:
        return None
    occasion = "late" if wants_late(trigger) else ",".join(sorted(statuses(trigger)))
    return f"{task}|{occasion}|{trigger.fields.get('when', '')}"


def watched_task(trigger: Trigger) -> str | None:
    """The task whose jobs it waits for."""
    return _on(trigger).get("task")


def wants_late(trigger: Trigger) -> bool:
    """Whether it waits for jobs and steps of the task that pass their deadline, and not for ends."""
    return _on(trigger).get("late") is True


def wants_end(trigger: Trigger, job: Job) -> bool:
    return not wants_late(trigger) and watched_task(trigger) == job.task_name and str(job.status) in statuses(trigger)


def wants_event(trigger: Trigger, event: CloudEvent) -> bool:
    on = _on(trigger)
    return on.get("type") == event.type and on.get("source", event.source) == event.source


def accepts(trigger: Trigger, scope: JsonObject) -> bool:
    """Whether ``when`` is true. Raises TemplateError."""
    when = trigger.fields.get("when", True)
    return is_truthy(evaluate(when, scope) if isinstance(when, str) else when)


def end_scope(job: Job) -> JsonObject:
    """The event of an ended job: the context of a hook, and the job's output and labels."""
    return {"event": {**hook_context(job), "output": job.output, "labels": dict(job.labels), "late_step": None}}


def end_key(job: Job) -> str:
    """The key of this end: a job that is reopened ends again."""
    return f"job:{job.id}:{job.reopened}"


def late_scope(job: Job, step: str | None) -> JsonObject:
    """The event of a late job, or of a late step: ``late_step`` names it."""
    return {"event": {**end_scope(job)["event"], "late_step": step}}


def late_key(job: Job, step: str | None) -> str:
    """A step that runs anew may be late once more."""
    return f"late:{job.id}:{step or ''}:{job.steps[step].first_attempt if step else 0}"


def event_key(event: CloudEvent) -> str:
    return f"event:{event.source} {event.id}"


def _on(trigger: Trigger) -> JsonObject:
    return trigger.fields.get("on") or {}


def statuses(trigger: Trigger) -> list[str]:
    wanted: Json = _on(trigger).get("status", "completed")
    return [str(status) for status in wanted] if is_list(wanted) else [str(wanted)]
