"""``/metrics``: the metrics in the Prometheus text format, in base units; no label names a job."""

from __future__ import annotations

import os
import resource
import time
from typing import TYPE_CHECKING

from gitflow.api.metrics import task_totals
from gitflow.api.metrics.metrics import BUCKETS, COUNTERS, Metrics
from gitflow.core.status import JobStatus
from gitflow.core.timestamps import rfc3339
from gitflow.stores.protocols.jobs import JobFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gitflow.api.http.context import Context
    from gitflow.api.metrics.metrics import Histogram
    from gitflow.core.language.sources import Revision
    from gitflow.stores.registry import Stores

    Sample = tuple[dict[str, str], float]

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


async def exposition(context: Context, names_workspaces: bool) -> str:
    counts = await context.reader.cached("metrics", _jobs_by_status)
    totals = await context.reader.cached("task totals", task_totals.read_totals) if names_workspaces else ()
    of_tasks = task_totals.families(context, totals) if names_workspaces else ()
    lines: list[str] = []
    for name, kind, help, samples in (*_families(context, counts, names_workspaces), *of_tasks):
        lines += (f"# HELP {name} {help}", f"# TYPE {name} {kind}")
        lines += (_line(name, labels, value) for labels, value in samples)
    lines += _histograms(context.part(Metrics))
    return "\n".join(lines) + "\n"


def _jobs_by_status(stores: Stores) -> dict[str, int]:
    return {status.value: stores.jobs.count(JobFilter(status=status.value)) for status in JobStatus}


def _families(
    context: Context, counts: dict[str, int], names_workspaces: bool
) -> Iterator[tuple[str, str, str, Iterable[Sample]]]:
    engine, metrics = context.engine, context.part(Metrics)
    yield "gitflow_build_info", "gauge", "The version.", [({"version": context.version}, 1)]
    yield (
        "gitflow_jobs",
        "gauge",
        "Stored jobs, by status; counted up to 10000 each.",
        [({"status": status}, count) for status, count in counts.items()],
    )
    yield "gitflow_open_jobs", "gauge", "Jobs of this server that have not ended.", [({}, engine.open_jobs())]
    yield "gitflow_steps_running", "gauge", "Steps that the embedded worker runs.", [({}, engine.running_steps())]
    yield (
        "gitflow_workspace_revision_age_seconds",
        "gauge",
        "How long the active revision has been active; without a workspace, the oldest.",
        _by_workspace(_ages(context), names_workspaces, max),
    )
    if names_workspaces:
        about = "The active revision and its commit; always 1."
        yield "gitflow_workspace_revision_info", "gauge", about, _revisions(context)
    yield (
        "gitflow_workspace_candidate_refused",
        "gauge",
        "Whether a newer revision was refused; without a workspace, the number of such workspaces.",
        _by_workspace(_candidates_refused(context), names_workspaces, sum),
    )
    yield (
        "gitflow_http_requests_total",
        "counter",
        "Requests, by route and status.",
        [
            ({"method": method, "route": path, "status": str(status)}, count)
            for (method, path, status), count in sorted(metrics.requests.items())
        ],
    )
    if engine.dropped_spans is not None:
        dropped = engine.dropped_spans()
        yield "gitflow_telemetry_dropped_total", "counter", "Spans that were dropped before export.", [({}, dropped)]
    for name, help in COUNTERS.items():
        counted = sorted(metrics.counters[name].items())
        yield name, "counter", help, [({label: value}, count) for (label, value), count in counted]
    yield "process_start_time_seconds", "gauge", "When the process began.", [({}, context.started_at)]
    yield "process_cpu_seconds_total", "counter", "Time on a processor.", [({}, time.process_time())]
    yield "process_resident_memory_bytes", "gauge", "Resident memory.", [({}, _resident())]
    yield "process_open_fds", "gauge", "Open descriptors.", [({}, _descriptors())]
    yield (
        "process_max_fds",
        "gauge",
        "The most descriptors it may open.",
        [({}, resource.getrlimit(resource.RLIMIT_NOFILE)[0])],
    )


def _ages(context: Context) -> dict[str, float]:
    now = time.time()
    return {one.name: now - one.loaded_at for one in context.workspaces.all() if one.loaded_at is not None}


def _revisions(context: Context) -> list[Sample]:
    return [(_labels(one.name, one.revision), 1.0) for one in context.workspaces.all() if one.revision is not None]


def _labels(workspace: str, revision: Revision) -> dict[str, str]:
    labels, commit = {"workspace": workspace, "revision": revision.id}, revision.commit
    if commit is None or revision.dirty:
        return labels
    return {**labels, "sha": commit.sha, "subject": commit.subject, "author": commit.author, "at": rfc3339(commit.at)}


def _candidates_refused(context: Context) -> dict[str, float]:
    return {one.name: float(one.candidate is not None) for one in context.workspaces.all()}


def _by_workspace(
    values: dict[str, float], names_workspaces: bool, together: Callable[[Iterable[float]], float]
) -> list[Sample]:
    """One sample for each workspace, or one for all of them."""
    if names_workspaces:
        return [({"workspace": name}, value) for name, value in values.items()]
    return [({}, together(values.values()))] if values else []


def _histograms(metrics: Metrics) -> Iterator[str]:
    requests = [({"method": method, "route": path}, timed) for (method, path), timed in sorted(metrics.times.items())]
    yield from _histogram("gitflow_http_request_duration_seconds", "How long requests took.", requests)
    waits = "How long jobs waited from their creation to their start."
    yield from _histogram("gitflow_job_queue_seconds", waits, [({}, metrics.waits)])


def _histogram(name: str, help: str, series: Iterable[tuple[dict[str, str], Histogram]]) -> Iterator[str]:
    yield f"# HELP {name} {help}"
    yield f"# TYPE {name} histogram"
    for labels, timed in series:
        below = 0
        for most, count in zip(BUCKETS, timed.buckets, strict=True):
            below += count
            yield _line(f"{name}_bucket", {**labels, "le": f"{most:g}"}, below)
        yield _line(f"{name}_bucket", {**labels, "le": "+Inf"}, timed.count)
        yield _line(f"{name}_sum", labels, timed.sum_s)
        yield _line(f"{name}_count", labels, timed.count)


def _line(name: str, labels: dict[str, str], value: float) -> str:
    inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
    return f"{name}{{{inside}}} {value:.10g}" if inside else f"{name} {value:.10g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _resident() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * _PAGE_BYTES
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _descriptors() -> int:
    try:
        return len(os.listdir("/proc/self/fd"))
    except OSError:
        return 0
