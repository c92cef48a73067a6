"""Servers to measure: started with a workspace and a state of their own, asked over HTTP, and stopped."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Failed
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


def free_port() -> int:
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
    program: Program,
    folder: Path,
    flows: str = FLOWS,
    settings: Mapping[str, object] | None = None,
    port: int | None = None,
) -> Iterator[Running]:
    """``port``: a free one without it."""
    workflows = folder / "workspace" / ".workflows"
    workflows.mkdir(parents=True, exist_ok=True)
    (workflows / "flows.yaml").write_text(flows)
    port = free_port() if port is None else port
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
    port = free_port()
    (folder / "hello.yaml").write_text(DAGU_FLOW)
    with _running([str(program.path), "server", "-p", str(port)], env, folder, port, "/api/v2/health") as server:
        yield server


SERVERS: Mapping[str, Callable[[Program, Path], AbstractContextManager[Running]]] = {"dagu": dagu, "gitflow": gitflow}


def ask(connection: http.client.HTTPConnection, method: str, path: str, body: object = None) -> tuple[bytes, str]:
    """The response and its ``Link`` header. Raises Failed."""
    data = None if body is None else json.dumps(body)
    connection.request(method, path, data, {"Content-Type": "application/json"} if data else {})
    response = connection.getresponse()
    answer = response.read()
    if response.status >= 300:
        raise Failed(f"{method} {path} was answered {response.status}: {answer[:200]!r}")
    return answer, response.headers.get("Link", "")


def execute(connection: http.client.HTTPConnection) -> str:
    return json.loads(ask(connection, "POST", "/api/workspaces/default/tasks/hello/execute", {})[0])["job_id"]


def completed(connection: http.client.HTTPConnection) -> int:
    connection.request("GET", "/api/jobs?status=completed&limit=1&count=true")
    response = connection.getresponse()
    response.read()
    return int(response.headers["X-Total-Count"])


def until_completed(connection: http.client.HTTPConnection, count: int) -> None:
    until = time.perf_counter() + TIMEOUT_S
    while (done := completed(connection)) < count:
        if time.perf_counter() > until:
            raise Failed(f"{done} of {count} jobs completed")
        time.sleep(0.005)
