"""The commands of actions: makes the texts safe, and judges lists of words and environment variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitflow.core.problems import Problem
from gitflow.core.values import is_list, is_object
from gitflow.definitions.checks.expressions import counts
from gitflow.definitions.shell.safety import prepare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.language.definition import Script
    from gitflow.core.problems import Place
    from gitflow.core.values import Json, JsonObject
    from gitflow.definitions.shell.safety import Fault, Readings
    from gitflow.definitions.source.locations import Locations

#: Types of actions whose ``cmd`` may be a script, or a list of words.
SHELLED = frozenset({"shell", "docker"})

#: Types of fields whose values can be neither code nor harmful options.
_NUMERIC = frozenset({"integer", "number", "boolean"})
_NUMBERS = frozenset({"each.index", "each.total", "job.attempt"})


class Scripts:
    """Makes shell texts safe, and collects Problems about those that cannot be made safe."""

    def __init__(self, locations: Locations, tree: Mapping[str, Any], readings: Readings | None) -> None:
        self.problems: list[Problem] = []
        self._locations = locations
        self._tree = tree
        self._readings = readings

    def of(self, path: tuple[str, ...], action: JsonObject) -> Script | None:
        env, cmd = action.get("env"), action.get("cmd")
        variables = self._environment(path, env) if is_object(env) else frozenset[str]()
        if action.get("type") not in SHELLED:
            return None
        if isinstance(cmd, str):
            return self._text(path, cmd, action, variables)
        self._words(path, action.get("entrypoint"), cmd if is_list(cmd) else [])
        return None

    def _text(self, path: tuple[str, ...], text: str, action: JsonObject, variables: frozenset[str]) -> Script | None:
        prepared = prepare(
            text,
            str(action.get("shell", "sh")),
            lambda expression: self._is_number(path, action, expression),
            environment=variables,
            readings=self._readings,
        )
        for fault in prepared.faults:
            self._fault(self._locations.inside((*path, "cmd"), fault.offset), fault)
        return prepared.script

    def _words(self, path: tuple[str, ...], entrypoint: Json, cmd: list[Json]) -> None:
        first = entrypoint if is_list(entrypoint) else [entrypoint]
        if not any(isinstance(word, str) and "{" in word for word in (*first, *cmd)):
            return
        from gitflow.definitions.shell.argv import judge_command

        for spot, fault in judge_command(entrypoint, cmd):
            self._fault(self._locations.inside((*path, *spot), fault.offset), fault)

    def _environment(self, path: tuple[str, ...], env: JsonObject) -> frozenset[str]:
        """The environment variables whose values contain a template."""
        names = frozenset(name for name, value in env.items() if isinstance(value, str) and "{" in value)
        if not names:
            return names
        from gitflow.definitions.shell.argv import has_value, judge_environment

        for name, fault in judge_environment(env):
            self._fault(self._locations.inside((*path, "env", name), fault.offset), fault)
        return frozenset(name for name in names if has_value(str(env[name])))

    def _fault(self, where: Place, fault: Fault) -> None:
        self.problems.append(Problem.at(where, fault.rule, fault.message, fault.hint, fault.severity))

    def _is_number(self, path: tuple[str, ...], action: JsonObject, expression: str) -> bool:
        """Whether an expression always gives a number or a boolean: because of its filter, or of its declared type."""
        if expression in _NUMBERS or counts(expression):
            return True
        section, name = path[:2]
        declared: Any = self._tree[section][name].get("input") or {}
        root, _, member = expression.partition(".")
        own: Any = action.get("input") if section == "tasks" else None
        if root != "input" or not member or (is_object(own) and member in own):
            return False  # the step's own input replaces the task's field
        field: Any = declared.get(member, {})
        return field.get("type") in _NUMERIC and not field.get("multiple", False)
