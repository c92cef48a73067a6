"""The rows about a server with many workspaces: its start, and its memory when idle."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.contenders import task_file
from benchmarks.measure import Sample
from benchmarks.peers import Program
from benchmarks.running import gitflow

#: How many tasks each workspace has.
TASKS = 100


def start(program: Program, folder: Path, workspaces: int) -> list[Sample]:
    """The time until it is ready, its workspaces cached as after its first start, and its memory a second later."""
    served = {f"team-{number}": _workspace(folder / f"team-{number}") for number in range(workspaces)}
    settings = {"workspaces": served}
    with gitflow(program, folder, settings=settings):
        pass
    with gitflow(program, folder, settings=settings) as server:
        time.sleep(1)
        return [Sample(server.ready_s, server.resident_kib())]


def _workspace(folder: Path) -> dict[str, str]:
    definitions = folder / ".workflows"
    definitions.mkdir(parents=True)
    for number in range(TASKS):
        (definitions / f"task-{number}.yaml").write_text(task_file(number))
    return {"type": "folder", "path": str(folder)}
