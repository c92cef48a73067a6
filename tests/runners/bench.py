"""A runner with real processes, and what they need: folders, contexts, a list of what was logged."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gitflow.actions.registry import prepare
from gitflow.core.language.definition import Action
from gitflow.core.logs import LogChunk
from gitflow.runners.base import Outcome, StepContext
from gitflow.runners.process_tree import kill_marked
from gitflow.runners.runner import Runner

#: So long no test waits; reaching it is a failure.
FOREVER_S = 60.0


class Bench:
    """One runner, its log, and contexts to start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.chunks: list[LogChunk] = []
        self.tokens: list[str] = []
        self.runner = Runner(prepare, self.chunks.append, time.time)
        for name in ("files/.workflows", "work", "home"):
            (folder / name).mkdir(parents=True)

    def context(
        self, script: str | None = None, *, step: str = "step", type: str = "shell", **given: object
    ) -> StepContext:
        own = self.folder / "attempts" / step
        for name in ("scratch", "artifacts", "needs"):
            (own / name).mkdir(parents=True, exist_ok=True)
        self.tokens.append(os.urandom(12).hex())
        values: dict[str, object] = {
            "action": Action(type=type),
            "workspace": "default",
            "task": "deploy",
            "job_id": "job",
            "step": step,
            "attempt": 1,
            "revision": "abc123",
            "input": {},
            "fields": {},
            "env": {},
            "values": {},
            "script": script,
            "workdir": str(self.folder / "work"),
            "files": str(self.folder / "files"),
            "workflows": str(self.folder / "files/.workflows"),
            "scratch": str(own / "scratch"),
            "artifacts": str(own / "artifacts"),
            "needs": str(own / "needs"),
            "run_token": self.tokens[-1],
            "home": str(self.folder / "home"),
        }
        return StepContext(**{**values, **given})  # type: ignore[arg-type]

    def run(self, script: str | None = None, **given: object) -> Outcome:
        self.runner.start(self.context(script, **given))
        return self.outcome()

    def outcome(self) -> Outcome:
        finished = self.runner.wait(FOREVER_S)
        assert len(finished) == 1, finished
        return finished[0].outcome

    def log(self, stream: str = "stdout", step: str | None = None) -> bytes:
        return b"".join(c.data for c in self.chunks if c.stream == stream and step in (None, c.step))

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Keeps the runner going until something is so that the step brings about."""
        until = time.monotonic() + FOREVER_S
        while not condition():
            assert time.monotonic() < until, "it never came"
            assert not self.runner.wait(0.01), "it ended before"

    def await_line(self, line: bytes) -> None:
        self.wait_for(lambda: line + b"\n" in self.log())


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.runner.stop_all(0.0)
    while made.runner.running:
        made.runner.wait(FOREVER_S)
    made.runner.close()
    with suppress(OSError):
        assert kill_marked(made.tokens, 0.0) == 0, "something was left running"
