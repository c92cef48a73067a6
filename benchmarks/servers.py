"""The rows about a server, which is started with a workspace and a state of its own, queried over HTTP, and stopped.

Every value is the time of one thing (an answer, a job, a first line), so that these rows stand in the same table.
"""

from __future__ import annotations

import http.client
import json
import socket
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import engine, million, postgres
from benchmarks.contenders import TASK_FILES, task_file
from benchmarks.measure import Failed, Sample
from benchmarks.peers import Program, clean_environment

FLOWS = """\
tasks:
  hello:
    flow:
      say: {type: shell, cmd: echo hello}
"""
DAGU_FLOW = "steps:\n  - name: say\n    command: echo hello\n"

#: How long a server may take to begin or to end, and its jobs to be done, in seconds.
TIMEOUT_S = 120.0
RUNS = 60
JOBS, CLIENTS = 1600, 16
LINES = 100
RELOADS = 10
REQUESTS = 1000
#: Lists that are asked for in a round, each another page.
PAGES = 200


@dataclass(frozen=True, slots=True)
class Running:
    """A running server."""

    port: int
    pid: int
    ready_s: float  #: from the start of its process

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)

    def resident_kib(self) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


@contextmanager
def _running(argv: list[str], env: Mapping[str, str], folder: Path, port: int, path: str) -> Iterator[Running]:
    """Starts a server and waits until ``path`` succeeds; stops it at the end of the context. Raises Failed."""
    started = time.perf_counter()
    with (
        (folder / "server.log").open("wb") as log,
        subprocess.Popen(argv, cwd=folder, env=env, stdout=log, stderr=log) as p,
    ):
        try:
            while not _answers(port, path):
                if p.poll() is not None or time.perf_counter() - started > TIMEOUT_S:
                    raise Failed(f"{argv[0]} did not begin to serve; see {folder / 'server.log'}")
                time.sleep(0.002)
            yield Running(port, p.pid, time.perf_counter() - started)
        finally:
            p.terminate()
            p.wait(TIMEOUT_S)


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def gitflow(
    program: Program, folder: Path, flows: str = FLOWS, settings: Mapping[str, object] | None = None
) -> Iterator[Running]:
    workflows = folder / "workspace" / ".workflows"
    workflows.mkdir(parents=True, exist_ok=True)
    (workflows / "flows.yaml").write_text(flows)
    port = _free_port()
    config = {
        "listen": f"127.0.0.1:{port}",
        "state_dir": str(folder / "state"),
        "workspaces": {"default": {"type": "folder", "path": str(folder / "workspace")}},
    }
    (folder / "server-config.yaml").write_text(json.dumps({**config, **(settings or {})}))
    env = clean_environment(XDG_CACHE_HOME=str(folder / "cache"))
    with _running([str(program.path), "server"], env, folder, port, "/readyz") as server:
        yield server


@contextmanager
def dagu(program: Program, folder: Path) -> Iterator[Running]:
    env = clean_environment(DAGU_HOME=str(folder / "home"))
    port = _free_port()
    (folder / "hello.yaml").write_text(DAGU_FLOW)
    with _running([str(program.path), "server", "-p", str(port)], env, folder, port, "/api/v2/health") as server:
        yield server


SERVERS: Mapping[str, Callable[[Program, Path], object]] = {"dagu": dagu, "gitflow": gitflow}


def ask(connection: http.client.HTTPConnection, method: str, path: str, body: object = None) -> tuple[bytes, str]:
    """The response and its ``Link`` header. Raises Failed."""
    data = None if body is None else json.dumps(body)
    connection.request(method, path, data, {"Content-Type": "application/json"} if data else {})
    response = connection.getresponse()
    answer = response.read()
    if response.status >= 300:
        raise Failed(f"{method} {path} was answered {response.status}: {answer[:200]!r}")
    return answer, response.headers.get("Link", "")


def _execute(connection: http.client.HTTPConnection) -> str:
    return json.loads(ask(connection, "POST", "/api/workspaces/default/tasks/hello/execute", {})[0])["job_id"]


def _completed(connection: http.client.HTTPConnection) -> int:
    connection.request("GET", "/api/jobs?status=completed&limit=1&count=true")
    response = connection.getresponse()
    response.read()
    return int(response.headers["X-Total-Count"])


def _until_completed(connection: http.client.HTTPConnection, count: int) -> None:
    until = time.perf_counter() + TIMEOUT_S
    while (done := _completed(connection)) < count:
        if time.perf_counter() > until:
            raise Failed(f"{done} of {count} jobs completed")
        time.sleep(0.005)


def start(name: str, program: Program, folder: Path) -> list[Sample]:
    """The time from the start until it is ready, and its memory when idle."""
    with SERVERS[name](program, folder) as server:  # type: ignore[attr-defined]
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
            job_id = _execute(connection)
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
            _execute(own)
        own.close()

    with gitflow(program, folder, settings=settings) as server:
        connection = server.connection()
        before = _completed(connection)
        began = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(execute_some, [JOBS // CLIENTS] * CLIENTS))
        _until_completed(connection, before + JOBS)
        took = time.perf_counter() - began
        connection.close()
    return [Sample(took / JOBS, 0)]


def list60(name: str, program: Program, folder: Path) -> list[Sample]:
    """One request for a list of 60 runs, over an open connection."""
    with SERVERS[name](program, folder) as server:  # type: ignore[attr-defined]
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
            _execute(connection)
        _until_completed(connection, RUNS)
        return
    env = clean_environment(DAGU_HOME=str(folder / "home"))
    for _ in range(RUNS):
        subprocess.run(
            [program.path, "start", "-q", "hello.yaml"], cwd=folder, env=env, check=True, capture_output=True
        )


def list1m(name: str, program: Program, folder: Path) -> list[Sample]:
    """The 99th percentile of the time for a page of 50 of a million jobs, over lists with many filters."""
    state = folder / "state"
    if not state.exists():
        with gitflow(program, folder) as server:
            connection = server.connection()
            _execute(connection)
            _until_completed(connection, 1)
            connection.close()
        million.fill(state / "gitflow.db")
    times: list[float] = []
    with gitflow(program, folder) as server:
        connection = server.connection()
        for wanted in million.FILTERS:
            path = f"/api/jobs?limit=50{wanted}"
            for _ in range(PAGES):
                began = time.perf_counter()
                _, link = ask(connection, "GET", path)
                times.append(time.perf_counter() - began)
                if not link:
                    break
                path = link[1 : link.index(">")]
        connection.close()
    return [Sample(statistics.quantiles(times, n=100)[98], 0)]


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
    "list60": (list60, ("dagu", "gitflow")),
    "list1m": (list1m, ("gitflow",)),
}


def measured(
    row: str, programs: Mapping[str, Program], times: int, work: Path, notes: list[str]
) -> dict[str, list[Sample]]:
    """Measures in rounds, like the other rows; a program that fails is left out with a note."""
    from benchmarks import agents  # which imports this module

    measure, able = {**MEASURES, **agents.MEASURES}[row]
    samples: dict[str, list[Sample]] = {name: [] for name in able if name in programs}
    for number in range(times):
        for name in list(samples):
            folder = work / row / (name if row == "list1m" else f"{name}-{number}")
            folder.mkdir(parents=True, exist_ok=True)
            try:
                samples[name] += measure(name, programs[name], folder)
            except Failed as error:
                notes.append(f"{row}: {name} is left out: {error}")
                del samples[name]
    return samples
