"""Adds the places and the safe scripts of definitions to their plain trees.

The reader's trees are shared and never changed: the annotated parts are copies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitflow.core.language.definition import OCCASIONS
from gitflow.definitions.parser import AT, SCRIPT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.language.definition import Script
    from gitflow.core.values import Json, JsonObject

    #: The safe form of an action's shell text, by the path to the action; None if there is none.
    Scripts = Callable[[tuple[str, ...], JsonObject], Script | None]


def annotate(section: str, name: str, plain: Json, key: Any, spot: Any, file: str, scripts: Scripts) -> Json:
    """An annotated copy of one definition. ``key`` and ``spot`` hold the positions of its name and its value."""
    if section == "secrets":
        return plain
    copy: JsonObject = {**plain, AT: [*_at(key), file]}
    _INSIDE.get(section, _nothing)(copy, spot[1], (section, name), scripts)
    return copy


def annotate_hook(plain: JsonObject, spot: Any, file: str) -> JsonObject:
    return {**plain, AT: [*_at(spot[0]), file]}


def _action(copy: JsonObject, spots: Mapping[str, Any], path: tuple[str, ...], scripts: Scripts) -> None:
    for key in ("input", "output"):
        if copy.get(key):
            copy[key] = _members(copy[key], spots[key][1][1])
    _script(copy, path, scripts)


def _task(copy: JsonObject, spots: Mapping[str, Any], path: tuple[str, ...], scripts: Scripts) -> None:
    if copy.get("input"):
        copy["input"] = _members(copy["input"], spots["input"][1][1])
    steps = spots["flow"][1][1]
    copy["flow"] = _members(copy["flow"], steps)
    for name, step in copy["flow"].items():
        _step(step, steps[name][1][1], (*path, "flow", name), scripts)
    for occasion in OCCASIONS:
        if copy.get(occasion):
            spot = spots[occasion][1]
            copy[occasion] = [{**hook, AT: _at(at[0])} for hook, at in zip(copy[occasion], spot[1], strict=True)]


def _step(copy: JsonObject, spots: Mapping[str, Any], path: tuple[str, ...], scripts: Scripts) -> None:
    kind = copy.get("type")
    if kind is None:
        return
    for key in ("input", "output") if kind == "approval" else ("output",):
        if copy.get(key):
            copy[key] = _members(copy[key], spots[key][1][1])
    _script(copy, path, scripts)


def _fields(copy: JsonObject, spots: Mapping[str, Any], path: tuple[str, ...], scripts: Scripts) -> None:
    copy.update(_members({name: field for name, field in copy.items() if name != AT}, spots))


def _nothing(copy: JsonObject, spots: Any, path: tuple[str, ...], scripts: Scripts) -> None:
    """Annotates nothing: nothing inside has a place of its own."""


_INSIDE = {"actions": _action, "tasks": _task, "connection_types": _fields}


def _script(copy: JsonObject, path: tuple[str, ...], scripts: Scripts) -> None:
    script = scripts(path, copy)
    if script is not None:
        copy[SCRIPT] = [script.text, script.values, script.raw]


def _members(plain: Mapping[str, JsonObject], spots: Mapping[str, Any]) -> dict[str, JsonObject]:
    """Copies of the definitions by name, each with the place of its name."""
    return {name: {**given, AT: _at(spots[name][0])} for name, given in plain.items()}


def _at(event: Any) -> list[int]:
    mark = event.start_mark
    return [mark.line + 1, mark.column + 1]
