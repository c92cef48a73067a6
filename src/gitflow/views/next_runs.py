"""When a schedule fires next, as triggers show it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gitflow.core.language.cron import CronError, next_fire

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How many times a schedule will fire next are shown, and of how many schedules that is kept.
NEXT_RUNS = 5
MOST_KNOWN = 20_000

#: Expression and zone -> a moment, and the runs after it, with how they are written: they are the next ones until the
#: first of them has come.
_known_runs: dict[tuple[str, str], tuple[float, list[tuple[float, str]]]] = {}


def next_runs(cron: str, zone: str, now: float) -> list[str]:
    """A workspace may have thousands of schedules: what was found once is only gone on from."""
    schedule = (cron, zone)
    since, known = _known_runs.get(schedule, (now, []))
    runs = [run for run in known if run[0] > now] if since <= now else []
    if len(runs) < NEXT_RUNS:
        runs += _runs(*schedule, runs[-1][0] if runs else now, NEXT_RUNS - len(runs))
        if len(_known_runs) >= MOST_KNOWN:
            _known_runs.clear()
        _known_runs[schedule] = (now, runs)
    return [text for _, text in runs]


def _runs(cron: str, zone: str, after: float, count: int) -> Iterator[tuple[float, str]]:
    for _ in range(count):
        try:
            after = next_fire(cron, zone, after)
        except CronError:  # it will not come again
            return
        yield after, datetime.fromtimestamp(after, ZoneInfo(zone)).isoformat()
