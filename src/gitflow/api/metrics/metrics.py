"""The counters behind ``/metrics``: requests by route and status, jobs by source and end, logged errors."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.api.http.context import Context
    from gitflow.api.http.route import Route
    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.jobs.job import Job

#: The upper ends of the buckets, in seconds.
BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0)

#: Name of a counter -> its help text.
COUNTERS = {
    "gitflow_jobs_created_total": "Jobs that were made, by why they began.",
    "gitflow_jobs_ended_total": "Jobs that ended, by how.",
    "gitflow_triggers_fired_total": "Jobs that triggers and webhooks started.",
    "gitflow_errors_total": "Errors that were logged, by the part that failed.",
}
_TRIGGERED = frozenset({"trigger", "webhook"})


class Histogram:
    """A histogram of durations."""

    __slots__ = ("buckets", "count", "sum_s")

    def __init__(self) -> None:
        self.buckets = [0] * len(BUCKETS)
        self.count = 0
        self.sum_s = 0.0

    def add(self, seconds: float) -> None:
        self.count += 1
        self.sum_s += seconds
        for at, most in enumerate(BUCKETS):
            if seconds <= most:
                self.buckets[at] += 1
                break


class Metrics:
    """The counters of one server since its start."""

    def __init__(self, context: Context) -> None:
        self.requests: dict[tuple[str, str, int], int] = {}  #: (method, path of the route, status) -> how many
        self.times: dict[tuple[str, str], Histogram] = {}
        self.waits = Histogram()  #: from a job's creation to its start
        self.counters: dict[str, dict[tuple[str, str], int]] = {name: {} for name in COUNTERS}  #: by one label

    def add(self, name: str, label: str, value: str) -> None:
        """Increments a counter; ``name`` is one of COUNTERS."""
        counted = self.counters[name]
        counted[label, value] = counted.get((label, value), 0) + 1

    def count_job(self, job: Job, entries: Sequence[HistoryEntry]) -> None:
        """Counts new entries of a job's history; called in the engine thread after each commit."""
        for entry in entries:
            if entry.what == "job.created":
                self.add("gitflow_jobs_created_total", "source_type", job.source.type)
                if job.source.type in _TRIGGERED:
                    self.add("gitflow_triggers_fired_total", "source_type", job.source.type)
            elif entry.what == "job.running" and entry.at == job.started_at:
                self.waits.add(max(0.0, entry.at - job.created_at))
            elif entry.what == f"job.{job.status.value}" and job.ended:
                self.add("gitflow_jobs_ended_total", "status", job.status.value)

    def count(self, method: str, route: Route | None, status: int, seconds: float) -> None:
        """Counts a request under the path of its route, so that the number of label values is bounded."""
        path = route.path if route is not None else "unmatched"
        method = route.method if route is not None else "other"
        key = (method, path, status)
        self.requests[key] = self.requests.get(key, 0) + 1
        histogram = self.times.get((method, path))
        if histogram is None:
            histogram = self.times[(method, path)] = Histogram()
        histogram.add(seconds)


class ErrorCount(logging.Handler):
    """A log handler that counts errors by logger."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__(logging.ERROR)
        self._metrics = metrics

    def emit(self, record: logging.LogRecord) -> None:
        self._metrics.add("gitflow_errors_total", "part", record.name.removeprefix("gitflow."))
