"""What a change of declared fields takes away from callers, and which callers no longer fit.

A caller breaks when it called the definition before and after, and the values it gives now are not sure to be taken
any more. A caller that is new, or is changed so that it fits, is not broken.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from gitflow.core.changes import scopes, shapes
from gitflow.core.changes.calls import OUTSIDE_CLIENTS, sender_of
from gitflow.core.changes.differences import differences, join
from gitflow.core.changes.records import ADDED, REMOVED, Caller, Detail
from gitflow.core.changes.spelling import as_json
from gitflow.core.record import replace
from gitflow.core.values import MASK, is_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import TypeVar

    from gitflow.core.changes.calls import Call, Index, Reader
    from gitflow.core.changes.shapes import Shape
    from gitflow.core.language.definition import Field
    from gitflow.core.values import Json

    At = TypeVar("At", Call, Reader)

#: Attributes of a field that say which values it takes.
_VALUES = ("type", "multiple", "options", "allow_custom", "minimum", "maximum", "pattern")


class Callers:
    """Those of one definition that call it at both revisions, as they are at head. Found when they are asked for."""

    def __init__(self, base: Index, head: Index, kind: str, names: tuple[str, str]) -> None:
        """``names``: at base and at head."""
        self._base, self._head = base, head
        self._kind, self._names = kind, names
        self.has_clients = kind == "task"  #: whether it can be called from outside

    @cached_property
    def calls(self) -> list[Call]:
        return _lasting(self._base.calls(self._kind, self._names[0]), self._head.calls(self._kind, self._names[1]))

    @cached_property
    def readers(self) -> list[Reader]:
        return _lasting(self._base.readers(self._kind, self._names[0]), self._head.readers(self._kind, self._names[1]))

    @cached_property
    def connections(self) -> Mapping[str, str]:
        return self._head.connections


def _lasting(before: Iterable[At], after: Iterable[At]) -> list[At]:
    """Those that stand in the same place of the same caller at both revisions."""
    known = {(each.caller.kind, each.caller.name, each.spot) for each in before}
    return [each for each in after if (each.caller.kind, each.caller.name, each.spot) in known]


def of_input(
    old: Mapping[str, Field], new: Mapping[str, Field], path: tuple[str, ...], callers: Callers
) -> Iterator[Detail]:
    """Every difference between two sets of input fields."""
    for name in dict.fromkeys([*old, *new]):
        where = (*path, name)
        if name not in old:
            yield _added(new[name], where, callers)
        elif name not in new:
            given = [call.caller for call in callers.calls if name in call.given]
            yield _broken(Detail(join(*where), REMOVED, before=shown(old[name])), given)
        elif old[name] is not new[name]:
            yield from _changed(old[name], new[name], where, callers)


def shown(field: Field) -> Json:
    found: Json = as_json(field)
    if field.secret and is_object(found) and "default" in found:
        found["default"] = MASK
    return found


def _added(field: Field, where: tuple[str, ...], callers: Callers) -> Detail:
    detail = Detail(join(*where), ADDED, after=shown(field))
    if shapes.is_needed(field):
        return _broken(detail, _without(field, callers))
    arriving = [call for call in callers.calls if field.name in call.arriving and field.name not in call.given]
    unsure = [call for call in arriving if not shapes.fits(scopes.REQUEST[field.name], field, callers.connections)]
    return _broken(detail, [sender_of(call.caller.name) for call in unsure]) if arriving else detail


def _without(field: Field, callers: Callers) -> list[Caller]:
    """Those that do not give a field that must be given, or give what may be null."""
    found = [call.caller for call in callers.calls if not _gives(call, field.name)]
    return [*found, OUTSIDE_CLIENTS] if callers.has_clients else found


def _gives(call: Call, name: str) -> bool:
    if name not in call.given:
        return name in call.arriving
    return not shapes.can_be_null(scopes.of_value(call.given[name], call.scope))


def _changed(old: Field, new: Field, where: tuple[str, ...], callers: Callers) -> Iterator[Detail]:
    becomes_needed = shapes.is_needed(new) and not shapes.is_needed(old)
    needs = _first(differences(old, new), ("required", "default")) if becomes_needed else ""
    narrowing = _narrowing(old, new, callers)
    for detail in differences(old, new):
        placed = replace(detail, path=join(*where, detail.path))
        if detail.path == needs:
            yield _broken(placed, _without(new, callers))
        elif detail.path in narrowing:
            yield _broken(placed, list(_unfit(new, narrowing[detail.path], callers)))
        elif detail.path == "default" and old.has_default and not new.has_default:
            yield replace(placed, narrows=True)
        else:
            yield placed


def _first(details: Iterator[Detail], names: tuple[str, ...]) -> str:
    found = [detail.path for detail in details]
    return next((name for name in names if name in found), "")


def _narrowing(old: Field, new: Field, callers: Callers) -> dict[str, Field]:
    """The attributes that take away values that were accepted, each with the field as it were with this one alone;
    all of them together where none does so alone."""
    connections = callers.connections
    if _takes(old, new, connections):
        return {}
    alone: dict[str, Field] = {}
    changed = [name for name in _VALUES if getattr(old, name) != getattr(new, name)]
    for name in changed:
        only = replace(old, required=new.required, **{name: getattr(new, name)})
        if not _takes(old, only, connections):
            alone[name] = only
    return alone or dict.fromkeys(changed[:1], new)


def _takes(old: Field, new: Field, connections: Mapping[str, str]) -> bool:
    """Whether every value that was accepted still is."""
    return shapes.fits((old,), new, connections)


def _unfit(new: Field, only: Field, callers: Callers) -> Iterator[Caller]:
    for call in callers.calls:
        if new.name in call.given:
            given = call.given[new.name]
            sure = scopes.value_fits(given, new, call.scope, callers.connections)
            if not sure and not scopes.value_fits(given, only, call.scope, callers.connections):
                yield call.caller
        elif new.name in call.arriving and not shapes.fits(scopes.REQUEST[new.name], new, callers.connections):
            yield sender_of(call.caller.name)


def _broken(detail: Detail, callers: list[Caller]) -> Detail:
    return replace(detail, narrows=True, callers=tuple(dict.fromkeys(callers)), is_breaking=bool(callers))


def of_output(
    old: Mapping[str, Shape] | None,
    new: Mapping[str, Shape] | None,
    callers: Callers,
    head: Index,
) -> Iterator[tuple[str, Detail]]:
    """What readers can no longer rely on, with the key of the output: one that is gone, or is of another type."""
    path = ("output",)
    for name, before in (old or {}).items():
        if new is None or name not in new:
            unsure = [r.caller for r in callers.readers if r.path[0] == name and not r.is_guarded]
            yield name, _broken(Detail(join(*path, name), REMOVED, before=_types(before)), unsure)
        elif before != new[name]:
            changed = shapes.types_of(before) != shapes.types_of(new[name])
            broken = [r.caller for r in callers.readers if r.path[0] == name and _breaks(r, before, new[name], head)]
            if broken or (changed and before is not None):
                yield name, _broken(Detail(join(*path, name), "changed", _types(before), _types(new[name])), broken)


def _types(shape: Shape) -> Json:
    found = shapes.types_of(shape)
    return None if found is None else " or ".join(found)


def _breaks(reader: Reader, before: Shape, after: Shape, head: Index) -> bool:
    """Whether the reader was sure to get along with the value, and no longer is."""
    is_other = shapes.types_of(before) != shapes.types_of(after)
    if len(reader.path) > 1:
        return is_other and shapes.types_of(after) not in (("object",), ("array",))
    if reader.use == "whole" and reader.call is not None:
        field = _field_of(head, *reader.call)
        if field is None:
            return False
        return shapes.fits(before, field, head.connections) and not shapes.fits(after, field, head.connections)
    if reader.use == "list":
        return is_other and shapes.types_of(after) != ("array",)
    return is_other and reader.use == "expression"


def _field_of(head: Index, target: tuple[str, str], name: str) -> Field | None:
    kind, called = target
    found = head.snapshot.tasks.get(called) if kind == "task" else head.snapshot.actions.get(called)
    return None if found is None else found.input.get(name)
