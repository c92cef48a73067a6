"""The installed command, with a state and a cache directory of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import forked
from podman_part import podman
from postgres_part import cluster, new_database

__all__ = ["cluster", "new_database", "podman"]


@dataclass
class Gitflow:
    """Runs ``gitflow`` as a person would, in a folder."""

    folder: Path
    state: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)
    within: tuple[str, ...] = ()  #: the words of a command that runs another where the state directory is seen

    @property
    def environ(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {**kept, "GITFLOW_STATE": str(self.state), "GITFLOW_CACHE": str(self.state / "cache"), "USER": "tester"}

    def start(self, *words: str, **more) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "gitflow.cli.main", *words],
            cwd=self.folder,
            env=self.environ | more.pop("env", {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **more,
        )
        self.started.append(process)
        return process

    def __call__(self, *words: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """To its end; of the start itself, only what comes after the imports (forked.py)."""
        if self.within:
            command = [*self.within, f"--wd={self.folder}", sys.executable, "-m", "gitflow.cli.main", *words]
            environ = self.environ | dict(env or {})
            return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60)
        return forked.run(words, self.folder, self.environ | dict(env or {}), 60)

    def follow(self, script: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Runs the commands of a guide in bash, up to the first that fails; ``gitflow`` is the one under test."""
        program = self.folder.parent / "bin" / "gitflow"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m gitflow.cli.main "$@"\n')
        program.chmod(0o755)
        return subprocess.run(
            ["bash", "-c", f"set -euo pipefail\n{script}"],
            cwd=self.folder,
            env=self.environ | {"PATH": f"{program.parent}:{self.environ['PATH']}", **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=110,
        )

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def job(self, *words: str, status: int = 0) -> dict:
        """The job that ``gitflow run … --json`` prints."""
        done = self("run", *words, "--json")
        assert done.returncode == status, done.stderr
        return json.loads(done.stdout)

    def jobs(self) -> list[dict]:
        done = self("jobs", "-o", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def gitflow(tmp_path: Path) -> Iterator[Gitflow]:
    folder = tmp_path / "workspace"
    (folder / ".workflows").mkdir(parents=True)
    command = Gitflow(folder, tmp_path / "state")
    yield command
    for process in command.started:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)  # so that it ends what it runs
        process.communicate(timeout=30)


def statuses(job: dict) -> dict[str, str]:
    return {step["step_name"]: step["status"] for step in job["steps"]}
