"""The JSON of a task's statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.core.status import JobStatus
from gitflow.views.noun import JsonField, Noun, writer
from gitflow.views.schema import NUMBER, TEXT, WHOLE, map_of, or_null, ref

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitflow.core.values import JsonObject


class TaskStats(Record):
    """The last ended jobs of a task: (status, duration, wait before the start), both in seconds."""

    workspace: str
    task_name: str
    rows: Sequence[tuple[str, float, float]]


STATS = Noun(
    "Stats",
    "How the last jobs of a task fared.",
    (
        JsonField("workspace", TEXT),
        JsonField("task_name", TEXT),
        JsonField("jobs", WHOLE, lambda it: len(it.rows), about="How many were looked at."),
        JsonField("by_status", map_of(WHOLE), lambda it: _by_status(it)),
        JsonField(
            "duration_seconds",
            ref("Spread"),
            lambda it: _spread(sorted(took for status, took, _ in it.rows if status == JobStatus.COMPLETED)),
            about="Of those that completed.",
        ),
        JsonField(
            "wait_seconds",
            ref("Spread"),
            lambda it: _spread(sorted(waited for _, _, waited in it.rows)),
            about="From creation to start.",
        ),
    ),
)

SPREAD = Noun(
    "Spread",
    "Half, and all but a twentieth, took no longer.",
    (
        JsonField("p50", or_null(NUMBER), lambda values: _quantile(values, 0.5)),
        JsonField("p95", or_null(NUMBER), lambda values: _quantile(values, 0.95)),
    ),
)

NOUNS = (STATS, SPREAD)

stats: Callable[[TaskStats], JsonObject] = writer(STATS)
_spread: Callable[[Sequence[float]], JsonObject] = writer(SPREAD)


def _by_status(found: TaskStats) -> JsonObject:
    return {status.value: sum(row[0] == status for row in found.rows) for status in JobStatus if status.ended}


def _quantile(ordered: Sequence[float], part: float) -> float | None:
    """The smallest value such that at least the fraction ``part`` of all is not greater; None without values."""
    if not ordered:
        return None
    return round(ordered[max(0, -int(-part * len(ordered) // 1) - 1)], 6)
