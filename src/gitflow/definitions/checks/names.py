"""Checks that the actions, tasks, connections and types that definitions refer to exist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gitflow.core.language.definition import ACTION_TYPES
from gitflow.core.names import suggestion
from gitflow.core.templates.texts import has_template
from gitflow.core.values import is_object
from gitflow.definitions.checks.context import is_known
from gitflow.definitions.checks.expressions import texts_in
from gitflow.definitions.source.messages import near_option

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitflow.core.problems import Problem
    from gitflow.core.values import Json
    from gitflow.definitions.checks.context import Path, Workspace

#: The built-in types of fields; every other type is a connection type.
FIELD_TYPES = frozenset({"string", "text", "integer", "number", "boolean", "date", "datetime", "array", "object"})

#: What other systems call a type -> what to write for it.
_TYPES_OF_OTHERS = {
    "password": "write `type: string, secret: true`",
    "secret": "write `type: string, secret: true`",
    **dict.fromkeys(("choice", "select", "enum"), "write `type: string, options: [a, b]`"),
    "multiselect": "write `type: string, options: [a, b], multiple: true`",
}

#: A template that begins with a name which templates know.
_MEANT = re.compile(r"\{\{-?\s*(?:input|secret|job|each|hook|event)\s*[.\[][^{}]*\}\}")


def actions_exist(workspace: Workspace) -> Iterator[Problem]:
    known = workspace.snapshot.actions
    for path, _, step in workspace.steps():
        if step.action is not None:
            yield from _check_exists(
                workspace, "action", step.action, known, (*path, "action"), f'step "{step.name}" runs'
            )


def child_tasks_exist(workspace: Workspace) -> Iterator[Problem]:
    for path, action in workspace.actions():
        name = action.fields.get("task")
        if action.type == "task" and isinstance(name, str):
            yield from _check_exists(workspace, "task", name, workspace.snapshot.tasks, (*path, "task"), "this starts")


def triggered_tasks_exist(workspace: Workspace) -> Iterator[Problem]:
    known = workspace.snapshot.tasks
    for name, trigger in workspace.checked.triggers.items():
        path = ("triggers", name)
        yield from _check_exists(workspace, "task", trigger.task, known, (*path, "task"), f'trigger "{name}" starts')
        watched: Json = trigger.fields.get("on")
        if trigger.type == "event" and is_object(watched) and "task" in watched:
            where = (*path, "on", "task")
            yield from _check_exists(workspace, "task", str(watched["task"]), known, where, f'trigger "{name}" watches')


def hooked_actions_exist(workspace: Workspace) -> Iterator[Problem]:
    for path, hook in workspace.hooks():
        yield from _check_exists(
            workspace, "action", hook.action, workspace.snapshot.actions, (*path, "action"), "this hook runs"
        )


def connections_exist(workspace: Workspace) -> Iterator[Problem]:
    known = workspace.snapshot.connections
    for path, action in workspace.actions():
        name = action.fields.get("connection")
        if isinstance(name, str) and is_known(name):
            yield from _check_exists(workspace, "connection", name, known, (*path, "connection"), "this uses")


def connection_types_exist(workspace: Workspace) -> Iterator[Problem]:
    known = workspace.snapshot.connection_types
    for name, connection in workspace.checked.connections.items():
        path = ("connections", name, "type")
        yield from _check_exists(workspace, "connection type", connection.type, known, path, f'connection "{name}" has')
    for path, field in workspace.fields():
        if field.type not in FIELD_TYPES and field.type not in known:
            message = (
                f'field "{field.name}" has the type "{field.type}", which is neither built in nor a connection type'
            )
            hint = _TYPES_OF_OTHERS.get(field.type) or near_option(field.type, [*FIELD_TYPES, *known])
            hint = hint or f"write one of {', '.join(sorted(FIELD_TYPES))}"
            yield workspace.error((*path, "type"), "unknown-type", message, hint)


def connection_types_have_names_of_their_own(workspace: Workspace) -> Iterator[Problem]:
    for name in FIELD_TYPES & workspace.checked.connection_types.keys():
        message = f'"{name}" is a built-in type of fields, so no field could use this connection type'
        yield workspace.error(("connection_types", name), "ambiguous-name", message, "choose another name", key=True)


def unrendered_fields_have_no_templates(workspace: Workspace) -> Iterator[Problem]:
    """Above all ``dependencies``: a value must never choose a package."""
    for path, value, hint in _written_out(workspace):
        for text, where in texts_in(value, path):
            if has_template(text):
                message = f"`{path[-1]}` is used literally: its templates are never rendered"
                yield workspace.error(where, "template-not-rendered", message, hint)


def python_takes_its_values_from_its_input(workspace: Workspace) -> Iterator[Problem]:
    """Braces alone may be Python's own, as in an f-string; a name of ours in them is meant to be rendered."""
    for path, action in workspace.actions():
        code = action.fields.get("code")
        found = _MEANT.search(code) if isinstance(code, str) and "{{" in code else None
        if found is not None:
            message = f"`code` is not rendered: Python gets `{found[0].strip()}` as it stands"
            hint = 'give the step an `input` and read it: json.load(open(os.environ["GITFLOW_INPUT"]))'
            yield workspace.warning((*path, "code"), "template-not-rendered", message, hint)


def _written_out(workspace: Workspace) -> Iterator[tuple[Path, Json, str]]:
    """Fields that are not rendered although others beside them are, with what to write."""
    for path, action in workspace.actions():
        hint = "write the names of the packages; values may not choose what is installed"
        yield (*path, "dependencies"), action.fields.get("dependencies"), hint
        yield (*path, "tags"), list(action.tags), "write the tags of the workers"
    for name, task in workspace.checked.tasks.items():
        yield ("tasks", name, "labels"), dict(task.labels), "write the label, or set it when the job is started"
    for name, trigger in workspace.checked.triggers.items():
        for key in ("paths", "branches") if trigger.type == "push" else ():
            yield ("triggers", name, key), trigger.fields.get(key), "write globs: `*`, `**`, `?`, `[…]`"


def _check_exists(
    workspace: Workspace, kind: str, name: str, known: Mapping[str, object], path: Path, who: str
) -> Iterator[Problem]:
    if name not in known and is_known(name):
        rule = f"unknown-{kind.replace(' ', '-')}"
        hint = suggestion(name, known) or f"define it: `{kind.replace(' ', '_')}s: {{{name}: …}}`"
        if kind == "action" and name in ACTION_TYPES:
            hint = f"{name} is a type of action: write `type: {name}` in place of `action: {name}`"
        yield workspace.error(path, rule, f'{who} the {kind} "{name}", which does not exist', hint)
