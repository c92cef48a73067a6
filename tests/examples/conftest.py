"""The real command line, each time with a store of its own."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import forked


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
        own = {"GITFLOW_STATE": str(tmp_path / "state"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
        done = forked.run(words, root, {**os.environ, **own, **env})
        return Ran(done.returncode, done.stdout, done.stderr)

    return run
