"""Sends spans and metrics of a server's jobs to an OpenTelemetry collector.

The engine's thread puts spans into a queue, and never waits. Another thread sends them, so that a collector that hangs
delays neither the jobs nor the end of the server. While the collector cannot be reached the queue grows; above its
limit spans are dropped and counted.
"""

from __future__ import annotations

import http.client
import logging
import os
import threading
import time
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gitflow import __version__
from gitflow.core.errors import GitflowError
from gitflow.core.record import Record
from gitflow.core.status import JobStatus
from gitflow.runtime.telemetry.metrics import RunMetrics, Series
from gitflow.runtime.telemetry.spans import Tracing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.jobs.job import Job
    from gitflow.runtime.engine.orchestrator import Orchestrator
    from gitflow.runtime.telemetry.metrics import Key
    from gitflow.runtime.telemetry.spans import Attributes, Span
    from gitflow.runtime.workspaces.served import ServedWorkspaces

_log = logging.getLogger("gitflow.telemetry")

#: The size of the queue, and how many spans are sent at once.
MAX_WAITING = 20_000
BATCH_SIZE = 500
#: How often spans and metrics are sent, and how long to wait after a failure, in seconds.
SPANS_S, METRICS_S, AGAIN_S = 2.0, 15.0, 30.0
#: How long the last export may take when the server stops, in seconds.
LAST_S = 2.0

_STATE = {JobStatus.PENDING: "pending", JobStatus.RUNNING: "executing", JobStatus.PAUSED: "executing"}


class Unusable(GitflowError):
    """The address of the collector is invalid, or the packages of the extra ``otel`` are not installed."""

    code = "invalid_config"


class Collector(Record):
    """The collector, and how this server identifies itself."""

    endpoint: str
    headers: Mapping[str, str]
    service_name: str
    url: str | None = None  #: the public URL of the server


class Telemetry:
    """Sends from ``start`` to ``stop``, and once more at the end."""

    def __init__(self, collector: Collector, orchestrator: Orchestrator, served: ServedWorkspaces) -> None:
        """Raises Unusable."""
        try:
            from gitflow.runtime.telemetry import exporter
        except ImportError as error:
            wanted = "telemetry.otlp_endpoint needs packages that are missing: pip install 'gitflow-runner[otel]'"
            raise Unusable(f"{wanted} ({error})") from None
        self._endpoint = collector.endpoint
        if urlsplit(self._endpoint).scheme not in ("http", "https") or not urlsplit(self._endpoint).hostname:
            raise Unusable("telemetry.otlp_endpoint must be an address such as http://localhost:4318")
        self._orchestrator = orchestrator
        self._served = served
        about = {"service.name": collector.service_name, "service.version": __version__, "process.pid": os.getpid()}
        self._exporter = exporter.Exporter(self._endpoint, collector.headers, about, time.time())
        self._refused = exporter.Refused
        self._tracing = Tracing(self._revision, collector.url)
        self._metrics = RunMetrics()
        self._waiting: deque[Span] = deque()
        self._lock = threading.Lock()
        self._metrics_at = 0.0
        self._is_failing = False
        self._seen_active: frozenset[Key] = frozenset()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="telemetry", daemon=True)
        self.dropped = 0  #: how many spans were lost
        orchestrator.observers.append(self.moved)

    def moved(self, job: Job, entries: Sequence[HistoryEntry]) -> None:
        """Called after a commit, in the engine's thread (an observer of the orchestrator)."""
        try:
            self._metrics.moved(job, entries)
            spans = self._tracing.moved(job, entries)
        except Exception:  # an error in telemetry must not affect the job
            _log.exception("no spans of job %s are sent because of an internal error", job.id)
            return
        if spans:
            self._put(spans)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Sends what is queued; what cannot be sent within ``LAST_S`` is lost."""
        self._stopping.set()
        self._thread.join(LAST_S)
        self._lose(len(self._waiting))

    def _run(self) -> None:
        pause_s = SPANS_S
        while not self._stopping.wait(pause_s):
            pause_s = self._tick()
        if not self._is_failing:
            self._metrics_at = 0.0
            self._tick()
        self._exporter.close()

    def _put(self, spans: Sequence[Span]) -> None:
        with self._lock:
            room = MAX_WAITING - len(self._waiting)
            self._waiting.extend(spans[:room])
        self._lose(len(spans) - room)

    def _lose(self, count: int) -> None:
        if count > 0:
            self.dropped += count

    def _tick(self) -> float:
        """Sends; returns the seconds until the next tick."""
        try:
            self._send()
        except Exception as error:
            self._log_failure(error)
            return AGAIN_S
        self._is_failing = False
        return SPANS_S

    def _log_failure(self, error: Exception) -> None:
        """Logs the first failure in a row."""
        if not self._is_failing:
            is_theirs = isinstance(error, OSError | http.client.HTTPException)
            message = "telemetry cannot be sent to %s: %s"
            _log.warning(message, plain(self._endpoint), error, exc_info=None if is_theirs else error)
        self._is_failing = True

    def _send(self) -> None:
        """Raises what the exporter raises; what was not sent stays in the queue."""
        while batch := list(islice(self._waiting, BATCH_SIZE)):
            self._export(lambda batch=batch: self._exporter.send_spans(batch), len(batch))
            with self._lock:
                for _ in batch:
                    self._waiting.popleft()
        now = time.time()
        if now >= self._metrics_at + METRICS_S:
            self._metrics_at = now
            self._export(lambda: self._exporter.send_metrics(dict(self._metrics.durations), self._series(), now))

    def _export(self, send: Callable[[], None], spans: int = 0) -> None:
        try:
            send()
        except self._refused as refused:
            self._lose(spans)
            _log.warning("the collector %s refused telemetry: %s", plain(self._endpoint), refused)

    def _series(self) -> tuple[Series, ...]:
        return (
            Series("cicd.pipeline.run.active", "{run}", self._active(), falls=True),
            Series("cicd.pipeline.run.errors", "{error}", dict(self._metrics.errors)),
            Series("gitflow.telemetry.dropped", "{span}", {(): self.dropped}),
        )

    def _active(self) -> dict[Key, int]:
        """Includes series that are 0 now: a collector would keep the last value of an absent series."""
        found = dict.fromkeys(self._seen_active, 0)
        for job_id in self._orchestrator.open_ids():
            job = self._orchestrator.job(job_id)
            if job is not None:
                key = (("cicd.pipeline.name", job.task_name), ("cicd.pipeline.run.state", _STATE[job.status]))
                found[key] = found.get(key, 0) + 1
        self._seen_active = frozenset(found)
        return found

    def _revision(self, job: Job) -> Attributes:
        """The attributes of a job's repository and revision; none for a folder, which has no commits."""
        one = next((one for one in self._served.all() if one.workspace.identity == job.workspace), None)
        source: str | None = getattr(one.workspace, "source", None) if one is not None else None
        if one is None or source is None:
            return {}
        url = f"file://{source}" if source.startswith("/") else plain(source)
        found = {"vcs.ref.head.revision": job.revision, "vcs.repository.url.full": url}
        found["vcs.repository.name"] = source.rstrip("/").rpartition("/")[2].removesuffix(".git")
        if one.branch:
            found |= {"vcs.ref.head.name": one.branch, "vcs.ref.head.type": "branch"}
        return found


def plain(address: str) -> str:
    """The address without a user name and password."""
    start, mark, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    return f"{start}{mark}{host.rpartition('@')[2]}{slash}{path}" if mark else address
