"""A server of its own process under a mixed load, round after round: nothing grows, nothing is left, nothing is lost.

In a round, some clients do what clients do, all at once: they run jobs, approve, cancel, retry, call webhooks, push,
read lists and details, follow logs and vanish in the middle. After each round they wait until all jobs have ended and
leave, so that what the server then holds is what it always holds. The first third of the rounds warms it up; what it
holds in the last third is no more than in the second.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

SECONDS = float(os.environ.get("STORM_SOAK_SECONDS", "60"))
CLIENTS, DEEDS = 6, 2  #: at once, and how many things each does in a round
#: How long anybody waits for what must come, in seconds.
TIMEOUT_S = 60.0
SECRET = "the secret of pushes"
STDERR = "server.log"
UNKNOWN = "00000000-0000-7000-8000-000000000000"

DEFINITIONS = """
tasks:
  chain:
    flow:
      a: {type: shell, cmd: "echo @revision"}
      b: {type: shell, cmd: "seq 20; echo 'OUTPUT: {}'", depends_on: [a]}
  nap: {flow: {a: {type: sleep, duration: 50ms}}}
  talk: {flow: {a: {type: shell, cmd: "for i in 1 2 3 4 5 6; do seq 50; sleep 0.02; done"}}}
  long: {flow: {a: {type: shell, cmd: "sleep 300 & wait"}}}
  broken: {flow: {a: {type: shell, cmd: "echo no >&2; exit 3"}, b: {type: shell, cmd: "true", depends_on: [a]}}}
  asking: {flow: {ask: {type: approval, message: "Go on?"}, go: {type: sleep, duration: 1ms, depends_on: [ask]}}}
  waiting: {flow: {wait: {type: wait, event: go}}}
triggers:
  called: {type: webhook, task: nap}
  answered: {type: webhook, task: nap, mode: sync}
"""

#: What the server holds at rest, and by how much the last third may exceed the second: a step up, and a part of it.
TOLERANCES = {
    "descriptors": (2, 0.0),
    "threads": (4, 0.0),  # a pool takes on another thread when it is first that busy
    "resident KiB": (3072, 0.02),
    "database KiB": (256, 0.1),
}


@dataclass(frozen=True, slots=True)
class Server:
    process: subprocess.Popen[str]
    url: str
    state: Path

    def holds(self) -> dict[str, int]:
        """Now. Connections that were just closed are gone a moment later: the least of a few looks counts."""
        looks: list[tuple[int, int]] = []
        for _ in range(10):
            looks.append((self._count("fd"), self._count("task")))
            time.sleep(0.01)
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return {
            "descriptors": min(descriptors for descriptors, _ in looks),
            "threads": min(threads for _, threads in looks),
            "resident KiB": int(status.split("VmRSS:")[1].split()[0]),
            "database KiB": (self.state / "gitflow.db").stat().st_size // 1024,
        }

    def _count(self, what: str) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/{what}"))

    def children(self) -> int:
        return len(Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split())


def storm(seed: int, seconds: float | None = None, rounds: int = 3) -> tuple[list[str], dict[str, object]]:
    """What is wrong, and the figures; ``rounds``: so many at least, however slow the machine is."""
    with tempfile.TemporaryDirectory(prefix="gitflow-soak-") as folder:
        remote = Remote(Path(folder))
        server = start(Path(folder), remote)
        try:
            load = Load(server, remote, random.Random(seed))
            asyncio.run(load.go_on(SECONDS if seconds is None else seconds, rounds))
        finally:
            server.process.terminate()
            server.process.communicate(timeout=TIMEOUT_S)
        wrong = load.findings() + errors_of((Path(folder) / STDERR).read_text())
        if server.process.returncode:
            wrong.append(f"the server ended with {server.process.returncode}")
        return wrong, load.figures() | {"KiB of state": size_of(server.state) // 1024}


def start(folder: Path, remote: Remote) -> Server:
    """A server that is ready and serves the repository."""
    workspace = {"type": "git", "url": remote.url, "push_secret": SECRET}
    config = {
        "listen": "127.0.0.1:0",
        "state_dir": str(folder / "state"),
        "db": {"synchronous": "normal"},
        "workspaces": {"w": workspace},
        "worker": {"slots": 4},
    }
    (folder / "server-config.yaml").write_text(json.dumps(config))
    with (folder / STDERR).open("w") as stderr:  # a pipe that nobody reads would be full one day
        process = subprocess.Popen(
            [sys.executable, "-m", "gitflow.cli.main", "server", "--config", str(folder / "server-config.yaml")],
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "GITFLOW_CACHE": str(folder / "cache")},
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    assert process.stdout is not None
    line = process.stdout.readline()
    if "listening on" not in line:
        process.communicate()
        raise RuntimeError(f"the server did not start: {(folder / STDERR).read_text()}")
    return Server(process, line.split()[-1], folder / "state")


def errors_of(stderr: str) -> list[str]:
    return [f"the server wrote: {line}" for line in stderr.splitlines() if "Traceback" in line or "ERROR" in line]


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


class Remote:
    """A work tree, and the bare repository that it pushes to."""

    def __init__(self, folder: Path) -> None:
        self._work, self._bare = folder / "work", folder / "origin.git"
        self._revisions = 0
        self._git("init", "-q", "-b", "main", str(self._work), cwd=folder)
        self._git("init", "-q", "--bare", "-b", "main", str(self._bare), cwd=folder)
        self.url = f"file://{self._bare}"
        self.push()

    def push(self) -> str:
        self._revisions += 1
        (self._work / ".workflows").mkdir(exist_ok=True)
        (self._work / ".workflows/a.yaml").write_text(DEFINITIONS.replace("@revision", str(self._revisions)))
        self._git("add", "-A")
        self._git("-c", "user.name=Soak", "-c", "user.email=soak@localhost", "commit", "-q", "-m", "change")
        self._git("push", "-q", str(self._bare), "HEAD:main")
        return self._git("rev-parse", "HEAD")

    def _git(self, *words: str, cwd: Path | None = None) -> str:
        done = subprocess.run(["git", *words], cwd=cwd or self._work, check=True, capture_output=True, text=True)
        return done.stdout.strip()


class Wrong(Exception):
    """An answer that is not the one that must come."""


class Load:
    """Each ``do_…`` is one thing that a client does; what it waits for has come when it is over."""

    def __init__(self, server: Server, remote: Remote, chance: random.Random) -> None:
        self._server = server
        self._remote = remote
        self._chance = chance
        self._http: aiohttp.ClientSession
        self._pushing = asyncio.Lock()
        self._deeds = [getattr(self, name) for name in dir(self) if name.startswith("do_")]
        self._done: Counter[str] = Counter()
        self._requests = 0
        self._ends: Counter[str] = Counter()
        self._held: list[dict[str, int]] = []
        self._wrong: list[str] = []

    async def go_on(self, seconds: float, rounds: int) -> None:
        await self._ready()
        until = time.monotonic() + seconds
        while (time.monotonic() < until or len(self._held) < rounds) and not self._wrong:
            async with self._client() as self._http:
                # Every deed is done in the first round, so that it is no news in a later one.
                deeds = self._chance.choices(self._deeds, k=CLIENTS * DEEDS) if self._held else self._deeds
                await asyncio.gather(*(self._client_does(deeds[n::CLIENTS]) for n in range(CLIENTS)))
                await self._all_ended()
            self._held.append(self._server.holds())
            if len(self._held) % 4 == 0:
                await asyncio.to_thread(self._sweep)

    def _client(self) -> aiohttp.ClientSession:
        """Some connections are used again and others are not."""
        connector = aiohttp.TCPConnector(force_close=self._chance.random() < 0.5)
        return aiohttp.ClientSession(self._server.url, connector=connector)

    async def _ready(self) -> None:
        """The repository has been read once."""
        async with self._client() as self._http, asyncio.timeout(TIMEOUT_S):
            while (await self._http.get("/readyz")).status != 200:
                await asyncio.sleep(0.02)

    async def _client_does(self, deeds: Sequence[Callable[[], Awaitable[None]]]) -> None:
        for deed in deeds:
            self._done[deed.__name__.removeprefix("do_")] += 1
            try:
                async with asyncio.timeout(TIMEOUT_S):
                    await deed()
            except (Wrong, TimeoutError, aiohttp.ClientError) as error:
                self._wrong.append(f"{deed.__name__}: {type(error).__name__} {error}")

    async def _all_ended(self) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                while "gitflow_open_jobs 0" not in await self._text("/metrics") or self._server.children():
                    await asyncio.sleep(0.02)
        except TimeoutError:
            self._wrong.append("not all jobs have ended, or processes are left")

    def _sweep(self) -> None:
        """By another process, while the server serves."""
        command = [sys.executable, "-m", "gitflow.cli.main", "gc", "--older-than", "0s"]
        command += ["--state-dir", str(self._server.state)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
        if done.returncode:
            self._wrong.append(f"gc ended with {done.returncode}: {done.stderr}")

    async def do_a_chain(self) -> None:
        await self._ended(await self._execute("chain"), "completed")

    async def do_a_nap(self) -> None:
        await self._ended(await self._execute("nap"), "completed")

    async def do_a_retry(self) -> None:
        job_id = await self._execute("broken")
        await self._ended(job_id, "failed")
        again = await self._ask("POST", f"/api/jobs/{job_id}/retry", {})
        await self._ended(again["job_id"], "failed")

    async def do_an_approval(self) -> None:
        job_id = await self._execute("asking")
        is_approved = self._chance.random() < 0.5
        await self._suspended(job_id)
        await self._ask("POST", f"/api/jobs/{job_id}/steps/ask/approve", {"approved": is_approved})
        await self._ended(job_id, "completed" if is_approved else "failed")

    async def do_an_event(self) -> None:
        job_id = await self._execute("waiting")
        await self._ask("POST", f"/api/jobs/{job_id}/events/go", {"a": 1})
        await self._ended(job_id, "completed")

    async def do_a_cancel(self) -> None:
        job_id = await self._execute(self._chance.choice(("long", "asking", "waiting")))
        await self._ask("POST", f"/api/jobs/{job_id}/cancel")
        await self._ended(job_id, "cancelled")

    async def do_a_deletion(self) -> None:
        job_id = await self._execute("nap")
        await self._ended(job_id, "completed")
        await self._ask("DELETE", f"/api/jobs/{job_id}")
        await self._ask("GET", f"/api/jobs/{job_id}", status=404)

    async def do_a_webhook(self) -> None:
        await self._ended((await self._ask("POST", "/hooks/w/called", {"n": 1}))["job_id"], "completed")

    async def do_a_webhook_that_answers(self) -> None:
        accepted = await self._ask("POST", "/hooks/w/answered", {"n": 1})
        await self._ended(accepted["job_id"], "completed")

    async def do_reads(self) -> None:
        for path in ("/api/jobs?limit=20", "/api/workspaces", "/api/workspaces/w/tasks/chain", "/api/workers", "/docs"):
            await self._text(path)
        for job in (await self._ask("GET", "/api/jobs?limit=3&status=completed"))[:3]:
            await self._text(f"/api/jobs/{job['job_id']}/logs", ok=(200, 404))  # it may have been deleted meanwhile

    async def do_mistakes(self) -> None:
        await self._ask("GET", f"/api/jobs/{UNKNOWN}", status=404)
        await self._ask("POST", "/api/workspaces/w/tasks/chain/execute", {"input": {"unknown": 1}}, status=400)

    async def do_a_follower(self) -> None:
        job_id = await self._execute("talk")
        async with self._http.ws_connect(f"/api/jobs/{job_id}/logs/stream") as socket:
            lines = [line async for message in socket for line in message.data.splitlines()]
        numbers = [json.loads(line)["line"] for line in lines if json.loads(line)["stream"] == "stdout"]
        if numbers != [str(n) for _ in range(6) for n in range(1, 51)]:
            raise Wrong(f"a follower was told {len(numbers)} lines, or others, of 300")
        await self._ended(job_id, "completed")

    async def do_a_follower_that_vanishes(self) -> None:
        job_id = await self._execute("talk")
        async with aiohttp.ClientSession(self._server.url) as vanishing:
            socket = await vanishing.ws_connect(f"/api/jobs/{job_id}/logs/stream")
            await socket.receive()
            connection = socket._response.connection
            assert connection is not None
            assert connection.transport is not None
            connection.transport.abort()
        await self._ended(job_id, "completed")

    async def do_a_push(self) -> None:
        async with self._pushing:
            sha = await asyncio.to_thread(self._remote.push)
            body = json.dumps({"ref": "refs/heads/main", "after": sha}).encode()
            signed = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
            headers = {"X-Hub-Signature-256": f"sha256={signed}", "Content-Type": "application/json"}
            async with self._http.post("/hooks/_push/w", data=body, headers=headers) as reply:
                if reply.status != 202:
                    raise Wrong(await reply.text())
            async for one in self._again("/api/workspaces/w"):
                if one["revision"] == sha:
                    return

    async def _execute(self, task: str) -> str:
        return (await self._ask("POST", f"/api/workspaces/w/tasks/{task}/execute", {}))["job_id"]

    async def _ended(self, job_id: str, status: str) -> None:
        async for job in self._again(f"/api/jobs/{job_id}"):
            if job["completed_at"]:
                self._ends[job["status"]] += 1
                if job["status"] != status:
                    raise Wrong(f"{job['task_name']} is {job['status']}, and not {status}: {job}")
                return

    async def _suspended(self, job_id: str) -> None:
        async for job in self._again(f"/api/jobs/{job_id}"):
            if any(step["status"] == "suspended" for step in job["steps"]):
                return

    async def _again(self, path: str) -> AsyncIterator[Any]:
        while True:
            yield await self._ask("GET", path)
            await asyncio.sleep(0.03)

    async def _ask(self, method: str, path: str, body: object = None, status: int | None = None) -> Any:
        self._requests += 1
        async with self._http.request(method, path, json=body) as reply:
            if reply.status != status if status else reply.status >= 300:
                raise Wrong(f"{method} {path} answered {reply.status} {await reply.text()}")
            return await reply.json() if reply.content_type == "application/json" else None

    async def _text(self, path: str, ok: Sequence[int] = (200,)) -> str:
        self._requests += 1
        async with self._http.get(path) as reply:
            if reply.status not in ok:
                raise Wrong(f"{path} answered {reply.status}")
            return await reply.text()

    def findings(self) -> list[str]:
        return self._wrong + grown(self._held)

    def figures(self) -> dict[str, object]:
        held = {f"{what} at first": self._held[0][what] for what in TOLERANCES}
        last = {f"{what} at last": self._held[-1][what] for what in TOLERANCES}
        return {"rounds": len(self._held), "requests": self._requests, **self._done, **self._ends, **held, **last}


def grown(held: Sequence[dict[str, int]]) -> list[str]:
    """What there is more of in the last third of the rounds than in the second, beyond its tolerance.

    The median of a third is what stays: what grows by a little each round grows in it, and a peak does not.
    """
    third = len(held) // 3
    if not third:
        return [f"{len(held)} rounds are too few to tell"]
    wrong: list[str] = []
    for what, (step, part) in TOLERANCES.items():
        before = statistics.median(one[what] for one in held[third : 2 * third])
        after = statistics.median(one[what] for one in held[-third:])
        if after > before * (1 + part) + step:
            wrong.append(f"{what} grew from {before:.0f} to {after:.0f}: {[one[what] for one in held]}")
    return wrong
