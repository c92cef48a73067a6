"""``gitflow tasks | actions | triggers | show``: what a workspace defines."""

from __future__ import annotations

import os
import sys

from gitflow.cli.console.locate import at_revision, config_here, workspace_for
from gitflow.cli.console.tables import print_rows, print_value
from gitflow.config import default_cache_dir
from gitflow.core.errors import NotFound
from gitflow.core.names import closest
from gitflow.runtime.clock import Clock
from gitflow.runtime.workspaces.snapshots import Snapshots
from gitflow.views.definitions import action_detail, action_row, task_detail, task_row
from gitflow.views.triggers import trigger, trigger_detail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.language.definition import Action, Task, Trigger
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.values import Json, JsonObject


def list_kind(kind: str, workspace: str | None, output: str, rev: str | None = None) -> int:
    snapshot = snapshot_of(workspace, rev)
    row, _ = ROWS[kind]
    rows = [row(snapshot, definition) for definition in getattr(snapshot, kind).values()]
    print_kind(kind, rows, output)
    if not rows:
        print(f"gitflow: workspace {snapshot.workspace!r} has no {kind}", file=sys.stderr)
    return 0


def print_kind(kind: str, rows: list[JsonObject], output: str) -> None:
    """As the API lists them."""
    if output == "table":
        rows = [{**row, "next": row.get("next_runs", [])[:1], "enabled": _switched(row)} for row in rows]
    print_rows(rows, output, ROWS[kind][1])


def _switched(row: JsonObject) -> Json:
    """A server's operator may have suspended a trigger that is committed as enabled."""
    return "suspended" if row.get("suspended") else row.get("enabled")


def show(name: str, workspace: str | None, output: str, rev: str | None = None) -> int:
    """Tasks before actions before triggers, where one name is several. Raises NotFound."""
    snapshot = snapshot_of(workspace, rev)
    for kind, detail in DETAILS.items():
        found = getattr(snapshot, kind).get(name)
        if found is not None:
            print_value(detail(snapshot, found), "yaml" if output == "table" else output)
            return 0
    known = [*snapshot.tasks, *snapshot.actions, *snapshot.triggers]
    raise NotFound("task, action or trigger", name, closest(name, known))


def snapshot_of(workspace: str | None, rev: str | None) -> Snapshot:
    """Raises GitflowError."""
    config = config_here(os.environ, uses_store=False)
    found, revision = at_revision(workspace_for(workspace, config, os.environ), rev)
    return Snapshots(None, default_cache_dir(os.environ)).load(found, revision)


def _action_row(snapshot: Snapshot, action: Action) -> JsonObject:
    return action_row(action)


def _trigger_row(snapshot: Snapshot, found: Trigger) -> JsonObject:
    return trigger(found, Clock().now())


def _task(snapshot: Snapshot, found: Task) -> JsonObject:
    return task_detail(snapshot, found, Clock().now())


def _action(snapshot: Snapshot, found: Action) -> JsonObject:
    return action_detail(found)


def _trigger(snapshot: Snapshot, found: Trigger) -> JsonObject:
    return trigger_detail(found, Clock().now())


#: Kind -> (row of a list, columns of its table).
ROWS: Mapping[str, tuple[Callable[..., JsonObject], Mapping[str, str]]] = {
    "tasks": (
        task_row,
        {"TASK": "name", "FOLDER": "folder", "MODE": "mode", "TRIGGERS": "has_triggers", "DESCRIPTION": "description"},
    ),
    "actions": (_action_row, {"ACTION": "name", "TYPE": "type", "TAGS": "tags", "DESCRIPTION": "description"}),
    "triggers": (
        _trigger_row,
        {"TRIGGER": "name", "TYPE": "type", "TASK": "task", "ENABLED": "enabled", "CRON": "cron", "NEXT": "next"},
    ),
}

#: Kind -> what ``show`` prints of one.
DETAILS: Mapping[str, Callable[..., JsonObject]] = {"tasks": _task, "actions": _action, "triggers": _trigger}
