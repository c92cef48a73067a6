"""The steps of a job as entries in the logs of a workflow instance.

A step has an entry once it has begun. The name of the entry is the step's name and a number, ``build-1``. Instances of
a loop count as repetitions of one step, so they are ``build-1``, ``build-2`` and so on; the loop itself has no entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.dialects.cloudflare.states import KIND, SUCCESS, step_state
from gitflow.api.dialects.cloudflare.views import as_text, error, moment, moment_or_none
from gitflow.core.language.definition import NO_RETRY, type_of
from gitflow.core.names import instance_name
from gitflow.core.status import JobStatus, StepStatus
from gitflow.core.templates.masking import masked
from gitflow.core.values import is_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.core.language.definition import Action, Step
    from gitflow.core.values import JsonObject
    from gitflow.stores.protocols.jobs import AttemptRow

#: The logs cut an output after this many characters; the answer for a single step has all of it.
MAX_OUTPUT_LENGTH = 1024
CUT = "[truncated output]"

#: The timeout of a step that has none.
NO_TIMEOUT = "unlimited"


def entries(job: Job, attempts: Iterable[AttemptRow]) -> list[JsonObject]:
    """Oldest first; a terminated instance ends with a ``termination`` entry."""
    by_step: dict[str, list[AttemptRow]] = {}
    for row in attempts:
        by_step.setdefault(row.step, []).append(row)
    begun = [(at, step) for step in job.in_order() if (at := began_at(job, step)) is not None]
    begun.sort(key=lambda one: one[0])
    found = [
        _ENTRY[kind_of(job, step)](job, step, at, of_this_run(step, by_step.get(step.name, ()))) for at, step in begun
    ]
    return [*found, *([{"type": "termination", "trigger": {"source": "user"}}] if _is_terminated(job) else [])]


def _is_terminated(job: Job) -> bool:
    return job.status is JobStatus.CANCELLED


def began_at(job: Job, step: StepRun) -> float | None:
    """None: it has not begun. A step that ended without a start, such as one a person completed, began at its end."""
    if step.is_loop:
        return step.completed_at if step.status is StepStatus.FAILED and not step.loop_total else None
    began = step.started_at or step.suspended_at
    if began is None and step.status in (StepStatus.COMPLETED, StepStatus.FAILED):
        return step.completed_at or job.created_at
    return began


def of_this_run(step: StepRun, attempts: Sequence[AttemptRow]) -> list[AttemptRow]:
    """The attempts since the last reset of the step."""
    return [row for row in attempts if row.attempt >= step.first_attempt]


def action_of(job: Job, step: StepRun) -> Action:
    return job.plan.actions[step.loop_of or step.name]


def kind_of(job: Job, step: StepRun) -> str:
    return KIND[type_of(action_of(job, step)).waits_for]


def entry_name(step: StepRun) -> str:
    return f"{step.loop_of or step.name}-{1 + (step.loop_index or 0)}"


def step_named(job: Job, name: str, count: int = 1) -> StepRun | None:
    """The step by its own name and a number from 1; None if there is no such step, or it has not begun."""
    found = job.steps.get(name)
    if found is not None and found.is_loop:
        found = job.steps.get(instance_name(name, count - 1), found if count == 1 else None)
    elif count != 1:
        return None
    return found if found is not None and began_at(job, found) is not None else None


def step_in_logs(job: Job, name: str) -> StepRun | None:
    """The step by the name of its entry."""
    start, dash, number = name.rpartition("-")
    if not dash or not number.isascii() or not number.isdigit() or len(number) > 9 or number.startswith("0"):
        return None
    return step_named(job, start, int(number))


def _step_entry(job: Job, step: StepRun, began: float, attempts: Sequence[AttemptRow]) -> JsonObject:
    is_over = step.status.ended
    output = as_text(masked(step.output, job.secrets)) if is_over and step.output is not None else None
    return {
        "type": "step",
        "name": entry_name(step),
        "start": moment(began),
        "end": moment_or_none(step.completed_at if is_over else None),
        "success": SUCCESS[step.status],
        "output": cut(output),
        "config": config(job.plan.task.flow[step.loop_of or step.name], action_of(job, step)),
        "attempts": [_attempt(job, row, began) for row in attempts],
        **({"exit_code": step.exit_code} if step.exit_code is not None else {}),
    }


def cut(output: str | None) -> str | None:
    return output if output is None or len(output) <= MAX_OUTPUT_LENGTH else output[:MAX_OUTPUT_LENGTH] + CUT


def config(step: Step, action: Action) -> JsonObject:
    """The settings of a step; times are milliseconds."""
    retry = step.retry or action.retry or NO_RETRY
    timeout_s = step.timeout_s or action.timeout_s
    return {
        "retries": {"limit": retry.max_attempts - 1, "delay": round(retry.delay_s * 1000), "backoff": retry.backoff},
        "timeout": NO_TIMEOUT if timeout_s is None else round(timeout_s * 1000),
    }


def _attempt(job: Job, row: AttemptRow, began: float) -> JsonObject:
    success = SUCCESS[StepStatus(row.status)]
    return {
        "start": moment(row.started_at or row.completed_at or began),
        "end": moment_or_none(None if success is None else row.completed_at),
        "success": success,
        "error": error(masked(row.error_message, job.secrets)) if success is False else None,
    }


def _sleep_entry(job: Job, step: StepRun, began: float, attempts: Sequence[AttemptRow]) -> JsonObject:
    return {"type": "sleep", "name": entry_name(step), "start": moment(began), **_end_fields(job, step, began)}


def _wait_entry(job: Job, step: StepRun, began: float, attempts: Sequence[AttemptRow]) -> JsonObject:
    """While it waits, ``end`` is its deadline."""
    is_done = step.status is StepStatus.COMPLETED
    return {
        "type": "waitForEvent",
        "name": entry_name(step),
        "start": moment(began),
        **_end_fields(job, step, began),
        **event_type(step),
        "output": cut(as_text(masked(step.output, job.secrets))) if is_done else None,
    }


def event_type(step: StepRun) -> JsonObject:
    event = step.input.get("event") if is_object(step.input) else None
    return {} if event is None else {"event_type": event}


def _end_fields(job: Job, step: StepRun, began: float) -> JsonObject:
    """Until the step has ended, ``end`` is its due time: clients need an ``end`` to recognise these entries."""
    is_over = step.status.ended
    end = step.completed_at if is_over else step.due_at
    went_wrong = is_over and SUCCESS[step.status] is False
    return {
        "end": moment(began if end is None else end),
        "finished": is_over,
        "error": error(masked(step.error_message, job.secrets)) if went_wrong else None,
    }


#: Type of an entry -> the function that makes it.
_ENTRY: Mapping[str, Callable[[Job, StepRun, float, Sequence[AttemptRow]], JsonObject]] = {
    "step": _step_entry,
    "sleep": _sleep_entry,
    "waitForEvent": _wait_entry,
}


def in_full(job: Job, step: StepRun, attempts: Sequence[AttemptRow], number: int | None) -> JsonObject | None:
    """The answer for one step, or for one attempt of it (from 1); None if there is no such attempt."""
    rows = of_this_run(step, attempts)
    if number is not None and not 1 <= number <= len(rows):
        return None
    if number is None or number == len(rows):
        return _last(job, step)
    row = rows[number - 1]
    went_wrong = SUCCESS[StepStatus(row.status)] is False
    message = masked(row.error_message, job.secrets)
    return {"status": "errored" if went_wrong else "complete", "error": error(message) if went_wrong else None}


def _last(job: Job, step: StepRun) -> JsonObject:
    state = step_state(step)
    output = masked(step.output, job.secrets)
    return {
        "status": state,
        "error": error(masked(step.error_message, job.secrets)) if state == "errored" else None,
        **({"output": output} if state == "complete" else {}),
        **(event_type(step) if kind_of(job, step) == "waitForEvent" else {}),
    }
