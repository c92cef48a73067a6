"""Every template of a snapshot, checked where it stands against what can be known before a run.

Each place has a view (``scopes.py``); what a text mentions comes from ``expressions.py``. Where the outside
decides what there is (a request's body, an event), anything may be named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.problems import Problem
from gitflow.core.record import replace
from gitflow.core.values import is_object
from gitflow.definitions.checks.context import REQUEST_KEYS, listed
from gitflow.definitions.checks.expressions import Findings, findings_of, texts_in, unknown_function
from gitflow.definitions.checks.scopes import END_MEMBERS, PUSH_MEMBERS, SCHEDULE_MEMBERS, Flow, View, complaint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gitflow.core.language.definition import Action, Field, Hooks, Step, Task, Trigger
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.templates.parse import Path
    from gitflow.core.values import Json
    from gitflow.definitions.checks.context import Workspace
    from gitflow.definitions.source.base import Places

    #: A text with a template in it, how it is read, where it stands, and what it sees.
    Spot = tuple[str, str, Path, View]

#: Fields of an action that are programs or names, not templates.
VERBATIM = frozenset({"code", "script", "task", "dependencies", "shell", "errexit"})

#: Fields of an action that declare something.
DECLARING = frozenset({"type", "name", "description", "input", "output", "env", "tags", "retry"})

#: The ``input`` of a child task is given, not declared.
_NOT_TEMPLATES = {"task": (VERBATIM | DECLARING) - {"input"}}

#: Type of trigger -> what its input is made from; of an event, when a job has ended. What there is in a request, or in
#: an event that somebody sent, the outside decides.
ARRIVING: Mapping[str, View] = {
    "scheduler": View(event=SCHEDULE_MEMBERS),
    "webhook": View(others=frozenset({"input", *REQUEST_KEYS})),
    "event": View(event=END_MEMBERS),
    "push": View(event=PUSH_MEMBERS),
}
_SENT = View(others=frozenset({"event"}))


def problems_of(workspace: Workspace) -> Iterator[Problem]:
    """Every problem of every template that is looked at, in the order of the definitions."""
    for spots in SPOTS:
        for text, kind, path, view in spots(workspace):
            yield from _problems(text, kind, path, view, workspace.places)


def _problems(text: str, kind: str, path: Path, view: View, places: Places) -> Iterator[Problem]:
    findings = findings_of(text, kind)
    calls = (unknown_function(*call, view.others) for call in findings.calls if call[0] not in view.others)
    for fault in (*findings.faults, *calls):
        yield Problem.at(places.inside(path, fault.offset), fault.rule, fault.message, fault.hint)
    yield from _of_names(findings, path, view, places)


def _of_names(findings: Findings, path: Path, view: View, places: Places) -> Iterator[Problem]:
    called = {name for name, _ in findings.calls}
    for use in findings.uses:
        found = complaint(view, use.path)
        if found and found.missing not in findings.guarded and found.missing[0] not in called:
            where = places.inside(path, use.offset)
            yield Problem.at(where, found.rule, found.message, found.hint, found.severity)


def _texts(value: Json, path: Path, view: View) -> Iterator[Spot]:
    for text, inner in texts_in(value, path):
        yield text, "text", inner, view


def _of_secrets(workspace: Workspace) -> Iterator[Spot]:
    view = View(has_env=True, others=frozenset({"file", "sops"}))
    for name, value in workspace.looked_at.secrets.items():
        yield from _texts(value, ("secrets", name), view)


def _of_connections(workspace: Workspace) -> Iterator[Spot]:
    view = View(secrets=workspace.snapshot.secrets)
    for name, connection in workspace.looked_at.connections.items():
        yield from _texts(dict(connection.values), ("connections", name), view)


def _of_actions(workspace: Workspace) -> Iterator[Spot]:
    for name, action in workspace.looked_at.actions.items():
        view = View(
            input=action.input,
            any_input=action.suspends and not action.input,
            secrets=workspace.snapshot.secrets,
            has_job=True,
        )
        yield from _of_action(action, ("actions", name), view)


def _of_action(action: Action, path: Path, view: View) -> Iterator[Spot]:
    for key, value in action.fields.items():
        if key == "cmd" and isinstance(value, str):
            yield value, "script", (*path, key), view
        elif key not in _NOT_TEMPLATES.get(action.type, VERBATIM | DECLARING):
            yield from _texts(value, (*path, key), view)
    yield from _texts(dict(action.env), (*path, "env"), view)


def _of_tasks(workspace: Workspace) -> Iterator[Spot]:
    snapshot, requested = workspace.snapshot, requested_tasks(workspace.snapshot)
    for name, task in workspace.looked_at.tasks.items():
        arriving = dict.fromkeys(REQUEST_KEYS) if name in requested else {}
        yield from _of_task(snapshot, task, {**task.input, **arriving}, ("tasks", name))


def requested_tasks(snapshot: Snapshot) -> frozenset[str]:
    """Those that a webhook starts: their input has what a request brings."""
    return frozenset(trigger.task for trigger in snapshot.triggers.values() if trigger.type == "webhook")


def _of_task(snapshot: Snapshot, task: Task, known: Mapping[str, Field | None], path: Path) -> Iterator[Spot]:
    seen = View(input=known, secrets=snapshot.secrets, has_job=True, flow=Flow(task, snapshot.actions))
    for name, step in task.flow.items():
        view = View(known, False, snapshot.secrets, True, step.for_each is not None, flow=seen.flow, step=step)
        yield from _of_step(step, (*path, "flow", name), view)
    if task.output is not None:
        yield from _texts(task.output, (*path, "output"), seen.without(secrets=True))
    if task.concurrency:
        yield task.concurrency.group, "text", (*path, "concurrency", "group"), View(input=known)
    yield from _of_hooks(task.hooks, path, View(input=known, secrets=snapshot.secrets, has_hook=True))


def _of_step(step: Step, path: Path, view: View) -> Iterator[Spot]:
    """The engine decides ``when`` and ``for_each``, and holds no secrets."""
    if step.when is not None:
        yield step.when, "condition", (*path, "when"), view.without(secrets=True)
    if isinstance(step.for_each, str):
        yield step.for_each, "condition", (*path, "for_each"), view.without(secrets=True, each=True)
    elif step.for_each is not None:
        yield from _texts(step.for_each, (*path, "for_each"), view.without(secrets=True, each=True))
    yield from _texts(dict(step.input), (*path, "input"), view)
    if step.inline is not None:
        yield from _of_action(step.inline, path, _inline_view(step, view))


def _inline_view(step: Step, view: View) -> View:
    """The step's values lie over the job's input."""
    if not step.input:
        return view
    laid_over: dict[str, Field | None] = {**(view.input or {}), **dict.fromkeys(step.input)}
    return replace(view, input=laid_over)


def _of_hooks(hooks: Hooks, path: Path, view: View) -> Iterator[Spot]:
    for where, hook in listed(path, hooks):
        yield from _texts(dict(hook.input), (*where, "input"), view)


def _of_workspace_hooks(workspace: Workspace) -> Iterator[Spot]:
    view = View(any_input=True, secrets=workspace.snapshot.secrets, has_hook=True)
    yield from _of_hooks(workspace.looked_at.hooks, (), view)


def _of_triggers(workspace: Workspace) -> Iterator[Spot]:
    for name, trigger in workspace.looked_at.triggers.items():
        view = _arriving(trigger)
        yield from _texts(dict(trigger.input), ("triggers", name, "input"), view)
        if trigger.type == "event" and isinstance(trigger.fields.get("when"), str):
            yield trigger.fields["when"], "condition", ("triggers", name, "when"), view


def _arriving(trigger: Trigger) -> View:
    on: Json = trigger.fields.get("on")
    if trigger.type == "event" and not (is_object(on) and "task" in on):
        return _SENT
    return ARRIVING.get(trigger.type, View())


SPOTS: tuple[Callable[[Workspace], Iterator[Spot]], ...] = (
    _of_secrets,
    _of_connections,
    _of_actions,
    _of_tasks,
    _of_workspace_hooks,
    _of_triggers,
)
