"""Every difference between two definitions of one kind, as Details whose paths are the author's words."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from gitflow.core.changes import spelling
from gitflow.core.changes.records import ADDED, CHANGED, REMOVED, Detail
from gitflow.core.language.definition import OCCASIONS, Action, Field, Hook, Hooks, Step, Trigger
from gitflow.core.record import fields_of
from gitflow.core.templates.texts import has_template
from gitflow.core.values import MASK, is_mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from gitflow.core.values import Json, JsonObject

_PLAIN = re.compile(r"[A-Za-z0-9_-]+")

#: Objects that are compared as a whole.
_WHOLE = frozenset({"on"})


def join(*parts: str) -> str:
    """``flow.build.cmd``; a part with other letters stands in quotes."""
    shown = (part if _PLAIN.fullmatch(part) else json.dumps(part, ensure_ascii=False) for part in parts)
    return ".".join(shown)


def differences(
    before: Any, after: Any, path: tuple[str, ...] = (), but: frozenset[str] = frozenset()
) -> Iterator[Detail]:
    """Of two records of one class; ``path`` is where they stand. ``but``: fields that are not looked at."""
    for name, old in fields_of(before):
        new = getattr(after, name)
        if old is new or name in spelling.LEFT_OUT or name in but:
            continue
        yield from _of_field(name, (before, after), old, new, path)


def _of_field(name: str, owners: tuple[Any, Any], old: Json, new: Json, path: tuple[str, ...]) -> Iterator[Detail]:
    kind: type = owners[0].__class__
    own = _OWN.get((kind, name))
    where = path if name in spelling.SPLICED else (*path, spelling.word(name))
    if own is not None:
        yield from own(*owners, path)
    elif _is_record(old) and type(old) is type(new):
        yield from differences(old, new, where)
    elif is_mapping(old) and is_mapping(new) and name not in _WHOLE:
        yield from members(old, new, where)
    else:
        yield from changed(name, old, new, path)


def _is_record(value: object) -> bool:
    return hasattr(value, "__match_args__")


def members(old: Mapping[str, Json], new: Mapping[str, Json], path: tuple[str, ...]) -> Iterator[Detail]:
    """Of two mappings, in the order of the old one."""
    for name in _both(old, new):
        where = (*path, name)
        if name not in new:
            yield Detail(join(*where), REMOVED, before=spelling.as_json(old[name]))
        elif name not in old:
            yield Detail(join(*where), ADDED, after=spelling.as_json(new[name]))
        elif _is_record(old[name]):
            yield from differences(old[name], new[name], where)
        elif is_mapping(old[name]) and is_mapping(new[name]):
            yield from members(old[name], new[name], where)
        elif not spelling.same(spelling.of_value(old[name]), spelling.of_value(new[name])):
            yield Detail(join(*where), CHANGED, spelling.as_json(old[name]), spelling.as_json(new[name]))


def changed(name: str, old: Json, new: Json, path: tuple[str, ...]) -> Iterator[Detail]:
    """Of one field of a record."""
    if spelling.same(spelling.meaning(name, old), spelling.meaning(name, new)):
        return
    was, now = _is_written(old), _is_written(new)
    change = CHANGED if was and now else ADDED if now else REMOVED if was else CHANGED
    where = join(*path, spelling.word(name))
    yield Detail(
        where, change, spelling.written(name, old) if was else None, spelling.written(name, new) if now else None
    )


def _is_written(value: Json) -> bool:
    return value is not None and (bool(value) or isinstance(value, int | float))


def _both(old: Iterable[str], new: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys([*old, *new])


def typed(
    old: Mapping[str, Json], new: Mapping[str, Json], kinds: tuple[str, str], path: tuple[str, ...]
) -> Iterator[Detail]:
    """Of the fields that only a type has: one that is not written is what the type takes then."""
    known_old, known_new = (spelling.DEFAULTS.get(kind, {}) for kind in kinds)
    for name in _both(old, new):
        before, after = old.get(name, known_old.get(name)), new.get(name, known_new.get(name))
        if is_mapping(before) and is_mapping(after) and name not in _WHOLE:
            yield from members(before, after, (*path, name))
        else:
            yield from changed(name, before, after, path)


def _of_action(before: Action, after: Action, path: tuple[str, ...]) -> Iterator[Detail]:
    yield from typed(before.fields, after.fields, (before.type, after.type), path)


def _of_trigger(before: Trigger, after: Trigger, path: tuple[str, ...]) -> Iterator[Detail]:
    old, new = ({**each.fields} for each in (before, after))
    for detail in typed(old, new, (before.type, after.type), path):
        yield masked(detail) if detail.path == "secret" else detail


def _of_inline(before: Step, after: Step, path: tuple[str, ...]) -> Iterator[Detail]:
    """An action that stands in its step: its fields stand beside those of the step."""
    if before.inline is not None and after.inline is not None:
        yield from differences(before.inline, after.inline, path)
        return
    old: JsonObject = spelling.as_json(before.inline) if before.inline else {}
    new: JsonObject = spelling.as_json(after.inline) if after.inline else {}
    yield from members(old, new, path)


def _of_needs(before: Step, after: Step, path: tuple[str, ...]) -> Iterator[Detail]:
    """One Detail for each edge."""
    old, new = spelling.of_needs(before), spelling.of_needs(after)
    where = join(*path, "depends_on")
    yield from (Detail(where, REMOVED, before=old[need]) for need in old if need not in new)
    yield from (Detail(where, ADDED, after=new[need]) for need in new if need not in old)


def _of_default(before: Field, after: Field, path: tuple[str, ...]) -> Iterator[Detail]:
    old, new = before.has_default, after.has_default
    if old == new and spelling.same(spelling.of_value(before.default), spelling.of_value(after.default)):
        return
    change = CHANGED if old and new else ADDED if new else REMOVED
    is_secret = before.secret or after.secret
    shown: list[Json] = [MASK if is_secret and each.has_default else each.default for each in (before, after)]
    yield Detail(join(*path, "default"), change, shown[0], shown[1])


def _of_occasion(name: str) -> Callable[[Hooks, Hooks, tuple[str, ...]], Iterator[Detail]]:
    def find(before: Hooks, after: Hooks, path: tuple[str, ...]) -> Iterator[Detail]:
        yield from members(numbered(getattr(before, name)), numbered(getattr(after, name)), (*path, name))

    return find


def numbered(hooks: Iterable[Hook]) -> dict[str, Hook]:
    """Hooks by the name of their action; the second of one action is ``notify#2``. Their order means nothing."""
    found: dict[str, Hook] = {}
    for hook in hooks:
        name, number = hook.action, 1
        while name in found:
            number += 1
            name = f"{hook.action}#{number}"
        found[name] = hook
    return found


def masked(detail: Detail) -> Detail:
    """Without values that stand in clear where a secret belongs; templates are shown."""
    return Detail(detail.path, detail.change, hidden(detail.before), hidden(detail.after))


def hidden(value: Json) -> Json:
    """The mask for a text without a template, at any depth."""
    if is_mapping(value):
        return {key: hidden(member) for key, member in value.items()}
    if value is None or (isinstance(value, str) and has_template(value)):
        return value
    return MASK


#: (class, field) -> what compares it in a way of its own.
_OWN: Mapping[tuple[type, str], Callable[..., Iterator[Detail]]] = {
    (Action, "fields"): _of_action,
    (Trigger, "fields"): _of_trigger,
    (Step, "inline"): _of_inline,
    (Step, "needs"): _of_needs,
    (Field, "default"): _of_default,
    **{(Hooks, occasion): _of_occasion(occasion) for occasion in OCCASIONS},
}
