"""Metrics of jobs by OpenTelemetry's conventions for CI/CD (``cicd.pipeline.run.*``)."""

from __future__ import annotations

from bisect import bisect_left
from math import inf
from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.runtime.telemetry.spans import RESULT_OF_JOB

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.jobs.job import Job

    #: The attributes of one series.
    Key = tuple[tuple[str, str], ...]

#: The upper bounds of the buckets for durations, in seconds.
BOUNDS = (0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0, 43_200.0)


class Series(Record):
    """The sums of one metric, by attributes. ``falls``: they may also decrease."""

    name: str
    unit: str
    values: Mapping[Key, int]
    falls: bool = False


class Durations:
    """A histogram since the start."""

    __slots__ = ("buckets", "count", "max_s", "min_s", "sum_s")

    def __init__(self) -> None:
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.count = 0
        self.sum_s = 0.0
        self.min_s, self.max_s = inf, 0.0

    def add(self, seconds: float) -> None:
        self.count += 1
        self.sum_s += seconds
        self.min_s, self.max_s = min(self.min_s, seconds), max(self.max_s, seconds)
        self.buckets[bisect_left(BOUNDS, seconds)] += 1


class RunMetrics:
    """Written by the engine's thread; readers take copies."""

    def __init__(self) -> None:
        self.durations: dict[Key, Durations] = {}
        self.errors: dict[Key, int] = {}

    def moved(self, job: Job, entries: Sequence[HistoryEntry]) -> None:
        for entry in entries:
            if entry.what == "job.running" and entry.at == job.started_at:
                self._took(job, "pending", max(0.0, entry.at - job.created_at))
            elif job.ended and entry.what == f"job.{job.status.value}":
                self._ended(job)

    def _ended(self, job: Job) -> None:
        result = RESULT_OF_JOB[job.status]
        if job.started_at is not None and job.completed_at is not None:
            self._took(job, "executing", max(0.0, job.completed_at - job.started_at), result)
        if result not in ("success", "cancellation"):
            key = (("cicd.pipeline.name", job.task_name), ("error.type", result))
            self.errors[key] = self.errors.get(key, 0) + 1

    def _took(self, job: Job, state: str, seconds: float, result: str | None = None) -> None:
        ended = () if result is None else (("cicd.pipeline.result", result),)
        key = (("cicd.pipeline.name", job.task_name), ("cicd.pipeline.run.state", state), *ended)
        found = self.durations.get(key)
        if found is None:
            found = self.durations[key] = Durations()
        found.add(seconds)
