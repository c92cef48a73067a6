"""``gitflow plan --server``: the files at hand against the active revision of a server, and what goes on there."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING

from gitflow.cli.backends.client import path_of
from gitflow.cli.console.locate import locate_config, locate_workspace
from gitflow.cli.local.plan import make_plan, print_plan
from gitflow.core.errors import InvalidInput, NotFound
from gitflow.core.names import closest
from gitflow.core.record import replace
from gitflow.core.status import OPEN_JOB
from gitflow.runtime.clock import Clock
from gitflow.runtime.workspaces.plans import AHEAD_S, MAX_OPEN_JOBS, DueSchedule, OnServer, OpenJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.cli.backends.remote import RemoteBackend
    from gitflow.cli.local.plan import PlanOptions
    from gitflow.core.values import JsonObject


def plan(backend: RemoteBackend, options: PlanOptions, name: str | None) -> int:
    """``name``: of the workspace on the server; None: its only one. Raises GitflowError."""
    if options.head is not None:
        raise InvalidInput("with --server the base is the active revision there: give HEAD alone")
    row = _workspace(backend, name)
    found = locate_workspace(options.workspace, locate_config(os.environ, uses_store=False), os.environ)
    made = make_plan(found, replace(options, base=row["revision"], head=options.base))
    server = OnServer(row["name"], tuple(_open_jobs(backend, row["name"])), tuple(_due(backend, row["name"])))
    return print_plan(found, replace(made, server=server), options)


def _workspace(backend: RemoteBackend, name: str | None) -> JsonObject:
    rows = {row["name"]: row for row in backend.list_workspaces()}
    if name is None and len(rows) != 1:
        raise InvalidInput(f"name the workspace of the server with --server-workspace: {', '.join(sorted(rows))}")
    found = rows.get(name or next(iter(rows)))
    if found is None:
        raise NotFound("workspace", str(name), closest(str(name), rows))
    if found["revision"] is None:
        raise NotFound("active revision of workspace", found["name"])
    return found


def _open_jobs(backend: RemoteBackend, name: str) -> Iterator[OpenJob]:
    wanted = {"workspace": name, "status": list(OPEN_JOB)}
    for row in backend.client.get(path_of("jobs"), {**wanted, "limit": MAX_OPEN_JOBS}):
        yield OpenJob(row["job_id"], row["task_name"], row["status"], row["revision"], row["retry_of_job_id"])


def _due(backend: RemoteBackend, name: str) -> Iterator[DueSchedule]:
    until = Clock().wall() + AHEAD_S
    for row in backend.client.get(path_of("workspaces", name, "triggers")):
        for at in (datetime.fromisoformat(run).timestamp() for run in row["next_runs"][:1]):
            if at <= until:
                yield DueSchedule(row["name"], row["task"], at)
