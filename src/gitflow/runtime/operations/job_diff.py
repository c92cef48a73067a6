"""Compares two jobs: definitions, values, steps, and the first lines in which their logs differ.

Secrets are masked before anything is compared, so two different secrets count as equal.
"""

from __future__ import annotations

import os
import stat
from itertools import zip_longest
from typing import TYPE_CHECKING

from gitflow.core.changes.records import Changes, Side
from gitflow.core.changes.uses import restricted, uses_of
from gitflow.core.errors import InvalidInput
from gitflow.core.language.sources import DEFINITIONS_FOLDER
from gitflow.core.logs import STREAMS
from gitflow.core.record import Record
from gitflow.core.templates.masking import masked
from gitflow.core.values import MASK, is_object
from gitflow.runtime.workspaces.versions import TaskState, changes_between
from gitflow.workspaces.folder import digest_of_chunks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.core.values import Json, JsonObject
    from gitflow.runtime.workspaces.snapshots import Snapshots
    from gitflow.stores.registry import Stores
    from gitflow.workspaces.checkouts import Checkout, Checkouts

_CHUNK = 1 << 18


class ValueChange(Record):
    """``before`` and ``after`` are used only if the job has the value, because null is a value, too."""

    name: str
    before: Json
    after: Json
    had: bool
    has: bool


class LogChange(Record):
    """The first line of a step in which two jobs differ. None: that job has no more lines."""

    stream: str
    line: int  #: counts from 1, in the stream of the last attempt
    before: str | None
    after: str | None


class StepPair(Record):
    """One step in both jobs; None if a job does not have it."""

    name: str
    before: StepRun | None
    after: StepRun | None
    output: tuple[ValueChange, ...] = ()
    environment: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())  #: names of removed, and of added variables
    log: LogChange | None = None

    @property
    def differs(self) -> bool:
        one, other = self.before, self.after
        is_other = one is None or other is None or (one.status, one.attempt) != (other.status, other.attempt)
        return is_other or bool(self.output or self.log or any(self.environment))


class JobDifference(Record):
    before: Job
    after: Job
    definition: Changes
    has_files: bool  #: whether the files of both revisions were compared
    input: tuple[ValueChange, ...]
    output: tuple[ValueChange, ...]
    steps: tuple[StepPair, ...]  #: in the order of the later job


class JobSources(Record):
    """Where the definitions, files and logs of stored jobs are read from."""

    stores: Stores
    snapshots: Snapshots
    checkouts: Checkouts


def compare_jobs(sources: JobSources, one: Job, other: Job) -> JobDifference:
    """The job that was created first is ``before``. Raises InvalidInput, NotFound and StoreError."""
    if one.id == other.id:
        raise InvalidInput(f"job {one.id} is compared with itself; name another one")
    before, after = sorted((one, other), key=lambda job: (job.created_at, job.id))
    secrets = (*before.secrets, *after.secrets)
    has_files = all(os.path.isdir(_checkout(sources, job).path) for job in (before, after))
    named = _named(sources, before, after) if has_files else frozenset[str]()
    states = [_state(sources, job, named) for job in (before, after)]
    names = dict.fromkeys([*(step.name for step in after.in_order()), *(step.name for step in before.in_order())])
    return JobDifference(
        before,
        after,
        changes_between(*states),
        has_files,
        _values(*(masked(_shown_input(job), secrets) for job in (before, after))),
        _values(*(_keyed(masked(job.output, secrets)) for job in (before, after))),
        tuple(_step(sources.stores, name, before, after, secrets) for name in names),
    )


def _shown_input(job: Job) -> JsonObject:
    """The input in which the name of each secret field replaces its value."""
    fields = job.plan.task.input
    return {
        name: MASK if name in fields and fields[name].secret and value is not None else value
        for name, value in job.input.items()
    }


def _step(stores: Stores, name: str, before: Job, after: Job, secrets: tuple[str, ...]) -> StepPair:
    one, other = before.steps.get(name), after.steps.get(name)
    outputs = (_keyed(masked(run.output, secrets)) if run else {} for run in (one, other))
    log = _first_difference(stores, before, after, name) if one and other else None
    names = (_environment(job, run) for job, run in ((before, one), (after, other)))
    return StepPair(name, one, other, _values(*outputs), _moved(*names) if one and other else ((), ()), log)


def _environment(job: Job, run: StepRun | None) -> Mapping[str, str]:
    return job.plan.actions[run.loop_of or run.name].env if run else {}


def _moved(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    gone = tuple(name for name in before if name not in after)
    return gone, tuple(name for name in after if name not in before)


def _keyed(value: Json) -> JsonObject:
    if value is None:
        return {}
    return value if is_object(value) else {"": value}


def _values(before: JsonObject, after: JsonObject) -> tuple[ValueChange, ...]:
    return tuple(
        ValueChange(name, before.get(name), after.get(name), name in before, name in after)
        for name in dict.fromkeys([*before, *after])
        if name not in before or name not in after or before[name] != after[name]
    )


def _first_difference(stores: Stores, before: Job, after: Job, step: str) -> LogChange | None:
    """Compares the last attempts, each stream on its own: the order of lines of two streams is random."""
    for stream in STREAMS:
        pairs = zip_longest(_lines(stores, before, step, stream), _lines(stores, after, step, stream))
        for number, (one, other) in enumerate(pairs, 1):
            if one != other:
                return LogChange(stream, number, one, other)
    return None


def _lines(stores: Stores, job: Job, step: str, stream: str) -> Iterator[str]:
    last = job.steps[step].attempt
    for line in stores.logs.lines(job.id, step=step, stream=stream):
        if line.step == step and line.attempt == last:
            yield line.line


def _named(sources: JobSources, before: Job, after: Job) -> frozenset[str]:
    """The files that the definitions of either job may name."""
    defined = _defined(sources, before, after)
    found = (uses_of(sources.snapshots.of(job.workspace, job.revision), job.task_name) for job in defined)
    return frozenset(path for uses in found for path in uses.files | uses.words)


def _defined(sources: JobSources, *jobs: Job) -> Iterator[Job]:
    """The jobs without those of hooks, whose tasks are made for them."""
    for job in jobs:
        if job.task_name in sources.snapshots.of(job.workspace, job.revision).tasks:
            yield job


def _state(sources: JobSources, job: Job, named: Iterable[str]) -> TaskState:
    snapshot = sources.snapshots.of(job.workspace, job.revision)
    if job.task_name not in snapshot.tasks:
        return TaskState(Side(restricted(snapshot, ())), is_here=False)
    checkout = _checkout(sources, job)
    digests = ((path, _digest(checkout, path)) for path in sorted(named))
    files = {path: digest for path, digest in digests if digest is not None}
    return TaskState(Side(restricted(snapshot, uses_of(snapshot, job.task_name).members), files))


def _checkout(sources: JobSources, job: Job) -> Checkout:
    return sources.checkouts.at(job.workspace, job.revision)


def _digest(checkout: Checkout, path: str) -> str | None:
    """The digest of a regular file of a revision. Links were checked when the checkout was made."""
    below = path.removeprefix(f"{DEFINITIONS_FOLDER}/")
    real = os.path.join(checkout.files if below == path else checkout.workflows, below)
    try:
        handle = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            return None
        return f"{mode & 0o100:o} {digest_of_chunks(iter(lambda: file.read(_CHUNK), b''))}"
