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
from gitflow.runtime.workspaces.plans import DueSchedule, OnServer, OpenJob

if TYPE_CHECKING:
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
    return print_plan(found, replace(made, server=_on_server(backend, row["name"])), options)


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


def _on_server(backend: RemoteBackend, name: str) -> OnServer:
    """What goes on there, from the server's own plan: its base is the active revision, too."""
    found = backend.client.get(path_of("workspaces", name, "plan"))["server"]
    jobs = tuple(
        OpenJob(row["job_id"], row["task"], row["status"], row["revision"], row["retry_of_job_id"])
        for row in found["open_jobs"]
    )
    schedules = tuple(
        DueSchedule(row["trigger"], row["task"], datetime.fromisoformat(row["at"]).timestamp())
        for row in found["schedules"]
    )
    return OnServer(name, jobs, schedules)
