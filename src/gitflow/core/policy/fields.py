"""``require_fields``: the fields that each definition must have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitflow.core.policy import subjects
from gitflow.core.policy.records import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gitflow.core.policy.records import Case, Rule

#: Kind -> key of the language -> its value in the definition. ``labels.team`` is looked up in ``labels``.
FIELDS: Mapping[str, Mapping[str, Callable[[Any], object]]] = {
    "task": {
        "name": lambda task: task.title,
        "description": lambda task: task.description,
        "folder": lambda task: task.folder,
        "labels": lambda task: task.labels,
        "timeout": lambda task: task.timeout_s,
        "retry": lambda task: task.retry,
        "concurrency": lambda task: task.concurrency,
        "output": lambda task: task.has_output,
    },
    "action": {
        "name": lambda action: action.title,
        "description": lambda action: action.description,
        "timeout": lambda action: action.timeout_s,
        "retry": lambda action: action.retry,
        "tags": lambda action: action.tags,
        "output": lambda action: action.output is not None,
    },
    "trigger": {"description": lambda trigger: trigger.description},
}
KNOWN = tuple(dict.fromkeys(field for fields in FIELDS.values() for field in fields))


def require_fields(rule: Rule, case: Case) -> Iterator[Finding]:
    """Requires a field only of the kinds of definitions that can have it."""
    selected: list[tuple[str, str, Any]] = [("task", path, task) for path, task in subjects.tasks(rule, case.head)]
    selected += [("action", action.name, action) for action in subjects.actions(rule, case.head)]
    selected += [("trigger", path, trigger) for path, trigger in subjects.triggers(rule, case.head)]
    for kind, name, definition in selected:
        for field in rule.value:
            if not _has(kind, definition, str(field)):
                yield Finding(kind, name, definition.where, f'{kind} "{name}" has no `{field}`', "add it")


def _has(kind: str, definition: Any, field: str) -> bool:
    key, _, member = field.partition(".")
    if key not in FIELDS[kind]:
        return True
    value: Any = FIELDS[kind][key](definition)
    return bool(value.get(member) if member else value)


def is_field(text: str) -> bool:
    key, dot, member = text.partition(".")
    return key in KNOWN and (bool(member) if dot and key == "labels" else not dot)
