"""The input of every check: the definitions, what they may refer to, and their places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.language.definition import OCCASIONS
from gitflow.core.problems import Problem, Severity
from gitflow.core.record import Record, field
from gitflow.core.templates.texts import has_template
from gitflow.core.values import is_list, is_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gitflow.core.language.definition import Action, Field, Hook, Hooks, Step, Task
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.values import Json
    from gitflow.definitions.source.base import Locations

    Path = tuple[str | int, ...]

#: Input of a task that a webhook starts, declared or not.
REQUEST_KEYS = ("body", "headers", "method", "query")


class Workspace(Record):
    snapshot: Snapshot  #: the whole workspace: what may be referred to
    checked: Snapshot  #: the part that is checked, or the whole
    locations: Locations
    has_file: Callable[[str], bool]
    found_steps: list[tuple[Path, Task, Step]] = field(default_factory=list["tuple[Path, Task, Step]"])
    found_actions: list[tuple[Path, Action]] = field(default_factory=list["tuple[Path, Action]"])

    def error(self, path: Path, rule: str, message: str, hint: str = "", *, key: bool = False) -> Problem:
        return Problem.at(self.locations.at(*path, key=key), rule, message, hint)

    def warning(self, path: Path, rule: str, message: str, hint: str = "", *, key: bool = False) -> Problem:
        return Problem.at(self.locations.at(*path, key=key), rule, message, hint, Severity.WARNING)

    def steps(self) -> Sequence[tuple[Path, Task, Step]]:
        """Every step of every checked task. Most checks need them, so they are collected once."""
        if not self.found_steps:
            for name, task in self.checked.tasks.items():
                self.found_steps.extend(
                    (("tasks", name, "flow", step), task, given) for step, given in task.flow.items()
                )
        return self.found_steps

    def actions(self) -> Sequence[tuple[Path, Action]]:
        """Every checked action, named and inline."""
        if not self.found_actions:
            self.found_actions.extend((("actions", name), action) for name, action in self.checked.actions.items())
            inline = ((path, step.inline) for path, _, step in self.steps())
            self.found_actions.extend((path, action) for path, action in inline if action is not None)
        return self.found_actions

    def hooks(self) -> Iterator[tuple[Path, Hook]]:
        yield from list_hooks((), self.checked.hooks)
        for name, task in self.checked.tasks.items():
            yield from list_hooks(("tasks", name), task.hooks)

    def fields(self) -> Iterator[tuple[Path, Field]]:
        """Every declared field."""
        for name, task in self.checked.tasks.items():
            yield from _declared_fields(("tasks", name, "input"), task.input)
        for path, action in self.actions():
            yield from _declared_fields((*path, "input"), action.input)
            yield from _declared_fields((*path, "output"), action.output or {})
        for name, kind in self.checked.connection_types.items():
            yield from _declared_fields(("connection_types", name), kind.fields)

    def action_of(self, step: Step) -> Action | None:
        return step.inline or self.snapshot.actions.get(step.action or "")

    @property
    def connections(self) -> dict[str, str]:
        """The type of each connection."""
        return {name: connection.type for name, connection in self.snapshot.connections.items()}


def is_known(value: Json) -> bool:
    """Whether the value contains no template, so that it is known before a run."""
    if isinstance(value, str):
        return not has_template(value)
    if is_object(value):
        return all(map(is_known, value.values()))
    return all(map(is_known, value)) if is_list(value) else True


def list_hooks(path: Path, hooks: Hooks) -> Iterator[tuple[Path, Hook]]:
    """The hooks below a path, each with its own path."""
    for occasion in OCCASIONS:
        for index, hook in enumerate(getattr(hooks, occasion)):
            yield (*path, occasion, index), hook


def _declared_fields(path: Path, fields: Mapping[str, Field]) -> Iterator[tuple[Path, Field]]:
    for name, declared in fields.items():
        yield (*path, name), declared
