"""``forbid_secrets``: which secrets a definition may not read, directly or through a connection, action or hook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.changes import reads
from gitflow.core.policy import subjects
from gitflow.core.policy.records import Finding, is_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.core.changes.reads import Reads
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.policy.records import Case, Rule
    from gitflow.core.problems import Place


def forbid_secrets(rule: Rule, case: Case) -> Iterator[Finding]:
    for kind, name, where, found in _readers(rule, case.head):
        for secret_name, through in reads.secrets_in(case.head, found).items():
            is_any = secret_name == reads.ANY
            if is_any or is_named(rule.value, secret_name):
                named = "a secret whose name only a run knows" if is_any else f'the secret "{secret_name}"'
                message = f'{kind} "{name}" reads {named}{through}, which is forbidden here'
                yield Finding(kind, name, where, message)


def _readers(rule: Rule, snapshot: Snapshot) -> Iterator[tuple[str, str, Place, Reads]]:
    for path, task in subjects.tasks(rule, snapshot):
        yield "task", path, task.where, reads.of_task(snapshot, task) | reads.of_hooks(snapshot, task)
    for action in subjects.actions(rule, snapshot):
        yield "action", action.name, action.where, reads.of_action(snapshot, action)
    for path, trigger in subjects.triggers(rule, snapshot):
        yield "trigger", path, trigger.where, reads.of_trigger(snapshot, trigger)
