"""Checks every template of a snapshot against the names that are known in its place before a run.

Each place has a scope (``scopes.py``); ``expressions.py`` finds the names that a text uses. Values from outside
(a request's body, an event) may have any member.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.problems import Problem
from gitflow.core.record import replace
from gitflow.core.values import is_object
from gitflow.definitions.checks.context import REQUEST_KEYS, list_hooks
from gitflow.definitions.checks.expressions import Findings, findings_of, texts_in, unknown_function
from gitflow.definitions.checks.scopes import END_MEMBERS, PUSH_MEMBERS, SCHEDULE_MEMBERS, Flow, StaticScope, check_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gitflow.core.language.definition import Action, Field, Hooks, Step, Task, Trigger
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.templates.parse import Path
    from gitflow.core.values import Json
    from gitflow.definitions.checks.context import Workspace
    from gitflow.definitions.source.base import Locations

    #: A text with a template, its kind (see ``expressions.py``), its path, and its scope.
    Spot = tuple[str, str, Path, StaticScope]

#: Fields of an action that hold programs or names and are not rendered.
VERBATIM = frozenset({"code", "script", "task", "dependencies", "shell", "errexit"})

#: Fields of an action that are declarations.
DECLARING = frozenset({"type", "name", "description", "input", "output", "env", "tags", "retry"})

#: The ``input`` of a child task holds values, not declarations.
_NOT_TEMPLATES = {"task": (VERBATIM | DECLARING) - {"input"}}

#: Type of trigger -> the scope of its input; for ``event``, the end of a job. A request, or an event that somebody
#: sent, may have any member.
ARRIVING: Mapping[str, StaticScope] = {
    "scheduler": StaticScope(event=SCHEDULE_MEMBERS),
    "webhook": StaticScope(others=frozenset({"input", *REQUEST_KEYS})),
    "event": StaticScope(event=END_MEMBERS),
    "push": StaticScope(event=PUSH_MEMBERS),
}
_SENT = StaticScope(others=frozenset({"event"}))


def problems_of(workspace: Workspace) -> Iterator[Problem]:
    """Every problem of every checked template, in the order of the definitions."""
    for spots in SPOTS:
        for text, kind, path, scope in spots(workspace):
            yield from _problems(text, kind, path, scope, workspace.locations)


def _problems(text: str, kind: str, path: Path, scope: StaticScope, locations: Locations) -> Iterator[Problem]:
    findings = findings_of(text, kind)
    calls = (unknown_function(*call, scope.others) for call in findings.calls if call[0] not in scope.others)
    for fault in (*findings.faults, *calls):
        yield Problem.at(locations.inside(path, fault.offset), fault.rule, fault.message, fault.hint)
    yield from _of_names(findings, path, scope, locations)


def _of_names(findings: Findings, path: Path, scope: StaticScope, locations: Locations) -> Iterator[Problem]:
    called = {name for name, _ in findings.calls}
    for use in findings.uses:
        found = check_name(scope, use.path)
        if found and found.missing not in findings.guarded and found.missing[0] not in called:
            where = locations.inside(path, use.offset)
            yield Problem.at(where, found.rule, found.message, found.hint, found.severity)


def _texts(value: Json, path: Path, scope: StaticScope) -> Iterator[Spot]:
    for text, inner in texts_in(value, path):
        yield text, "text", inner, scope


def _of_secrets(workspace: Workspace) -> Iterator[Spot]:
    scope = StaticScope(has_env=True, others=frozenset({"file", "sops"}))
    for name, value in workspace.checked.secrets.items():
        yield from _texts(value, ("secrets", name), scope)


def _of_connections(workspace: Workspace) -> Iterator[Spot]:
    scope = StaticScope(secrets=workspace.snapshot.secrets)
    for name, connection in workspace.checked.connections.items():
        yield from _texts(dict(connection.values), ("connections", name), scope)


def _of_actions(workspace: Workspace) -> Iterator[Spot]:
    for name, action in workspace.checked.actions.items():
        scope = StaticScope(
            input=action.input,
            any_input=action.suspends and not action.input,
            secrets=workspace.snapshot.secrets,
            has_job=True,
        )
        yield from _of_action(action, ("actions", name), scope)


def _of_action(action: Action, path: Path, scope: StaticScope) -> Iterator[Spot]:
    for key, value in action.fields.items():
        if key == "cmd" and isinstance(value, str):
            yield value, "shell" if action.type == "shell" else "script", (*path, key), scope
        elif key not in _NOT_TEMPLATES.get(action.type, VERBATIM | DECLARING):
            yield from _texts(value, (*path, key), scope)
    yield from _texts(dict(action.env), (*path, "env"), scope)


def _of_tasks(workspace: Workspace) -> Iterator[Spot]:
    snapshot, requested = workspace.snapshot, requested_tasks(workspace.snapshot)
    for name, task in workspace.checked.tasks.items():
        arriving = dict.fromkeys(REQUEST_KEYS) if name in requested else {}
        yield from _of_task(snapshot, task, {**task.input, **arriving}, ("tasks", name))


def requested_tasks(snapshot: Snapshot) -> frozenset[str]:
    """The tasks that a webhook starts: their input includes the parts of the request."""
    return frozenset(trigger.task for trigger in snapshot.triggers.values() if trigger.type == "webhook")


def _of_task(snapshot: Snapshot, task: Task, known: Mapping[str, Field | None], path: Path) -> Iterator[Spot]:
    seen = StaticScope(input=known, secrets=snapshot.secrets, has_job=True, flow=Flow(task, snapshot.actions))
    for name, step in task.flow.items():
        scope = StaticScope(known, False, snapshot.secrets, True, step.for_each is not None, flow=seen.flow, step=step)
        yield from _of_step(step, (*path, "flow", name), scope)
    if task.output is not None:
        yield from _texts(task.output, (*path, "output"), seen.without(secrets=True))
    if task.concurrency:
        yield task.concurrency.group, "text", (*path, "concurrency", "group"), StaticScope(input=known)
    yield from _of_hooks(task.hooks, path, StaticScope(input=known, secrets=snapshot.secrets, has_hook=True))


def _of_step(step: Step, path: Path, scope: StaticScope) -> Iterator[Spot]:
    """The texts of a step. ``when`` and ``for_each`` have no secrets, because the engine evaluates them."""
    if step.when is not None:
        yield step.when, "condition", (*path, "when"), scope.without(secrets=True)
    if isinstance(step.for_each, str):
        yield step.for_each, "condition", (*path, "for_each"), scope.without(secrets=True, each=True)
    elif step.for_each is not None:
        yield from _texts(step.for_each, (*path, "for_each"), scope.without(secrets=True, each=True))
    yield from _texts(dict(step.input), (*path, "input"), scope)
    if step.inline is not None:
        yield from _of_action(step.inline, path, _inline_scope(step, scope))


def _inline_scope(step: Step, scope: StaticScope) -> StaticScope:
    """The scope of an inline action: the step's input is merged over the job's."""
    if not step.input:
        return scope
    laid_over: dict[str, Field | None] = {**(scope.input or {}), **dict.fromkeys(step.input)}
    return replace(scope, input=laid_over)


def _of_hooks(hooks: Hooks, path: Path, scope: StaticScope) -> Iterator[Spot]:
    for where, hook in list_hooks(path, hooks):
        yield from _texts(dict(hook.input), (*where, "input"), scope)


def _of_workspace_hooks(workspace: Workspace) -> Iterator[Spot]:
    scope = StaticScope(any_input=True, secrets=workspace.snapshot.secrets, has_hook=True)
    yield from _of_hooks(workspace.checked.hooks, (), scope)


def _of_triggers(workspace: Workspace) -> Iterator[Spot]:
    for name, trigger in workspace.checked.triggers.items():
        scope = _arriving(trigger)
        yield from _texts(dict(trigger.input), ("triggers", name, "input"), scope)
        if trigger.type in ("event", "webhook") and isinstance(trigger.fields.get("when"), str):
            yield trigger.fields["when"], "condition", ("triggers", name, "when"), scope


def _arriving(trigger: Trigger) -> StaticScope:
    on: Json = trigger.fields.get("on")
    if trigger.type == "event" and not (is_object(on) and "task" in on):
        return _SENT
    return ARRIVING.get(trigger.type, StaticScope())


SPOTS: tuple[Callable[[Workspace], Iterator[Spot]], ...] = (
    _of_secrets,
    _of_connections,
    _of_actions,
    _of_tasks,
    _of_workspace_hooks,
    _of_triggers,
)
