"""Which operations a job and its steps allow now, and why not the others.

Each operation is tried on the job by the pure core, and its result dropped; so it is refused here exactly when, and in
the words in which, it is refused when it is done. What the core does not know is asked of the store: places of the
concurrency group, and jobs that belong to this one.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from gitflow.core.errors import Conflict, GitflowError, InvalidInput, ReasonRequired, StaleEvent
from gitflow.core.jobs.events import (
    NO_RIGHTS,
    CancelRequested,
    EventReceived,
    JobPaused,
    JobRestarted,
    JobResumed,
    Rights,
    StepDecided,
    StepForced,
    StepReset,
    StepSkipped,
    SubtreeReplayed,
)
from gitflow.core.jobs.job import Source
from gitflow.core.jobs.planning import retry_job
from gitflow.core.machine.machine import advance
from gitflow.core.record import Record, replace
from gitflow.runtime.engine.concurrency import named, reopening_refusal, skip_refusal
from gitflow.runtime.operations.delete import refuse_deletion
from gitflow.runtime.operations.rerun import refuse_rerun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from gitflow.core.jobs.events import Event
    from gitflow.core.jobs.job import Job
    from gitflow.stores.registry import Stores

    #: (asker, step, reason) -> the event of the operation.
    StepEvent = Callable[["Asker", str, str], Event]

#: Given where an operation is tried that needs a reason, or makes a job.
_SOME = "-"


class Asker(Record):
    """The person or key that would do it."""

    name: str
    at: float
    rights: Rights = NO_RIGHTS


class PossibleOperation(Record):
    operation: str
    step: str | None = None
    refusal: str | None = None  #: the words in which it would be refused; None: it is allowed
    requires: tuple[str, ...] = ()  #: what must be given with it, where that is not always so: ``reason``, ``input``
    note: str | None = None  #: of an allowed one: why something must be given


#: Operations on a job that are one event, as the last part of their route names them.
_JOB_EVENTS: Mapping[str, Callable[[Asker], Event]] = {
    "cancel": lambda by: CancelRequested(by.at, by.name),
    "pause": lambda by: JobPaused(by.at, by.name),
    "resume": lambda by: JobResumed(by.at, by.name),
    "restart": lambda by: JobRestarted(by.at, by.name, by.rights.aliases),
    "event": lambda by: EventReceived(by.at, _SOME, _SOME, None, by.name),
}

_STEP_EVENTS: Mapping[str, StepEvent] = {
    "retry": lambda by, step, reason: StepReset(by.at, step, by.name),
    "replay": lambda by, step, reason: SubtreeReplayed(by.at, step, by.name),
    "skip": lambda by, step, reason: StepSkipped(by.at, step, by.name, reason, by.rights),
    "complete": lambda by, step, reason: StepForced(by.at, step, by.name, None, reason, by.rights),
    "approve": lambda by, step, reason: StepDecided(by.at, step, by.name, True, None, reason, by.rights),
    "reject": lambda by, step, reason: StepDecided(by.at, step, by.name, False, None, reason, by.rights),
}

JOB_OPERATIONS = (*_JOB_EVENTS, "retry", "rerun", "delete")
STEP_OPERATIONS = tuple(_STEP_EVENTS)


#: How many trials of whole jobs are kept.
MAX_TRIALS = 64


def try_job(job: Job, by: Asker, reopening: str | None) -> tuple[PossibleOperation, ...]:
    """The operations on a job that are one event, and its retry as far as the store has no part in it."""
    events = (
        _of_event(job, operation, None, lambda _, event_of=event_of: event_of(by), reopening)
        for operation, event_of in _JOB_EVENTS.items()
    )
    source = Source(job.source.type, job.source.id, by.name)
    retry = _refusal(lambda: retry_job(job, id=_SOME, at=by.at, source=source))
    return (*events, PossibleOperation("retry", refusal=retry))


class JobTrials:
    """``try_job`` for several threads, of which the last answers are kept: to restart a job of 10,000 steps takes
    0.15 s, and a page asks again for each step that somebody chooses."""

    def __init__(self) -> None:
        self._kept: dict[tuple[object, ...], tuple[PossibleOperation, ...]] = {}
        self._lock = threading.Lock()

    def __call__(self, job: Job, by: Asker, reopening: str | None) -> tuple[PossibleOperation, ...]:
        rights = by.rights
        key = (job.id, job.version, by.name, rights.groups, rights.aliases, rights.may_override, reopening)
        found = self._kept.get(key) or try_job(job, by, reopening)
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = found  # the one that was used last is the last
            while len(self._kept) > MAX_TRIALS:
                del self._kept[next(iter(self._kept))]
        return found


def possible_operations(
    stores: Stores,
    job: Job,
    by: Asker,
    steps: Iterable[str],
    trials: Callable[[Job, Asker, str | None], tuple[PossibleOperation, ...]] = try_job,
) -> Iterator[PossibleOperation]:
    """Of the job, then of each of these steps."""
    reopening = _reopening_refusal(stores, job, by.at)
    *events, retry = trials(job, by, reopening)
    yield from events
    if retry.refusal is None:
        retry = replace(retry, refusal=_refusal(lambda: _refuse_full(stores, job, by.at)))
    yield retry
    for operation, check in (("rerun", _try_rerun), ("delete", _try_delete)):
        yield PossibleOperation(operation, refusal=_refusal(lambda check=check: check(stores, job, by)))
    for step in steps:
        for operation, event_of in _STEP_EVENTS.items():
            yield _of_event(job, operation, step, lambda why, of=event_of, step=step: of(by, step, why), reopening)


def _of_event(
    job: Job, operation: str, step: str | None, event_of: Callable[[str], Event], reopening: str | None
) -> PossibleOperation:
    found = PossibleOperation(operation, step)
    try:
        found = _tried(job, found, event_of(""), reopening)
    except ReasonRequired as error:
        found = replace(found, requires=("reason",), note=str(error))
        try:
            found = _tried(job, found, event_of(_SOME), reopening)
        except GitflowError as refused:
            found = PossibleOperation(operation, step, str(refused))
    except (GitflowError, StaleEvent) as error:
        found = PossibleOperation(operation, step, str(error))
    return found


def _tried(job: Job, found: PossibleOperation, event: Event, reopening: str | None) -> PossibleOperation:
    """Raises what refuses the event; fields that an approver did not fill in are only required."""
    try:
        after = advance(job, event).job
    except InvalidInput as error:
        return replace(found, requires=(*found.requires, "input"), note=found.note or str(error))
    if job.ended and not after.ended and reopening is not None:
        raise Conflict(reopening)
    return found


def _refusal(check: Callable[[], object]) -> str | None:
    try:
        check()
    except GitflowError as error:
        return str(error)
    return None


def _try_rerun(stores: Stores, job: Job, by: Asker) -> None:
    refuse_rerun(job)
    _refuse_full(stores, replace(job, root_job_id=None), by.at)


def _try_delete(stores: Stores, job: Job, by: Asker) -> None:
    refuse_deletion(stores.jobs, lambda job_id: None, job.id)


def _refuse_full(stores: Stores, before: Job, at: float) -> None:
    """As the creation of a new job like this one does: if it must not wait and its group is full."""
    job = named(replace(before, id=_SOME, group=None, starts_at=None))
    if job.group is None:
        return
    members = stores.groups.members(job.workspace, job.group, at)
    refusal = skip_refusal(
        job, [one for one in members if one.has_begun], [one for one in members if not one.has_begun]
    )
    if refusal is not None:
        raise Conflict(refusal)


def _reopening_refusal(stores: Stores, job: Job, at: float) -> str | None:
    if not job.ended or job.group is None:
        return None
    members = stores.groups.members(job.workspace, job.group, at)
    return reopening_refusal(job, [one for one in members if one.has_begun])
