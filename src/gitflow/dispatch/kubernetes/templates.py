"""Merges the spec of an attempt's pod into a template. If both have a value, that of the attempt counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.values import is_list, is_object

if TYPE_CHECKING:
    from typing import Any

    from gitflow.core.values import Json, JsonObject

#: The containers that a template may have.
CONTAINERS = {"initContainers": ("fetch",), "containers": ("step", "keeper")}
#: The keys that identify a member of a list; the first that it has counts.
_IDENTITIES = ("mountPath", "name")

#: Objects with one of these keys are replaced and not merged, because a variable has one value.
_REPLACED = frozenset({"value", "valueFrom"})


def problem_of(template: JsonObject) -> str | None:
    """What is wrong with a template, in words; None if it is valid."""
    for field, known in CONTAINERS.items():
        for container in _list(template.get(field)):
            name = container.get("name") if is_object(container) else None
            if name not in known:
                return f"{field} may only say something about {' and '.join(known)}, not {name!r}"
    return None


def _list(value: Json) -> list[Json]:
    return value if is_list(value) else []


def merged(template: Json, own: Json) -> Any:
    """``own`` wins. Members of lists with the same name are merged; other lists are joined, the template's first."""
    if is_object(template) and is_object(own) and not _REPLACED.intersection(own):
        both = {key: merged(template[key], value) if key in template else value for key, value in own.items()}
        return {**template, **both}
    if is_list(template) and is_list(own):
        return _merged_lists(template, own)
    return own


def _merged_lists(template: list[Json], own: list[Json]) -> list[Json]:
    mine = {_identity(each): each for each in own if _identity(each) is not None}
    theirs = {_identity(each): each for each in template if _identity(each) is not None}
    first = [each for each in template if _identity(each) not in mine or _identity(each) is None]
    return [*first, *(merged(theirs[_identity(each)], each) if _identity(each) in theirs else each for each in own)]


def _identity(member: Json) -> Any:
    if is_object(member):
        for key in _IDENTITIES:
            if key in member:
                return key, member[key]
    return None
