"""The real command line, each time with a store of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True, slots=True)
class Ran:
    exit_code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        assert self.stdout, f"nothing on stdout; on stderr:\n{self.stderr}"
        return json.loads(self.stdout)


Gitflow = Callable[..., Ran]


@pytest.fixture
def gitflow(tmp_path: Path, root: Path) -> Gitflow:
    """``gitflow("run", "hello-world", "--json", TOKEN="…")``: words of the command line, variables by name."""

    def run(*words: str, **env: str) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "gitflow.cli.main", *words],
            cwd=root,
            env={
                **os.environ,
                "GITFLOW_STATE": str(tmp_path / "state"),
                "XDG_CACHE_HOME": str(tmp_path / "cache"),
                **env,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run
