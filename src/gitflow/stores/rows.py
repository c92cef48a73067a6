"""Jobs and their steps as rows, and back: nothing is lost either way.

Values that hold secrets are sealed on the way out and opened on the way in (sealing.py); ``seals`` is None for a job
that knows none. The order of the columns is fixed here and repeated by the queries (``create_job``, ``save_job``,
``save_step``, ``job``, ``steps``); the property tests notice when they disagree. JSON null is stored as NULL.
"""

from __future__ import annotations

import json
from operator import attrgetter

from gitflow.core.jobs.events import HistoryEntry
from gitflow.core.jobs.job import Job, SentEvent, Source, StepRun
from gitflow.core.record import fields_of, names_of
from gitflow.core.status import JobStatus, StepStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, TypeAlias

    from gitflow.core.jobs.job import Plan, Steps
    from gitflow.core.values import Json
    from gitflow.stores.protocols.jobs import JobRow
    from gitflow.stores.sealing import Seals

    #: (sealed text, column) -> the text in clear.
    Opener: TypeAlias = Callable[[str, str], str]
    Row: TypeAlias = tuple[Any, ...]

#: What a job keeps for life.
FIXED = (
    *("id", "workspace", "revision", "task_name", "plan.task.mode", "input", "labels"),
    *("source.type", "source.id", "source.actor", "depth", "parent_job_id", "parent_step", "root_job_id"),
    *("retry_of_job_id", "hook", "anew", "created_at", "group", "group_limit", "on_limit", "starts_at"),
    "traceparent",
)

#: What a save writes.
MOVING = (
    *("status", "open_steps", "busy_steps", "output", "error_message", "priority", "owner_id", "worker_id"),
    *("attempt", "reopened", "started_at", "completed_at", "expires_at", "cancel_requested_at", "cancel_status"),
    *("paused_at", "restart_by", "sent_events", "also_requested_by"),
)

_fixed = attrgetter(*FIXED)
_moving = attrgetter(*MOVING)
_step_fields = names_of(StepRun)
_step = attrgetter(*_step_fields)
_STATUS, _ITEM, _INPUT, _OUTPUT, _ERROR, _SKIP = map(
    _step_fields.index, ("status", "item", "input", "output", "error_message", "skip_reason")
)

_encode = json.JSONEncoder(separators=(",", ":")).encode
_decode = json.JSONDecoder().decode

#: How a sealed value begins (sealing.MARK), and no JSON does.
_SEALED = "s"

#: The end of an attempt that is not shown by its step, which waits for the next one.
_FAILED = StepStatus.FAILED.value

_ATTEMPTED = frozenset(StepStatus) - {StepStatus.PENDING, StepStatus.READY}


def dumps(value: Json) -> str | None:
    return None if value is None else _encode(value)


def loads(text: str | None) -> Json:
    return None if text is None else _decode(text)


def text_of(text: str | None) -> str | None:
    """Text that UTF-8 can hold: what a name on disk could not be decoded to is replaced."""
    if text is None or text.isascii():
        return text
    return text.encode("utf-8", "replace").decode()


def opened(text: str | None, open: Opener, column: str) -> Json:
    if text is None:
        return None
    return _decode(open(text, column) if text[0] == _SEALED else text)


def fixed_row(job: Job, seals: Seals | None = None) -> Row:
    row = list(_fixed(job))
    row[5] = _encode(job.input)
    row[6] = _encode(dict(job.labels)) if job.labels else None
    row[15] = dumps(job.hook)
    row[16] = None if job.anew is None else _encode(sorted(job.anew))
    if seals is not None:
        row[5] = seals.input(row[5])
        row[6] = dumps(seals.masked(dict(job.labels) or None))
        row[15] = row[15] and seals.value("hook", job.hook, row[15])
    return tuple(row)


def moving_row(job: Job, seals: Seals | None = None) -> Row:
    row = list(_moving(job))
    row[0] = row[0].value
    row[3] = dumps(row[3])
    row[4] = text_of(row[4])
    if row[14] is not None:
        row[14] = row[14].value
    row[16] = text_of(row[16])
    sent_events = [list(dict(fields_of(sent)).values()) for sent in row[17]]
    row[17] = _encode(sent_events) if sent_events else None
    row[18] = _encode(row[18]) if row[18] else None
    if seals is not None:
        row[3] = row[3] and seals.value("output", job.output, row[3])
        row[4] = seals.masked(row[4])
        row[17] = row[17] and seals.value("sent_events", sent_events, row[17])
    return tuple(row)


def step_row(job_id: str, step: StepRun, seals: Seals | None = None) -> Row:
    row: list[Any] = list(_step(step))
    row[_STATUS] = row[_STATUS].value
    for at in (_ITEM, _INPUT, _OUTPUT):
        if row[at] is not None:
            row[at] = _encode(row[at])
    row[_ERROR] = text_of(row[_ERROR])
    row[_SKIP] = text_of(row[_SKIP])
    if seals is not None:
        for at, value in ((_ITEM, step.item), (_INPUT, step.input), (_OUTPUT, step.output)):
            row[at] = row[at] and seals.value(_step_fields[at], value, row[at])
        row[_ERROR], row[_SKIP] = seals.masked(row[_ERROR]), seals.masked(row[_SKIP])
    return (job_id, *row)


def attempt_rows(
    job_id: str, steps: Iterable[StepRun], history: Sequence[HistoryEntry], seals: Seals | None = None
) -> list[Row]:
    """The attempts that the steps show: those that go on or have ended, and those that failed and will be retried.

    A step that was reset keeps the number of its last attempt, and shows none before it is tried again.
    """
    tried = [step for step in steps if _is_tried(step) and _shows_attempt(step)]
    return [_attempt_row(job_id, step, history, seals) for step in tried]


def _is_tried(step: StepRun) -> bool:
    return step.attempt >= max(1, step.first_attempt)


def _shows_attempt(step: StepRun) -> bool:
    return step.status in _ATTEMPTED or step.error_message is not None or step.exit_code is not None


def _attempt_row(job_id: str, step: StepRun, history: Sequence[HistoryEntry], seals: Seals | None) -> Row:
    status, ended = step.status.value, step.completed_at
    if step.status not in _ATTEMPTED:
        status = _FAILED
        if ended is None:
            ended = next((entry.at for entry in reversed(history) if entry.step == step.name), None)
    error = text_of(step.error_message if seals is None else seals.masked(step.error_message))
    return (job_id, step.name, step.attempt, status, step.exit_code, step.started_at, ended, error, step.worker_id)


def event_row(job_id: str, entry: HistoryEntry, seals: Seals | None = None) -> Row:
    """Nobody but people reads the history: what it told of a secret is masked for good."""
    actor, details = text_of(entry.actor), dumps(entry.details if seals is None else seals.masked(entry.details))
    return (job_id, entry.at, actor, entry.what, entry.step, entry.attempt, details)


def entry_of(row: Row) -> HistoryEntry:
    at, actor, what, step, attempt, details = row
    return HistoryEntry(at, actor, what, step, attempt, loads(details))


def step_of(row: Row, open: Opener) -> StepRun:
    values = list(row)
    values[_STATUS] = StepStatus(values[_STATUS])
    for at in (_ITEM, _INPUT, _OUTPUT):
        if values[at] is not None:
            values[at] = opened(values[at], open, _step_fields[at])
    values[-1] = bool(values[-1])
    return StepRun(*values)


def job_of(row: Row, steps: Steps, plan: Plan, secrets: tuple[str, ...], open: Opener) -> Job:
    fixed, moving, version = row[: len(FIXED)], row[len(FIXED) : -1], row[-1]
    moved = dict(zip(MOVING, moving, strict=True))
    moved["status"] = JobStatus(moved["status"])
    moved["output"] = opened(moved["output"], open, "output")
    moved["sent_events"] = tuple(SentEvent(*sent) for sent in opened(moved["sent_events"], open, "sent_events") or ())
    moved["also_requested_by"] = tuple(loads(moved["also_requested_by"]) or ())
    if moved["cancel_status"] is not None:
        moved["cancel_status"] = JobStatus(moved["cancel_status"])
    return Job(
        id=fixed[0],
        workspace=fixed[1],
        revision=fixed[2],
        plan=plan,
        input=opened(fixed[5], open, "input"),
        labels=loads(fixed[6]) or {},
        source=Source(*fixed[7:10]),
        depth=fixed[10],
        parent_job_id=fixed[11],
        parent_step=fixed[12],
        root_job_id=fixed[13],
        retry_of_job_id=fixed[14],
        hook=opened(fixed[15], open, "hook"),
        anew=None if fixed[16] is None else frozenset(_decode(fixed[16])),
        created_at=fixed[17],
        group=fixed[18],
        group_limit=fixed[19],
        on_limit=fixed[20],
        starts_at=fixed[21],
        traceparent=fixed[22],
        steps=steps,
        secrets=secrets,
        version=version,
        **moved,
    )


def list_row(row: Row) -> JobRow:
    from gitflow.stores.protocols.jobs import JobRow  # not at the top: making its classes costs every start

    values = list(row)
    values[4] = JobStatus(values[4])
    values[9] = loads(values[9]) or {}
    return JobRow(*values)
