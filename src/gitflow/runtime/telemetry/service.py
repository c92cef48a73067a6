"""Tells a collector (OpenTelemetry) of the jobs of a server, beside everything else it does.

The engine's thread puts what has ended into a queue, and never waits. A thread of its own sends what is there, so that
a collector that hangs holds up nothing, not even the server's end; while it cannot be reached the queue fills, and what
does not fit any more is dropped and counted.
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
from gitflow.core.record import record
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
    from gitflow.runtime.workspaces.served import Served

_log = logging.getLogger("gitflow.telemetry")

#: How many spans may wait, and how many are sent at once.
MOST_WAITING = 20_000
BATCH_SIZE = 500
#: How often spans and counts are sent, and how long to wait after a failure, in seconds.
SPANS_S, METRICS_S, AGAIN_S = 2.0, 15.0, 30.0
#: How long the last of them may take when the server stops, in seconds.
LAST_S = 2.0

_STATE = {JobStatus.PENDING: "pending", JobStatus.RUNNING: "executing", JobStatus.PAUSED: "executing"}


class Unusable(GitflowError):
    """It cannot be sent: the address is none, or something is not installed."""

    code = "invalid_config"


@record
class Collector:
    """Where everything goes, and who sends it."""

    endpoint: str
    headers: Mapping[str, str]
    service_name: str
    url: str | None = None  #: how others know the server


class Telemetry:
    """Sends from ``start`` to ``stop``, and then once more."""

    def __init__(self, collector: Collector, orchestrator: Orchestrator, served: Served) -> None:
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
        self.dropped = 0  #: spans that nobody will see
        orchestrator.observers.append(self.moved)

    def moved(self, job: Job, entries: Sequence[HistoryEntry]) -> None:
        """After a commit, in the engine's thread (an observer of the orchestrator)."""
        try:
            self._metrics.moved(job, entries)
            spans = self._tracing.moved(job, entries)
        except Exception:  # a mistake here must not be one of the job's
            _log.exception("what happened to job %s cannot be told", job.id)
            return
        if spans:
            self._put(spans)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Sends what is there; what cannot be sent within ``LAST_S`` is lost."""
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
            room = MOST_WAITING - len(self._waiting)
            self._waiting.extend(spans[:room])
        self._lose(len(spans) - room)

    def _lose(self, count: int) -> None:
        if count > 0:
            self.dropped += count

    def _tick(self) -> float:
        """Seconds until the next."""
        try:
            self._send()
        except Exception as error:
            self._tell(error)
            return AGAIN_S
        self._is_failing = False
        return SPANS_S

    def _tell(self, error: Exception) -> None:
        """Once, until it works again."""
        if not self._is_failing:
            is_theirs = isinstance(error, OSError | http.client.HTTPException)
            told = "telemetry cannot be sent to %s: %s"
            _log.warning(told, plain(self._endpoint), error, exc_info=None if is_theirs else error)
        self._is_failing = True

    def _send(self) -> None:
        """Raises what the exporter raises; what was not sent waits for the next time."""
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
            _log.warning("telemetry was refused by %s: %s", plain(self._endpoint), refused)

    def _series(self) -> tuple[Series, ...]:
        return (
            Series("cicd.pipeline.run.active", "{run}", self._active(), falls=True),
            Series("cicd.pipeline.run.errors", "{error}", dict(self._metrics.errors)),
            Series("gitflow.telemetry.dropped", "{span}", {(): self.dropped}),
        )

    def _active(self) -> dict[Key, int]:
        """Also those that were active once, which are none now: an absent series would keep its last value."""
        found = dict.fromkeys(self._seen_active, 0)
        for job_id in self._orchestrator.open_ids():
            job = self._orchestrator.job(job_id)
            if job is not None:
                key = (("cicd.pipeline.name", job.task_name), ("cicd.pipeline.run.state", _STATE[job.status]))
                found[key] = found.get(key, 0) + 1
        self._seen_active = frozenset(found)
        return found

    def _revision(self, job: Job) -> Attributes:
        """What a repository is, and where it stands; of a folder, nothing that a commit could be told from."""
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
    """Without a name and a password in it."""
    start, mark, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    return f"{start}{mark}{host.rpartition('@')[2]}{slash}{path}" if mark else address
