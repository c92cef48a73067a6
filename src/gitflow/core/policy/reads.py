"""``forbid_secrets``: who may not read which secret, directly, through a connection, an action or a hook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.changes import reads
from gitflow.core.language.definition import OCCASIONS
from gitflow.core.policy import subjects
from gitflow.core.policy.records import Finding, is_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.core.changes.reads import Reads
    from gitflow.core.language.definition import Task, Trigger
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.policy.records import Case, Rule
    from gitflow.core.problems import Place

#: What stands for a secret whose name only a run knows.
_ANY = "*"


def forbid_secrets(rule: Rule, case: Case) -> Iterator[Finding]:
    for kind, name, where, found in _readers(rule, case.head):
        for secret_name, through in _secrets(case.head, found).items():
            is_any = secret_name == _ANY
            if is_any or is_named(rule.value, secret_name):
                named = "a secret whose name only a run knows" if is_any else f'the secret "{secret_name}"'
                message = f'{kind} "{name}" reads {named}{through}, which is forbidden here'
                yield Finding(kind, name, where, message)


def _readers(rule: Rule, snapshot: Snapshot) -> Iterator[tuple[str, str, Place, Reads]]:
    for path, task in subjects.tasks(rule, snapshot):
        yield "task", path, task.where, reads.of_task(snapshot, task) | _of_hooks(snapshot, task)
    for action in subjects.actions(rule, snapshot):
        yield "action", action.name, action.where, reads.of_action(snapshot, action)
    for path, trigger in subjects.triggers(rule, snapshot):
        yield "trigger", path, trigger.where, _of_trigger(snapshot, trigger)


def _of_hooks(snapshot: Snapshot, task: Task) -> Reads:
    found: Reads = {}
    for occasion in OCCASIONS:
        for hook in getattr(task.hooks, occasion) or getattr(snapshot.hooks, occasion):
            action = snapshot.actions.get(hook.action)
            if action is not None:
                found |= reads.of_given(snapshot, hook.input, action.input) | reads.of_action(snapshot, action)
    return found


def _of_trigger(snapshot: Snapshot, trigger: Trigger) -> Reads:
    task = snapshot.tasks.get(trigger.task)
    return reads.of_given(snapshot, trigger.input, task.input if task else {}) | reads.of_values(trigger.fields)


def _secrets(snapshot: Snapshot, found: Reads) -> dict[str, str]:
    """Name -> by which connection it is read; nothing for a secret that is read itself."""
    named = {name: "" for kind, name in found if kind == "secret"}
    for kind, name in found:
        connection = snapshot.connections.get(name) if kind == "connection" else None
        for _, secret in reads.of_values(connection.values) if connection is not None else ():
            named.setdefault(secret, f' through the connection "{name}"')
    return named
