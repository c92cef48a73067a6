"""Checks whether given values fit the fields that take them, as far as they are known without templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.language.inputs import check_input
from gitflow.core.matching.linear import why_not
from gitflow.core.names import suggestion
from gitflow.definitions.checks.context import REQUEST_KEYS, is_known
from gitflow.definitions.checks.names import FIELD_TYPES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from gitflow.core.language.definition import Field
    from gitflow.core.problems import Problem
    from gitflow.core.values import Json
    from gitflow.definitions.checks.context import Path, Workspace


def steps_give_what_actions_take(workspace: Workspace) -> Iterator[Problem]:
    for path, _, step in workspace.steps():
        action = workspace.snapshot.actions.get(step.action or "")
        if action is not None and not action.suspends:
            yield from _misfits(workspace, action.input, step.input, path, "input", f'action "{action.name}"')


def child_tasks_get_what_they_take(workspace: Workspace) -> Iterator[Problem]:
    for path, _, step in workspace.steps():
        action = workspace.action_of(step)
        child = workspace.snapshot.tasks.get(str(action.fields.get("task"))) if action else None
        if action is not None and action.type == "task" and child is not None:
            yield from _misfits(workspace, child.input, step.input, path, "input", f'task "{child.name}"')


def hooks_give_what_actions_take(workspace: Workspace) -> Iterator[Problem]:
    for path, hook in workspace.hooks():
        action = workspace.snapshot.actions.get(hook.action)
        if action is not None and not action.suspends:
            yield from _misfits(workspace, action.input, hook.input, path, "input", f'action "{action.name}"')


def triggers_give_what_tasks_take(workspace: Workspace) -> Iterator[Problem]:
    for name, trigger in workspace.checked.triggers.items():
        task = workspace.snapshot.tasks.get(trigger.task)
        if task is not None:
            arriving = REQUEST_KEYS if trigger.type == "webhook" else ()
            where = ("triggers", name)
            yield from _misfits(workspace, task.input, trigger.input, where, "input", f'task "{task.name}"', arriving)


def connections_fit_their_types(workspace: Workspace) -> Iterator[Problem]:
    for name, connection in workspace.checked.connections.items():
        kind = workspace.snapshot.connection_types.get(connection.type)
        if kind is not None:
            path = ("connections", name)
            yield from _misfits(workspace, kind.fields, connection.values, path, None, f'type "{kind.name}"')


def _misfits(
    workspace: Workspace,
    fields: Mapping[str, Field],
    given: Mapping[str, Json],
    path: Path,
    key: str | None,
    taker: str,
    arriving: Collection[str] = (),
) -> Iterator[Problem]:
    known = {*FIELD_TYPES, *workspace.snapshot.connection_types}
    checked = {
        name: field
        for name, field in fields.items()
        if _is_checkable(field, known) and is_known(given.get(name)) and not (name in arriving and name not in given)
    }
    values = {name: value for name, value in given.items() if name in checked or name not in fields}
    _, wrong = check_input(checked, values, connections=workspace.connections, also_allowed=arriving)
    inside = path if key is None else (*path, key)
    for name, message in wrong:
        rule = "input-mismatch" if name in fields else "unknown-input"
        what, _, hint = message.partition("; ")
        message = f'input "{name}" of {taker} {what}'
        if name in given:
            hint = hint or (suggestion(name, fields) if name not in fields else "")
            yield workspace.error((*inside, name), rule, message, hint, key=name not in fields)
        elif not fields[name].has_default:
            hint = hint or (f"give `{name}` under `{key}`" if key else f"add `{name}`")
            yield workspace.error(inside, "missing-input", message, hint, key=True)


def _is_checkable(field: Field, known: Collection[str]) -> bool:
    """Problems of the field itself are reported at its declaration."""
    return field.type in known and (field.pattern is None or not why_not(field.pattern)) and is_known(field.default)
