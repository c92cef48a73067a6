"""Which operations a job and its steps allow now, and why the others are refused.

The pure core tries each operation on the job, and the result is discarded. So an operation is refused here exactly when
the real one would be, and with the same words. The store adds what the core does not know: the places of the
concurrency group, and the jobs that belong to this one.
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

#: Stand-ins for the reason and the id that some operations need.
_SOME = "-"


class Asker(Record):
    """The person or key that would perform the operation."""

    name: str
    at: float
    rights: Rights = NO_RIGHTS


class PossibleOperation(Record):
    operation: str
    step: str | None = None
    refusal: str | None = None  #: the sentence with which it would be refused; None: it is allowed
    requires: tuple[str, ...] = ()  #: what it needs here although not everywhere: ``reason``, ``input``
    note: str | None = None  #: of an allowed operation: why it needs that


#: Operations on a job that are one event. The names are the last parts of their routes.
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


#: For how many jobs the last result of ``try_job`` is kept.
MAX_TRIALS = 64


def try_job(job: Job, by: Asker, reopening: str | None) -> tuple[PossibleOperation, ...]:
    """Tries the operations on a job that are one event, and the part of its retry that needs no store."""
    events = (
        _of_event(job, operation, None, lambda _, event_of=event_of: event_of(by), reopening)
        for operation, event_of in _JOB_EVENTS.items()
    )
    source = Source(job.source.type, job.source.id, by.name)
    retry = _refusal(lambda: retry_job(job, id=_SOME, at=by.at, source=source))
    return (*events, PossibleOperation("retry", refusal=retry))


class JobTrials:
    """``try_job`` for several threads, with a cache: restarting a job of 10,000 steps takes 0.15 s, and a page asks
    again for each step that is selected."""

    def __init__(self) -> None:
        self._kept: dict[tuple[object, ...], tuple[PossibleOperation, ...]] = {}
        self._lock = threading.Lock()

    def __call__(self, job: Job, by: Asker, reopening: str | None) -> tuple[PossibleOperation, ...]:
        rights = by.rights
        key = (job.id, job.version, by.name, rights.groups, rights.aliases, rights.may_override, reopening)
        found = self._kept.get(key) or try_job(job, by, reopening)
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = found  # sorted by their last use
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
    """The operations of the job, then those of each of these steps."""
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
    """Applies the event; raises what refuses it. Fields that an approver has not filled in count only as required."""
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
    """Raises what creating a job like this one would raise if its group is full and the job must not wait."""
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
