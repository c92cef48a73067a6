"""``gitflow tasks | actions | triggers | show``: what a workspace defines."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import cast

from gitflow.cli.printing import print_rows, print_value
from gitflow.cli.where import config_here, workspace_for
from gitflow.config import default_cache_dir
from gitflow.core.errors import NotFound
from gitflow.core.names import closest
from gitflow.core.record import fields_of
from gitflow.core.values import is_list
from gitflow.runtime.snapshots import Snapshots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.definition import Action, Task, Trigger
    from gitflow.core.snapshot import Snapshot
    from gitflow.core.values import Json, JsonObject


def list_kind(kind: str, workspace: str | None, output: str) -> int:
    snapshot = _snapshot(workspace)
    row, columns = ROWS[kind]
    rows = [row(snapshot, definition) for definition in getattr(snapshot, kind).values()]
    print_rows(rows, output, columns)
    return 0


def show(name: str, workspace: str | None, output: str) -> int:
    """Tasks before actions before triggers, where one name is several. Raises NotFound."""
    snapshot = _snapshot(workspace)
    for kind in ROWS:
        found = getattr(snapshot, kind).get(name)
        if found is not None:
            print_value({"kind": kind[:-1], **_plain(found)}, "yaml" if output == "table" else output)
            return 0
    known = [*snapshot.tasks, *snapshot.actions, *snapshot.triggers]
    raise NotFound("task, action or trigger", name, closest(name, known))


def _snapshot(workspace: str | None) -> Snapshot:
    config = config_here(os.environ)
    found = workspace_for(workspace, config, os.environ)
    return Snapshots(None, default_cache_dir(os.environ)).load(found, found.resolve())


def task_row(snapshot: Snapshot, task: Task) -> JsonObject:
    """One item of a list of tasks, as the API shows it."""
    row: JsonObject = {
        "name": task.name,
        "workspace": snapshot.workspace,
        "mode": task.mode,
        "has_triggers": any(t.enabled and t.task == task.name for t in snapshot.triggers.values()),
    }
    extra = {"folder": task.folder, "description": task.description}
    return {**row, **{key: text for key, text in extra.items() if text}}


def _action_row(snapshot: Snapshot, action: Action) -> JsonObject:
    return {"name": action.name, "type": action.type, "description": action.description, "tags": list(action.tags)}


def _trigger_row(snapshot: Snapshot, trigger: Trigger) -> JsonObject:
    return {
        "name": trigger.name,
        "type": trigger.type,
        "cron": trigger.fields.get("cron"),
        "task": trigger.task,
        "enabled": trigger.enabled,
        "input": dict(trigger.input),
    }


def _plain(definition: Task | Action | Trigger) -> JsonObject:
    """As written: defaults and empty fields are left out."""
    return _pruned(dict(fields_of(definition)))


def _pruned(tree: JsonObject) -> JsonObject:
    kept: JsonObject = {}
    for key, value in tree.items():
        if key == "where":
            continue
        plain = _plain_value(value)
        if plain not in (None, "", [], {}, False):
            kept[key] = plain
    return kept


def _plain_value(value: Json) -> Json:
    if isinstance(value, str):
        return str(value)
    if hasattr(value, "__match_args__"):
        return _pruned(dict(fields_of(value)))
    if isinstance(value, Mapping):
        return _pruned(dict(cast("Mapping[str, Json]", value)))
    if isinstance(value, frozenset):
        return sorted(str(inner) for inner in cast("frozenset[object]", value))
    return [_plain_value(inner) for inner in value] if is_list(value) else value


#: Kind -> (row of a list, columns of its table).
ROWS: Mapping[str, tuple[Callable[..., JsonObject], Mapping[str, str]]] = {
    "tasks": (
        task_row,
        {"TASK": "name", "FOLDER": "folder", "MODE": "mode", "TRIGGERS": "has_triggers", "DESCRIPTION": "description"},
    ),
    "actions": (_action_row, {"ACTION": "name", "TYPE": "type", "TAGS": "tags", "DESCRIPTION": "description"}),
    "triggers": (
        _trigger_row,
        {"TRIGGER": "name", "TYPE": "type", "TASK": "task", "ENABLED": "enabled", "CRON": "cron"},
    ),
}
