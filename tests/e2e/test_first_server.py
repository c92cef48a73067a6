"""A new user's first server: commit, push, execute, follow, break a file, restart, lose the power, mend."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

SECRET = "0123456789abcdef0123456789abcdef"
CONFIG = f"""
listen: 127.0.0.1:0
db: {{synchronous: normal}}
workspaces:
  shop: {{type: git, url: shop, ref: main, poll_interval_secs: 3600, push_secret: {SECRET}}}
"""
COUNT = """
tasks:
  count:
    input:
      to: {type: integer, default: 40}
    flow:
      say: {type: shell, cmd: "for i in $(seq {{ input.to }}); do echo line $i; sleep 0.01; done"}
"""
LONG = """
tasks:
  long:
    input:
      gate: {required: true}
    flow:
      work:
        type: shell
        retry: {max_attempts: 2}
        cmd: |
          test "$GITFLOW_ATTEMPT" = 1 || exit 0
          echo up > {{ input.gate }}
          sleep 600
      after: {type: shell, depends_on: [work], cmd: echo done}
"""


class Shop:
    """The user's folder: a repository, a configuration, and the server that follows the one by the other."""

    def __init__(self, gitflow, folder: Path) -> None:
        self._gitflow = gitflow
        self._folder = folder
        self._repository = folder / "shop"
        self._repository.mkdir()
        (folder / "server-config.yaml").write_text(CONFIG)
        self._git("init", "-q", "-b", "main")
        self._git("config", "user.email", "ada@example.com")
        self._git("config", "user.name", "Ada")
        self.url = ""

    def _git(self, *words: str) -> str:
        done = subprocess.run(["git", *words], cwd=self._repository, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, name: str, text: str) -> str:
        (self._repository / ".workflows").mkdir(exist_ok=True)
        (self._repository / ".workflows" / name).write_text(text)
        self._git("add", "-A")
        self._git("commit", "-qm", f"Change {name}")
        return self._git("rev-parse", "HEAD")

    def start(self) -> subprocess.Popen[str]:
        process = self._gitflow.start("server", "--config", str(self._folder / "server-config.yaml"))
        line = process.stdout.readline()
        assert line.startswith("gitflow server listening on http://"), process.communicate()
        self.url = line.split()[-1]
        self.until("/readyz", lambda ready: ready["status"] == "ok")
        return process

    def ask(self, path: str, body: object = None, headers: dict[str, str] | None = None) -> dict:
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json", **(headers or {})})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def until(self, path: str, is_so: Callable[[dict], bool]) -> dict:
        """The test's own limit ends it."""
        while True:
            try:
                found = self.ask(path)
            except urllib.error.HTTPError as error:
                if error.code != 503:
                    raise
            else:
                if is_so(found):
                    return found

    def tell_of_push(self, revision: str) -> None:
        """As GitHub does."""
        body = json.dumps({"ref": "refs/heads/main", "after": revision}).encode()
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {"X-GitHub-Event": "push", "X-Hub-Signature-256": f"sha256={signature}"}
        assert self.ask("/hooks/_push/shop", body, headers)["accepted"]

    def push(self, name: str, text: str) -> str:
        revision = self.commit(name, text)
        self.tell_of_push(revision)
        return revision

    @property
    def workspace(self) -> dict:
        return self.ask("/api/workspaces/shop")

    def execute(self, task: str, given: dict[str, object] | None = None) -> str:
        return self.ask(f"/api/workspaces/shop/tasks/{task}/execute", {"input": given or {}})["job_id"]

    def ended(self, job_id: str) -> dict:
        return self.until(f"/api/jobs/{job_id}", lambda job: job["completed_at"] is not None)

    async def follow(self, job_id: str) -> tuple[list[str], int | None]:
        """Every line, and how the connection was closed."""
        lines: list[str] = []
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{self.url}/api/jobs/{job_id}/logs/stream") as socket,
        ):
            async for message in socket:
                lines += [json.loads(line)["line"] for line in message.data.splitlines()]
            return lines, socket.close_code


@pytest.fixture
def shop(gitflow, tmp_path: Path) -> Shop:
    return Shop(gitflow, tmp_path)


def stop(process: subprocess.Popen[str], number: int) -> int:
    process.send_signal(number)
    process.communicate(timeout=30)
    return process.returncode


def test_the_first_hour_with_a_server(shop: Shop, gitflow, tmp_path: Path):
    first = shop.commit("hello.yaml", "tasks: {hello: {flow: {say: {type: shell, cmd: 'echo hello'}}}}")
    server = shop.start()
    assert (shop.workspace["revision"], shop.workspace["tasks_count"]) == (first, 1)

    # What is pushed is listed at its revision, and executed.
    good = shop.push("count.yaml", COUNT)
    shop.until("/api/workspaces/shop", lambda found: found["revision"] == good)
    assert {task["name"] for task in shop.ask("/api/workspaces/shop/tasks")} == {"hello", "count"}
    job_id = shop.execute("count", {"to": 60})

    # Its log is followed by several, from before it has ended until it has.
    async def followed() -> list[tuple[list[str], int | None]]:
        return await asyncio.gather(*(shop.follow(job_id) for _ in range(5)))

    assert asyncio.run(followed()) == [([f"line {number}" for number in range(1, 61)], 1000)] * 5
    assert (shop.ended(job_id)["status"], shop.ended(job_id)["revision"]) == ("completed", good)
    said = gitflow("trigger", "count", "-i", "to=3", "--follow", "--server", shop.url)
    assert (said.returncode, said.stdout) == (0, "say | line 1\nsay | line 2\nsay | line 3\n"), said.stderr

    # A broken file: the last good revision is served on, and what is wrong with the other is shown.
    broken = shop.push("broken.yaml", "tasks: {bad: {flow: {a: {type: shel, cmd: x}}}}")
    shown = shop.until("/api/workspaces/shop", lambda found: found["candidate"] is not None)
    assert (shown["revision"], shown["candidate"]["revision"]) == (good, broken)
    [problem] = shown["candidate"]["problems"]
    assert (problem["file"], problem["line"]) == (".workflows/broken.yaml", 1)
    assert shop.ended(shop.execute("hello"))["revision"] == good
    said = gitflow("refresh", "shop", "--server", shop.url)
    assert f"{broken[:12]} is refused" in said.stderr
    assert ".workflows/broken.yaml:1" in said.stderr

    # What is served stays, though nothing has used it for long and no job refers to it.
    checkouts = {path.name: path for path in (gitflow.state / "checkouts").glob("*/*")}
    assert {first, good} <= set(checkouts)
    for path in checkouts.values():
        os.utime(path, (0, 0))
    said = gitflow("gc", "--older-than", "0s")
    assert said.returncode == 0, said.stderr
    assert [path.name for path in (gitflow.state / "checkouts").glob("*/[!.]*")] == [good]
    assert shop.ended(shop.execute("hello"))["status"] == "completed"

    # A restart changes nothing of that.
    assert stop(server, signal.SIGTERM) == 0
    server = shop.start()
    assert (shop.workspace["revision"], shop.workspace["candidate"]["revision"]) == (good, broken)

    # Mended; then the power goes while a job runs, and somebody pushes meanwhile.
    mended = shop.push("broken.yaml", LONG)
    shop.until("/api/workspaces/shop", lambda found: found["revision"] == mended and found["candidate"] is None)
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    job_id = shop.execute("long", {"gate": str(gate)})
    assert gate.read_text() == "up\n"
    assert stop(server, signal.SIGKILL) == -signal.SIGKILL
    newest = shop.commit("broken.yaml", "tasks: {}")
    server = shop.start()
    job = shop.ended(job_id)
    assert (job["status"], job["revision"]) == ("completed", mended)
    assert [(step["status"], step["attempt"]) for step in job["steps"]] == [("completed", 2), ("completed", 1)]
    shop.until("/api/workspaces/shop", lambda found: found["revision"] == newest)
    assert shop.ask(f"/api/jobs/{job_id}/explain")["steps"][0]["explanation"].startswith("it completed at attempt 2")
    assert stop(server, signal.SIGTERM) == 0
