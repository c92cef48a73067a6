"""The next runs of a schedule, in the JSON of triggers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gitflow.core.language.cron import CronError, next_fire

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How many coming runs of a schedule are shown.
NEXT_RUNS = 5
#: How many schedules the cache of coming runs holds.
MAX_CACHED = 20_000

#: (expression, time zone) -> the time of the look-up, and the runs after it: (seconds since the epoch, text).
#: They stay the next runs until the first of them is due.
_cached_runs: dict[tuple[str, str], tuple[float, list[tuple[float, str]]]] = {}


def next_runs(cron: str, zone: str, now: float) -> list[str]:
    """The next runs; continues from the cached ones, since a workspace may have thousands of schedules."""
    return [text for _, text in run_times(cron, zone, now)]


def run_times(cron: str, zone: str, now: float) -> list[tuple[float, str]]:
    """The same, each with its time in seconds since the epoch."""
    schedule = (cron, zone)
    since, cached = _cached_runs.get(schedule, (now, []))
    runs = [run for run in cached if run[0] > now] if since <= now else []
    if len(runs) < NEXT_RUNS:
        runs += _runs(*schedule, runs[-1][0] if runs else now, NEXT_RUNS - len(runs))
        if len(_cached_runs) >= MAX_CACHED:
            _cached_runs.clear()
        _cached_runs[schedule] = (now, runs)
    return runs


def runs_until(cron: str, zone: str, now: float, until: float, limit: int) -> Iterator[tuple[float, str]]:
    """The next runs up to a time, at most so many."""
    known = run_times(cron, zone, now)[:limit]
    for run in known:
        if run[0] > until:
            return
        yield run
    if known:
        for run in _runs(cron, zone, known[-1][0], limit - len(known)):
            if run[0] > until:
                return
            yield run


def _runs(cron: str, zone: str, after: float, count: int) -> Iterator[tuple[float, str]]:
    for _ in range(count):
        try:
            after = next_fire(cron, zone, after)
        except CronError:  # the schedule has no further run
            return
        yield after, datetime.fromtimestamp(after, ZoneInfo(zone)).isoformat()
