"""Removes what has been kept long enough, in pieces so small that nobody waits for them.

``chores`` gives the pieces of one sweep, in an order in which a crash between any two leaves nothing that is named and
gone: names go first, then what nothing names any more. What only removes files, and so needs no room on a full disk,
comes before all of it. Each piece is one short transaction, done when it is called;
ask for the next one after that. Nothing but the pieces touches the database. Whoever calls them decides where:
``gitflow gc`` at once, one after the other; a server each in a commit of its engine (service.py). Nothing of a job
that has not ended is touched.
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
from gitflow.core.record import record
from gitflow.workspaces.git import GitWorkspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Set

    from gitflow.stores.registry import Stores
    from gitflow.workspaces.checkouts import Checkouts

#: How many rows go in one piece; a job counts as one, with its steps.
JOBS, ROWS = 20, 500
#: How long a file that no row names stays: a commit that names it may still be tried again.
YOUNG_S = 3600.0
#: How long what other processes asked is kept after its answer, and the key of a request that made a job.
ANSWERED_S = KEYS_S = 86_400.0
#: How long at least what triggers did is known: they look back so far, and must not do it again.
TRIGGERED_S = 7 * 86_400.0


@record
class Ages:
    """How old what may go is, in seconds after the end of its job."""

    jobs: float
    logs: float
    artifacts: float
    events: float

    @staticmethod
    def all(seconds: float) -> Ages:
        return Ages(seconds, seconds, seconds, seconds)


@record
class Gone:
    """What one piece removed."""

    what: str
    count: int
    size: int = 0  #: bytes of files; what rows held is used again by the database


if TYPE_CHECKING:
    Chore = Callable[[], Gone]


class Janitor:
    def __init__(self, stores: Stores, ages: Ages) -> None:
        self._stores = stores
        self._ages = ages

    def chores(self, now: float) -> Iterator[Chore]:
        """The pieces of one sweep, from the beginning; ``now`` is wall clock. Raises what its pieces raise."""
        kept, ages = self._stores.retention, self._ages
        yield from self._unnamed(now)
        yield from self._jobs(now - ages.jobs)
        for what, before in self._rows(now):
            yield from _repeated(what, ROWS, partial(kept.drop, what, before))
        yield from _repeated("idempotency keys", ROWS, partial(self._stores.jobs.drop_idempotency_keys, now - KEYS_S))
        yield from _repeated("audit events", ROWS, partial(self._stores.identity.forget_audit, now - ages.events))
        triggered = now - max(ages.events, TRIGGERED_S)
        yield lambda: Gone("trigger events", self._stores.triggers.drop_before(triggered))
        yield lambda: Gone("snapshots", kept.drop_snapshots())
        yield from self._unnamed(now)

    def _unnamed(self, now: float) -> Iterator[Chore]:
        """Whole files: days of logs that are old enough, and what no row names."""
        ages = self._ages
        for day in self._stores.logs.days_before(_day_of(now - ages.logs)):
            yield partial(self._day, day, now - ages.logs)
        for place in self._stores.artifacts.places():
            yield partial(self._files, place, now - YOUNG_S)
        yield lambda: Gone("files", *self._stores.artifacts.remove_left_behind(now))

    def count(self, now: float) -> list[Gone]:
        """What a sweep would begin with; nothing is removed. What only the removal of other things sets free is not
        counted."""
        kept = self._stores.retention
        rows = {"jobs": now - self._ages.jobs, **dict(self._rows(now))}
        found = [Gone(what, kept.count(what, before)) for what, before in rows.items()]
        before = now - self._ages.logs
        days = [day for day in self._stores.logs.days_before(_day_of(before)) if not self._is_wanted(day, before)]
        found.append(Gone("days of logs", len(days), sum(map(self._stores.logs.day_size, days))))
        places = self._stores.artifacts.places()
        found += [Gone("files", *self._stores.artifacts.sweep(place, now - YOUNG_S, dry=True)) for place in places]
        return summed(found)

    def _rows(self, now: float) -> list[tuple[str, float]]:
        ages = self._ages
        return [("events", now - ages.events), ("artifacts", now - ages.artifacts), ("requests", now - ANSWERED_S)]

    def _is_wanted(self, day: str, before: float) -> bool:
        wanted = self._stores.retention.jobs_with_logs(_end_of(day), before)
        return self._stores.logs.has_lines_of(day, wanted)

    def _jobs(self, before: float) -> Iterator[Chore]:
        """Their logs go after the commit that forgot them; what a crash or a full disk leaves goes with its day."""
        dropped: list[str] = []
        goes_on = [True]

        def drop() -> Gone:
            dropped[:], goes_on[0] = self._stores.retention.drop_jobs(before, JOBS)
            return Gone("jobs", len(dropped))

        def forget() -> Gone:
            try:
                self._stores.logs.delete(dropped)
            except DiskFull:
                return Gone("logs of jobs", 0)
            return Gone("logs of jobs", len(dropped))

        while goes_on[0]:
            yield drop
            if dropped:
                yield forget

    def _day(self, day: str, before: float) -> Gone:
        """Whole, unless a job printed on it that is open, or has not ended long enough ago."""
        if self._is_wanted(day, before):
            return Gone("days of logs", 0)
        return Gone("days of logs", 1, self._stores.logs.drop_day(day))

    def _files(self, place: str, before: float) -> Gone:
        return Gone("files", *self._stores.artifacts.sweep(place, before))


def _repeated(what: str, at_most: int, drop: Callable[[int], int]) -> Iterator[Chore]:
    """Until a piece finds less than it may take."""
    counts = [at_most]

    def piece() -> Gone:
        counts[0] = drop(at_most)
        return Gone(what, counts[0])

    while counts[0] >= at_most:
        yield piece


def summed(gone: list[Gone]) -> list[Gone]:
    """One line a kind, in order of first appearance, without those of which nothing went."""
    kinds = dict.fromkeys(one.what for one in gone if one.count)
    return [
        Gone(
            what, sum(one.count for one in gone if one.what == what), sum(one.size for one in gone if one.what == what)
        )
        for what in kinds
    ]


def release_unused(workspaces: Iterable[object], checkouts: Checkouts, live: Set[tuple[str, str]]) -> Gone:
    """Takes back what kept revisions of repositories that no job refers to; blocks. A revision whose checkout is still
    there may be needed in a moment."""
    count = 0
    for workspace in workspaces:
        if not isinstance(workspace, GitWorkspace) or not workspace.is_here:
            continue
        with suppress(WorkspaceError):  # it cannot be read now; the next sweep may
            for sha in workspace.kept():
                named = (workspace.identity, sha)
                if named not in live and not os.path.isdir(checkouts.at(*named).path):
                    workspace.release(Revision(sha))
                    count += 1
    return Gone("kept revisions", count)


def _day_of(ts: float) -> str:
    return strftime("%Y-%m-%d", gmtime(max(0.0, ts)))


def _end_of(day: str) -> float:
    return timegm(strptime(day, "%Y-%m-%d")) + 86_400.0
