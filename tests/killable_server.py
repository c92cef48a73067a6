"""A server in a process of its own, which a test may kill and start again."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: So long no test waits; reaching it is a failure.
TIMEOUT_S = 60.0
#: A task that greets, and one whose only step leaves a line in a file of its job, in the folder ``ledger``.
FLOW = """
tasks:
  hello-world:
    input: {{name: {{type: string, default: World}}}}
    flow:
      greet: {{type: shell, cmd: 'echo "Hello, {{{{ input.name }}}}"'}}
  once:
    flow:
      only: {{type: shell, cmd: 'echo begun >> "{ledger}/$GITFLOW_JOB_ID"'}}
"""


def write_secrets_key(folder: Path) -> None:
    """The file that ``secrets_key_file: secrets.key`` names."""
    key = folder / "secrets.key"
    key.touch(0o600)
    key.write_text(base64.b64encode(b"k" * 32).decode())


class Server:
    """A process; its address is read from the line that it prints when it listens."""

    def __init__(self, folder: Path) -> None:
        environ = {**os.environ, "GITFLOW_CACHE": str(folder / "cache"), "GITFLOW_STATE": ""}
        command = [sys.executable, "-m", "gitflow.cli.main", "server", "--config", str(folder / "server-config.yaml")]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environ
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("gitflow server listening on ")
        self.address = line.split()[-1]
        self.until(lambda: self.call("/readyz")[0] == 200)

    def call(self, path: str, body: Any = None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}{path}", data, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def until(self, holds: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + TIMEOUT_S
        while not (found := holds()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return found

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(TIMEOUT_S)


@contextmanager
def servers(folder: Path, flow: str, last_signal: int) -> Iterator[Callable[[], Server]]:
    """A function that starts a server over one workspace, ``w``, with one state directory.

    At the end, those that are still there get ``last_signal``.
    """
    (folder / "ws" / ".workflows").mkdir(parents=True)
    (folder / "ws" / ".workflows" / "a.yaml").write_text(flow)
    config = "listen: 127.0.0.1:0\nstate_dir: state\nworkspaces: {w: {type: folder, path: ws}}\n"
    (folder / "server-config.yaml").write_text(config)
    started: list[Server] = []

    def begin() -> Server:
        started.append(Server(folder))
        return started[-1]

    yield begin
    for server in started:
        if server.process.poll() is None:
            server.process.send_signal(last_signal)
        server.process.communicate(timeout=TIMEOUT_S)
