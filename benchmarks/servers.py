"""The rows about a server, which is started with a workspace and a state of its own, queried over HTTP, and stopped.

Every value is the time of one thing (an answer, a job, a first line), so that these rows stand in the same table.
"""

from __future__ import annotations

import http.client
import json
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks import agents, engine, many, pods, postgres, stored, takeover, trigger
from benchmarks.contenders import TASK_FILES, task_file
from benchmarks.measure import Failed, Sample
from benchmarks.peers import Program, clean_environment
from benchmarks.rows import STORED
from benchmarks.running import SERVERS, ask, completed, execute, gitflow, until_completed

RUNS = 60
JOBS, CLIENTS = 1600, 16
LINES = 100
RELOADS = 10
REQUESTS = 1000


def start(name: str, program: Program, folder: Path) -> list[Sample]:
    """The time from the start until it is ready, and its memory when idle."""
    with SERVERS[name](program, folder) as server:
        time.sleep(1)
        return [Sample(server.ready_s, server.resident_kib())]


def reload(name: str, program: Program, folder: Path) -> list[Sample]:
    """The time from a request to refresh, after a file has changed, until its revision is active.

    The request itself is answered when the revision's files have been copied, too.
    """
    workflows = folder / "workspace" / ".workflows"
    workflows.mkdir(parents=True)
    for number in range(TASK_FILES):
        (workflows / f"task-{number}.yaml").write_text(task_file(number))
    samples: list[Sample] = []
    with gitflow(program, folder) as server, ThreadPoolExecutor(1) as pool:
        asking, looking = server.connection(), server.connection()
        for number in range(RELOADS):
            before = _revision(looking)
            (workflows / "task-0.yaml").write_text(task_file(0) + f"# {number}\n")
            began = time.perf_counter()
            refreshed = pool.submit(ask, asking, "POST", "/api/workspaces/default/refresh", {})
            while _revision(looking) == before:
                time.sleep(0.002)
            samples.append(Sample(time.perf_counter() - began, 0))
            refreshed.result()
        asking.close()
        looking.close()
    return samples


def _revision(connection: http.client.HTTPConnection) -> str:
    return json.loads(ask(connection, "GET", "/api/workspaces/default")[0])["revision"]


def first_line(name: str, program: Program, folder: Path) -> list[Sample]:
    """The time from the request that starts a job to its first line at a WebSocket client."""
    from gitflow.cli.backends.client import Client
    from gitflow.cli.backends.websocket import read_messages

    samples: list[Sample] = []
    with gitflow(program, folder) as server:
        connection = server.connection()
        client = Client(f"http://127.0.0.1:{server.port}")
        for _ in range(LINES):
            began = time.perf_counter()
            job_id = execute(connection)
            lines = read_messages(client, f"/api/jobs/{job_id}/logs/stream", {})
            next(lines)
            samples.append(Sample(time.perf_counter() - began, 0))
            list(lines)
        connection.close()
    return samples


def api_jobs_postgres(name: str, program: Program, folder: Path) -> list[Sample]:
    """The same with the jobs in PostgreSQL."""
    key = folder / "secrets.key"
    key.touch(0o600)
    key.write_text(f"{'A' * 43}=\n")
    with postgres.database() as url:
        return api_jobs(name, program, folder, {"db": {"url": url}, "secrets_key_file": str(key)})


def engine_postgres(name: str, program: Program, folder: Path) -> list[Sample]:
    """The engine of this work tree alone, 64 jobs a turn: what a job takes."""
    with postgres.database() as url:
        figures = engine.measure(url, 64, 100)
    return [Sample(sum(figures.took) / 6400, 0)]


def turn_postgres(name: str, program: Program, folder: Path) -> list[Sample]:
    """The same, turns of one job."""
    with postgres.database() as url:
        return [Sample(took, 0) for took in engine.measure(url, 1, 500).took]


def turn_postgres_p99(name: str, program: Program, folder: Path) -> list[Sample]:
    took = [sample.seconds for sample in turn_postgres(name, program, folder)]
    return [Sample(statistics.quantiles(took, n=100)[98], 0)]


def api_jobs(name: str, program: Program, folder: Path, settings: Mapping[str, object] | None = None) -> list[Sample]:
    """Starts jobs of one shell step from several clients at once, until all have completed."""

    def execute_some(count: int) -> None:
        own = server.connection()
        for _ in range(count):
            execute(own)
        own.close()

    with gitflow(program, folder, settings=settings) as server:
        connection = server.connection()
        before = completed(connection)
        began = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(execute_some, [JOBS // CLIENTS] * CLIENTS))
        until_completed(connection, before + JOBS)
        took = time.perf_counter() - began
        connection.close()
    return [Sample(took / JOBS, 0)]


def list60(name: str, program: Program, folder: Path) -> list[Sample]:
    """One request for a list of 60 runs, over an open connection."""
    with SERVERS[name](program, folder) as server:
        connection = server.connection()
        _make_runs(name, program, folder, connection)
        path = {"dagu": "/api/v2/dag-runs", "gitflow": f"/api/jobs?limit={RUNS}"}[name]
        listed = json.loads(ask(connection, "GET", path)[0])
        rows = listed["dagRuns"] if name == "dagu" else listed
        if len(rows) < RUNS:
            raise Failed(f"{len(rows)} of {RUNS} runs were listed")
        began = time.perf_counter()
        for _ in range(REQUESTS):
            ask(connection, "GET", path)
        took = time.perf_counter() - began
        connection.close()
    return [Sample(took / REQUESTS, 0)]


def _make_runs(name: str, program: Program, folder: Path, connection: http.client.HTTPConnection) -> None:
    if name == "gitflow":
        for _ in range(RUNS):
            execute(connection)
        until_completed(connection, RUNS)
        return
    env = clean_environment(DAGU_HOME=str(folder / "home"))
    for _ in range(RUNS):
        subprocess.run(
            [program.path, "start", "-q", "hello.yaml"], cwd=folder, env=env, check=True, capture_output=True
        )


def _sized(
    measure: Callable[[Program, Path, int], list[Sample]], count: int
) -> Callable[[str, Program, Path], list[Sample]]:
    return lambda name, program, folder: measure(program, folder, count)


#: Row -> (what measures it once, the programs that can do it).
MEASURES: Mapping[str, tuple[Callable[[str, Program, Path], list[Sample]], tuple[str, ...]]] = {
    "server-start": (start, ("dagu", "gitflow")),
    "server-memory": (start, ("dagu", "gitflow")),
    "reload": (reload, ("gitflow",)),
    "first-line": (first_line, ("gitflow",)),
    "api-jobs": (api_jobs, ("gitflow",)),
    "api-jobs-pg": (api_jobs_postgres, ("gitflow",)),
    "engine-pg": (engine_postgres, ("gitflow",)),
    "turn-pg": (turn_postgres, ("gitflow",)),
    "turn-pg-p99": (turn_postgres_p99, ("gitflow",)),
    **agents.MEASURES,
    **takeover.MEASURES,
    **pods.MEASURES,
    "list60": (list60, ("dagu", "gitflow")),
    "trigger-to-end": (trigger.trigger_to_end, ("dagu", "gitflow")),
    **{f"list{size}": (_sized(stored.lists, count), ("gitflow",)) for size, count in STORED.items()},
    **{f"search{size}": (_sized(stored.searches, count), ("gitflow",)) for size, count in STORED.items()},
    "start1k": (_sized(many.start, 10), ("gitflow",)),
    "start10k": (_sized(many.start, 100), ("gitflow",)),
    "memory1k": (_sized(many.start, 10), ("gitflow",)),
    "memory10k": (_sized(many.start, 100), ("gitflow",)),
}


def _is_filled(row: str) -> bool:
    """Whether all rounds read one state, which takes long to fill."""
    return row.removeprefix("list").removeprefix("search") in STORED


def measured(
    row: str, programs: Mapping[str, Program], times: int, work: Path, notes: list[str]
) -> dict[str, list[Sample]]:
    """Measures in rounds, like the other rows; a program that fails is left out with a note."""
    measure, able = MEASURES[row]
    samples: dict[str, list[Sample]] = {name: [] for name in able if name in programs}
    for number in range(times):
        for name in list(samples):
            folder = work / row / (name if _is_filled(row) else f"{name}-{number}")
            folder.mkdir(parents=True, exist_ok=True)
            try:
                samples[name] += measure(name, programs[name], folder)
            except Failed as error:
                notes.append(f"{row}: {name} is left out: {error}")
                del samples[name]
    return samples
