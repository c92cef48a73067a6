"""Requests of the commands that change definitions on a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.cli.backends.client import path_of
from gitflow.cli.backends.execute import workspace_with
from gitflow.cli.console.escape import one_line
from gitflow.cli.console.exits import OK
from gitflow.cli.console.streams import write_stderr
from gitflow.cli.console.tables import print_value

if TYPE_CHECKING:
    from gitflow.cli.backends.remote import RemoteBackend
    from gitflow.core.values import JsonObject


def set_enabled(
    backend: RemoteBackend, operation: str, *, trigger: str, workspace: str | None, message: str | None, output: str
) -> int:
    """``operation``: enable or disable. The commit goes to stdout, what became of it to stderr."""
    found = workspace or workspace_with(backend, "trigger", trigger)
    path = path_of("workspaces", found, "triggers", trigger, operation)
    made = backend.client.post(path, {"message": message} if message else {})
    if output != "table":
        print_value(made, output)
        return OK
    print(one_line(made["revision"]))
    write_stderr(f"{operation}: {one_line(f'{found}/{trigger}')} {_described(made)}\n")
    if made["warning"]:
        write_stderr(f"gitflow: {one_line(made['warning'])}\n")
    return OK


def _described(made: JsonObject) -> str:
    if made["status"] == "unchanged":
        return "is so already"
    pull = made["pull_request"]
    where = f"on branch {made['branch']}" + (f", {pull['url'] or pull['number']}" if pull else "")
    active = "" if made["status"] == "proposed" else ", active" if made["active"] else ", not active"
    return one_line(f"is {made['status']} {where}{active}")
