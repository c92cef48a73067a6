"""The janitor: deletes data that is older than the retention, in short transactions.

``chores`` yields the chores of one sweep. Call each before you take the next one: each is one short transaction, and
only chores change the database. Their order is safe against a crash between any two: rows are deleted first, then the
files that no row names. Chores that only remove files come before the others, because they need no space on a full
disk. ``gitflow gc`` calls the chores one after the other; a server calls each in a commit of its engine (service.py).
Data of jobs that have not ended is never deleted.
"""

from __future__ import annotations

import os
from calendar import timegm
from contextlib import suppress
from functools import partial
from time import gmtime, strftime, strptime
from typing import TYPE_CHECKING

from gitflow.core.errors import DiskFull, WorkspaceError
from gitflow.core.language.sources import Revision
from gitflow.core.record import Record
from gitflow.workspaces.git import GitWorkspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Set

    from gitflow.stores.registry import Stores
    from gitflow.workspaces.checkouts import Checkouts

#: How many jobs (with their steps), or rows of another kind, one chore deletes.
JOBS, ROWS = 20, 500
#: How long a file stays that no row names, in seconds: a commit that names it may be about to be repeated.
YOUNG_S = 3600.0
#: How long forwarded requests stay after their answer, and idempotency keys, in seconds.
ANSWERED_S = KEYS_S = 86_400.0
#: How long trigger events stay at least, in seconds: triggers catch up from so far back, and must not fire twice.
TRIGGERED_S = 7 * 86_400.0


class Ages(Record):
    """The retention of each kind of data, in seconds after the end of its job."""

    jobs: float
    logs: float
    artifacts: float
    events: float

    @staticmethod
    def all(seconds: float) -> Ages:
        return Ages(seconds, seconds, seconds, seconds)


class Removed(Record):
    """What one chore removed."""

    what: str
    count: int
    size: int = 0  #: bytes of files; the database reuses the space of rows


if TYPE_CHECKING:
    Chore = Callable[[], Removed]


class Janitor:
    def __init__(self, stores: Stores, ages: Ages) -> None:
        self._stores = stores
        self._ages = ages

    def chores(self, now: float) -> Iterator[Chore]:
        """The chores of one sweep. ``now``: wall clock. Raises what the chores raise."""
        kept, ages = self._stores.retention, self._ages
        yield from self._unnamed(now)
        yield from self._jobs(now - ages.jobs)
        for what, before in self._rows(now):
            yield from _repeated(what, ROWS, partial(kept.drop, what, before))
        yield from _repeated("idempotency keys", ROWS, partial(self._stores.jobs.drop_idempotency_keys, now - KEYS_S))
        yield from _repeated("audit events", ROWS, partial(self._stores.identity.forget_audit, now - ages.events))
        triggered = now - max(ages.events, TRIGGERED_S)
        yield lambda: Removed("trigger events", self._stores.triggers.drop_before(triggered))
        yield lambda: Removed("snapshots", kept.drop_snapshots())
        yield from self._unnamed(now)

    def _unnamed(self, now: float) -> Iterator[Chore]:
        """Removes whole files: old days of logs, and files that no row names."""
        ages = self._ages
        for day in self._stores.logs.days_before(_day_of(now - ages.logs)):
            yield partial(self._day, day, now - ages.logs)
        for place in self._stores.artifacts.places():
            yield partial(self._files, place, now - YOUNG_S)
        yield lambda: Removed("files", *self._stores.artifacts.remove_left_behind(now))

    def count(self, now: float) -> list[Removed]:
        """What a sweep would remove, without removing it. Data that only another removal makes obsolete is not
        counted."""
        kept = self._stores.retention
        rows = {"jobs": now - self._ages.jobs, **dict(self._rows(now))}
        found = [Removed(what, kept.count(what, before)) for what, before in rows.items()]
        before = now - self._ages.logs
        days = [day for day in self._stores.logs.days_before(_day_of(before)) if not self._is_wanted(day, before)]
        found.append(Removed("days of logs", len(days), sum(map(self._stores.logs.day_size, days))))
        places = self._stores.artifacts.places()
        found += [Removed("files", *self._stores.artifacts.sweep(place, now - YOUNG_S, dry=True)) for place in places]
        return summed(found)

    def _rows(self, now: float) -> list[tuple[str, float]]:
        ages = self._ages
        return [("events", now - ages.events), ("artifacts", now - ages.artifacts), ("requests", now - ANSWERED_S)]

    def _is_wanted(self, day: str, before: float) -> bool:
        wanted = self._stores.retention.jobs_with_logs(_end_of(day), before)
        return self._stores.logs.has_lines_of(day, wanted)

    def _jobs(self, before: float) -> Iterator[Chore]:
        """Logs are deleted after the commit that deletes their jobs. After a crash or on a full disk they stay until
        their whole day is deleted."""
        dropped: list[str] = []
        goes_on = [True]

        def drop() -> Removed:
            dropped[:], goes_on[0] = self._stores.retention.drop_jobs(before, JOBS)
            return Removed("jobs", len(dropped))

        def forget() -> Removed:
            try:
                self._stores.logs.delete(dropped)
            except DiskFull:
                return Removed("logs of jobs", 0)
            return Removed("logs of jobs", len(dropped))

        while goes_on[0]:
            yield drop
            if dropped:
                yield forget

    def _day(self, day: str, before: float) -> Removed:
        """Deletes a day of logs, unless it has output of a job that is open or ended too recently."""
        if self._is_wanted(day, before):
            return Removed("days of logs", 0)
        return Removed("days of logs", 1, self._stores.logs.drop_day(day))

    def _files(self, place: str, before: float) -> Removed:
        return Removed("files", *self._stores.artifacts.sweep(place, before))


def _repeated(what: str, at_most: int, drop: Callable[[int], int]) -> Iterator[Chore]:
    """Repeats a chore until it removes less than its limit."""
    counts = [at_most]

    def chore() -> Removed:
        counts[0] = drop(at_most)
        return Removed(what, counts[0])

    while counts[0] >= at_most:
        yield chore


def summed(removed: list[Removed]) -> list[Removed]:
    """One sum for each kind, in order of first appearance, without the kinds of which nothing was removed."""
    kinds = dict.fromkeys(one.what for one in removed if one.count)
    return [
        Removed(
            what,
            sum(one.count for one in removed if one.what == what),
            sum(one.size for one in removed if one.what == what),
        )
        for what in kinds
    ]


def release_unused(workspaces: Iterable[object], checkouts: Checkouts, live: Set[tuple[str, str]]) -> Removed:
    """Releases kept revisions of repositories that no job refers to; blocks. Skips a revision that still has a
    checkout: a job may be about to use it."""
    count = 0
    for workspace in workspaces:
        if not isinstance(workspace, GitWorkspace) or not workspace.is_here:
            continue
        with suppress(WorkspaceError):  # it cannot be read now; the next sweep tries again
            for sha in workspace.kept():
                named = (workspace.identity, sha)
                if named not in live and not os.path.isdir(checkouts.at(*named).path):
                    workspace.release(Revision(sha))
                    count += 1
    return Removed("kept revisions", count)


def _day_of(ts: float) -> str:
    return strftime("%Y-%m-%d", gmtime(max(0.0, ts)))


def _end_of(day: str) -> float:
    return timegm(strptime(day, "%Y-%m-%d")) + 86_400.0
