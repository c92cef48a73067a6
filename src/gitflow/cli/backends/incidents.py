"""Requests of the commands for incidents."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from gitflow.cli.backends.client import Unreachable, path_of
from gitflow.cli.backends.execute import workspace_with
from gitflow.cli.console.escape import indented, one_line
from gitflow.cli.console.exits import FAILED, OK
from gitflow.cli.console.streams import write_stderr
from gitflow.cli.console.tables import print_value
from gitflow.core.errors import InvalidInput
from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.cli.backends.client import Client
    from gitflow.cli.backends.remote import RemoteBackend
    from gitflow.core.values import JsonObject


#: How often to look whether a drained server has stopped, in seconds.
POLL_S = 0.5


class BackfillOptions(Record):
    begin: str
    end: str
    limit: int
    at_once: int
    dry_run: bool


def switch_triggers(
    client: Client,
    operation: str,
    output: str,
    *,
    triggers: Sequence[str],
    workspace: str | None,
    everything: bool,
    reason: str,
) -> int:
    """``operation``: suspend or unsuspend. 1 if the caller may not do it to some of the triggers."""
    if everything is bool(triggers or workspace):
        raise InvalidInput("name triggers, or a workspace with -w, or all with --all")
    body: JsonObject = {"triggers": list(triggers) or None, "workspace": workspace, "reason": reason or None}
    body = {name: value for name, value in body.items() if value is not None}
    done = client.post(path_of("triggers", operation), {**body, "all": True} if everything else body)
    if output == "table":
        for result in done["results"]:
            _report(operation, result)
    else:
        print_value(done, output)
    return OK if all(result["ok"] for result in done["results"]) else FAILED


def _report(operation: str, result: JsonObject) -> None:
    name = one_line(f"{result['workspace']}/{result['trigger']}")
    refusal = "" if result["ok"] else f": {indented(result['error'], '  ')}"
    write_stderr(f"{operation}: {name}\n" if result["ok"] else f"gitflow: {name}{refusal}\n")


def drain_server(client: Client, output: str, timeout: str | None, reason: str | None, *, wait: bool) -> int:
    """0 once the server is being drained, or with ``wait`` once it has stopped."""
    given: JsonObject = {"timeout": timeout, "reason": reason}
    done = client.post(path_of("drain"), {name: value for name, value in given.items() if value})
    if output == "table":
        steps = "1 step runs" if done["running_steps"] == 1 else f"{done['running_steps']} steps run"
        write_stderr(f"drain: {steps}; the server stops by {done['until']}\n")
    else:
        print_value(done, output)
    if wait:
        with suppress(Unreachable):
            while True:
                client.get(path_of("drain"))
                time.sleep(POLL_S)
    return OK


def backfill_trigger(
    backend: RemoteBackend, name: str, workspace: str | None, options: BackfillOptions, output: str
) -> int:
    """Prints the ids of the jobs; with ``dry_run``, their times."""
    found = workspace or workspace_with(backend, "trigger", name)
    body: JsonObject = {
        "from": options.begin,
        "to": options.end,
        "limit": options.limit,
        "at_once": options.at_once,
        "dry_run": options.dry_run,
    }
    done = backend.client.post(path_of("workspaces", found, "triggers", name, "backfill"), body)
    if output != "table":
        print_value(done, output)
        return OK
    for line in done["times"] if options.dry_run else done["job_ids"]:
        print(one_line(line))
    if not done["times"]:
        write_stderr("the schedule has no time in between\n")
    if done["more"]:
        write_stderr(f"there are more times than {options.limit}; see --limit\n")
    if done["backfill"]:
        write_stderr(f"cancel them all with: gitflow cancel --filter label.backfill={done['backfill']}\n")
    return OK
