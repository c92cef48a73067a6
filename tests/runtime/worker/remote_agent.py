"""An agent in another process, behind a pair of sockets. Each line is a word and a record in JSON."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import sys
import threading
from collections import deque

from gitflow.core.logs import LogChunk
from gitflow.runtime.worker.agent import AgentSettings, Report, Stop
from gitflow.runtime.worker.wire import (
    dump_assignment,
    dump_report,
    dump_stop,
    load_assignment,
    load_report,
    load_stop,
)

CLEAR = "clear"


class Lines:
    """Words and texts over a socket."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end
        self._rest = b""
        self._lock = threading.Lock()

    def send(self, word: str, text: str) -> None:
        with self._lock:
            self.end.sendall(f"{word} {text}\n".encode())

    def read(self) -> list[tuple[str, str]] | None:
        """None at the end."""
        data = self.end.recv(1 << 20)
        if not data:
            return None
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [(word, text) for word, _, text in (line.decode().partition(" ") for line in lines)]


def dump_log(chunk: LogChunk) -> str:
    return json.dumps(
        [*(getattr(chunk, name) for name in LogChunk.__match_args__[:-1]), base64.b64encode(chunk.data).decode()]
    )


def load_log(text: str) -> LogChunk:
    *given, data = json.loads(text)
    return LogChunk(*given, base64.b64decode(data))


class NearEnd:
    """The agent as the worker sees it: passes on what the worker's own link gives, and back what the agent says."""

    def __init__(self, link, runner, state_dir: str, settings: AgentSettings) -> None:
        self._link = link
        ours, theirs = socket.socketpair()
        self._lines = Lines(ours)
        self._runner = runner
        given = [str(theirs.fileno()), state_dir, json.dumps([settings.home, dict(settings.pass_env)])]
        with theirs:
            self.process = subprocess.Popen([sys.executable, __file__, *given], pass_fds=[theirs.fileno()])
        runner.register(ours.fileno(), self._take_in)
        self.assigned = 0
        self.reported = 0

    @property
    def is_staging(self) -> bool:
        return self.assigned > self.reported

    def start_claimed(self) -> None:
        while (assignment := self._link.claim()) is not None:
            self.assigned += 1
            self._lines.send("assign", dump_assignment(assignment))

    def send_heartbeat(self) -> None:
        for stop in self._link.heartbeat(()):
            self._lines.send("stop", dump_stop(stop))

    def finish(self, finished) -> None:
        raise AssertionError("the engine's own runner has nothing to run")

    def clear(self, key) -> None:
        self._lines.send(CLEAR, json.dumps(key))

    def _take_in(self) -> None:
        lines = self._lines.read()
        if lines is None:
            return self._runner.unregister(self._lines.end.fileno())
        for word, text in lines:
            if word == "log":
                self._link.log(load_log(text))
            else:
                self.reported += 1
                self._link.report(load_report(text))
                self._runner.wake()
        return None

    def close(self) -> None:
        self._lines.end.close()
        assert self.process.wait(60) == 0


class FarEnd:
    """The engine as the agent sees it."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self.assignments: deque = deque()
        self.stops: list[Stop] = []

    def claim(self):
        return self.assignments.popleft() if self.assignments else None

    def log(self, chunk: LogChunk, /) -> None:
        self._lines.send("log", dump_log(chunk))

    def report(self, report: Report) -> None:
        self._lines.send("report", dump_report(report))

    def heartbeat(self, running):
        given, self.stops = self.stops, []
        return given


def main(fd: str, state_dir: str, settings: str) -> None:
    from gitflow.actions.registry import prepare
    from gitflow.runners.runner import Runner
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.worker.agent import Agent
    from gitflow.runtime.worker.step_dirs import StepDirs
    from gitflow.stores.registry import open_stores
    from gitflow.workspaces.checkouts import Checkouts

    lines = Lines(socket.socket(fileno=int(fd)))
    link = FarEnd(lines)
    runner = Runner(prepare, link.log, Clock().now)
    stores = open_stores(state_dir)
    home, pass_env = json.loads(settings)
    folders = StepDirs(state_dir, Checkouts(state_dir), stores)
    agent = Agent(runner, folders, link, AgentSettings(home, pass_env))
    is_over: list[bool] = []

    def take_in() -> None:
        arrived = lines.read()
        if arrived is None:
            is_over.append(True)
            runner.unregister(lines.end.fileno())
        for word, text in arrived or ():
            if word == "assign":
                link.assignments.append(load_assignment(text))
            elif word == "stop":
                link.stops.append(load_stop(text))
            else:
                agent.clear(tuple(json.loads(text)))
        runner.wake()

    runner.register(lines.end.fileno(), take_in)
    while not is_over:
        for finished in runner.wait():
            agent.finish(finished)
        agent.start_claimed()
        agent.send_heartbeat()
    runner.stop_all(0.0)
    while runner.running:
        runner.wait()
    stores.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
