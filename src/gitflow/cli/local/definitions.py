"""Reads the tasks, actions and triggers of a workspace on this machine."""

from __future__ import annotations

import os

from gitflow.cli.console.locate import at_revision, locate_config, locate_workspace
from gitflow.cli.console.streams import write_stderr
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
    from gitflow.core.values import JsonObject


def list_definitions(kind: str, workspace: str | None, rev: str | None) -> list[JsonObject]:
    """``kind``: tasks, actions or triggers. Reports on stderr if there are none."""
    snapshot = load_snapshot(workspace, rev)
    row, _ = VIEWS[kind]
    rows = [row(snapshot, definition) for definition in getattr(snapshot, kind).values()]
    if not rows:
        write_stderr(f"gitflow: workspace {snapshot.workspace!r} has no {kind}\n")
    return rows


def find_definition(name: str, workspace: str | None, rev: str | None) -> JsonObject:
    """Tasks before actions before triggers, where several definitions share a name. Raises NotFound."""
    snapshot = load_snapshot(workspace, rev)
    for kind, (_, detail) in VIEWS.items():
        found = getattr(snapshot, kind).get(name)
        if found is not None:
            return detail(snapshot, found)
    known = [*snapshot.tasks, *snapshot.actions, *snapshot.triggers]
    raise NotFound("task, action or trigger", name, closest(name, known))


def load_snapshot(workspace: str | None, rev: str | None) -> Snapshot:
    """Raises GitflowError."""
    config = locate_config(os.environ, uses_store=False)
    found, revision = at_revision(locate_workspace(workspace, config, os.environ), rev)
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


#: Kind -> (its row in a list, its detail).
VIEWS: Mapping[str, tuple[Callable[..., JsonObject], Callable[..., JsonObject]]] = {
    "tasks": (task_row, _task),
    "actions": (_action_row, _action),
    "triggers": (_trigger_row, _trigger),
}
