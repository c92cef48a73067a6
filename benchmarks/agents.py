"""The rows about agents: each on this machine, beside the server, which runs no steps itself."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks import postgres, running
from benchmarks.measure import Failed, Sample
from benchmarks.peers import Program, clean_environment
from benchmarks.rows import MILLION_LINES

#: ``begun`` prints when its process runs; the times of this machine's one clock are compared.
FLOWS = f"""\
tasks:
  hello:
    flow: {{say: {{type: shell, cmd: 'date +%s.%N'}}}}
  fan:
    flow: {{all: {{type: shell, for_each: "{{{{ range(200) }}}}", cmd: 'true'}}}}
  log:
    flow: {{say: {{type: shell, cmd: "{MILLION_LINES}"}}}}
  nap:
    flow: {{say: {{type: shell, cmd: 'exec sleep 600'}}}}
"""
BEGUN = 200
IDLE, IDLE_S = 1000, 20.0
LEASE_S = 3


@contextmanager
def _served(program: Program, folder: Path, settings: Mapping[str, object] | None = None) -> Iterator[running.Running]:
    given = {"worker": {"slots": 0}, **(settings or {})}
    with running.gitflow(program, folder, FLOWS, given) as server:
        yield server


@contextmanager
def agent(program: Program, folder: Path, server: running.Running, name: str, slots: int) -> Iterator[int]:
    """An agent that is connected; its process."""
    env = clean_environment(XDG_CACHE_HOME=str(folder / "cache"))
    words = ["agent", "--server", f"http://127.0.0.1:{server.port}", "--name", name, "--slots", str(slots)]
    with (
        (folder / "agents.log").open("ab") as log,
        subprocess.Popen(
            [str(program.path), *words, "--state-dir", str(folder / name)], cwd=folder, env=env, stdout=log, stderr=log
        ) as process,
    ):
        try:
            connection = server.connection()
            _until(lambda: name in {each["name"] for each in _get(connection, "/api/workers") if each["slots"]})
            connection.close()
            yield process.pid
        finally:
            process.terminate()
            process.wait(running.TIMEOUT_S)


def _get(connection: http.client.HTTPConnection, path: str) -> list[dict[str, str]]:
    return json.loads(running.ask(connection, "GET", path)[0])


def _execute(connection: http.client.HTTPConnection, task: str) -> str:
    path = f"/api/workspaces/default/tasks/{task}/execute"
    return json.loads(running.ask(connection, "POST", path, {})[0])["job_id"]


def _ended(connection: http.client.HTTPConnection, job_id: str) -> dict[str, str]:
    def job() -> dict[str, str] | None:
        found = json.loads(running.ask(connection, "GET", f"/api/jobs/{job_id}")[0])
        return found if found["completed_at"] else None

    return _until(job)


def _until(holds: Callable[[], object]) -> object:
    deadline = time.perf_counter() + running.TIMEOUT_S
    while not (found := holds()):
        if time.perf_counter() > deadline:
            raise Failed("it did not come to pass in time")
        time.sleep(0.002)
    return found


def begun(name: str, program: Program, folder: Path) -> list[Sample]:
    """From the request that makes a step ready until its process on an idle agent has the time."""
    samples: list[Sample] = []
    with _served(program, folder) as server, agent(program, folder, server, "one", 4):
        connection = server.connection()
        for _ in range(BEGUN):
            before = time.time()
            job_id = _execute(connection, "hello")
            _ended(connection, job_id)
            text = json.loads(running.ask(connection, "GET", f"/api/jobs/{job_id}/logs")[0])["logs"]
            samples.append(Sample(float(json.loads(text)["line"]) - before, 0))
        connection.close()
    return samples


def begun_p99(name: str, program: Program, folder: Path) -> list[Sample]:
    took = [sample.seconds for sample in begun(name, program, folder)]
    return [Sample(statistics.quantiles(took, n=100)[98], 0)]


def _fan(agents: int, slots: int) -> Callable[[str, Program, Path], list[Sample]]:
    def measure(name: str, program: Program, folder: Path) -> list[Sample]:
        with _served(program, folder) as server, ExitStack() as stack:
            for number in range(agents):
                stack.enter_context(agent(program, folder, server, f"agent-{number}", slots))
            connection = server.connection()
            _ended(connection, _execute(connection, "hello"))  # the files of the revision are there
            began = time.perf_counter()
            _ended(connection, _execute(connection, "fan"))
            return [Sample(time.perf_counter() - began, 0)]

    return measure


def log(name: str, program: Program, folder: Path) -> list[Sample]:
    """100 MB from an agent until all of it is stored in PostgreSQL, and what the server grew by."""
    key = folder / "secrets.key"
    key.touch(0o600)
    key.write_text(f"{'A' * 43}=\n")
    with postgres.database() as url:
        settings = {"db": {"url": url}, "secrets_key_file": str(key)}
        with _served(program, folder, settings) as server, agent(program, folder, server, "one", 4):
            connection = server.connection()
            _ended(connection, _execute(connection, "hello"))
            before, began = server.resident_kib(), time.perf_counter()
            _ended(connection, _execute(connection, "log"))
            return [Sample(time.perf_counter() - began, max(0, server.resident_kib() - before))]


def lost(name: str, program: Program, folder: Path) -> list[Sample]:
    """From ``kill -9`` of an agent until its step is lost, with a lease of 3 seconds."""
    settings = {"agents": {"lease": f"{LEASE_S}s"}}
    with _served(program, folder, settings) as server, agent(program, folder, server, "one", 4) as pid:
        connection = server.connection()
        job_id = _execute(connection, "nap")
        _until(lambda: any(int(each["running"]) for each in _get(connection, "/api/workers")))
        os.kill(pid, 9)
        began = time.perf_counter()
        _ended(connection, job_id)
        return [Sample(time.perf_counter() - began, 0)]


def idle(name: str, program: Program, folder: Path) -> list[Sample]:
    """The processor's time that 1,000 idle agents cost the server in a second, and its memory."""
    with _served(program, folder) as server:
        return asyncio.run(_idle(server))


async def _idle(server: running.Running) -> list[Sample]:
    import aiohttp

    from gitflow.dispatch import frames

    async def agent(session: aiohttp.ClientSession, number: int, connected: asyncio.Semaphore) -> None:
        hello = frames.Hello(frames.PROTOCOL, f"{number:032x}", "boot", f"idle-{number}", "bench", 1, (), ())
        async with session.ws_connect(f"http://127.0.0.1:{server.port}/api/agents/link") as socket:
            await socket.send_str(str(frames.dump(hello)))
            await socket.receive()
            connected.release()
            while True:
                await socket.send_str(str(frames.dump(frames.Ping(0))))
                await socket.receive()
                await asyncio.sleep(5.0)

    connected = asyncio.Semaphore(0)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        agents = [asyncio.create_task(agent(session, number, connected)) for number in range(IDLE)]
        for _ in agents:
            await asyncio.wait_for(connected.acquire(), running.TIMEOUT_S)
        before = processor_s(server.pid)
        await asyncio.sleep(IDLE_S)
        sample = Sample((processor_s(server.pid) - before) / IDLE_S, server.resident_kib())
        for task in agents:
            task.cancel()
        await asyncio.gather(*agents, return_exceptions=True)
    return [sample]


def processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


MEASURES: Mapping[str, tuple[Callable[[str, Program, Path], list[Sample]], tuple[str, ...]]] = {
    "agent-begun": (begun, ("gitflow",)),
    "agent-begun-p99": (begun_p99, ("gitflow",)),
    "agents1": (_fan(1, 160), ("gitflow",)),
    "agents20": (_fan(20, 8), ("gitflow",)),
    "agent-log-pg": (log, ("gitflow",)),
    "agent-lost": (lost, ("gitflow",)),
    "agents1000": (idle, ("gitflow",)),
    "agents1000-memory": (idle, ("gitflow",)),
}
