"""The details of one definition that was added, removed, renamed or changed, by its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitflow.core.changes import contract, flows, reads, schedules, scopes, spelling, texts
from gitflow.core.changes.contract import Callers
from gitflow.core.changes.differences import differences, hidden, members
from gitflow.core.changes.records import CHANGED, REMOVED, Caller, Detail
from gitflow.core.record import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from gitflow.core.changes.sides import Comparison
    from gitflow.core.language.definition import Action, Connection, ConnectionType, Hook, Task, Trigger
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.values import Json

    Names = tuple[str, str]

_INPUT = frozenset({"input"})


def of_changed(sides: Comparison, kind: str, names: Names, old: Any, new: Any) -> tuple[Detail, ...]:
    """Empty where both say the same. ``names``: at base and at head."""
    if old is new:
        return ()
    return tuple(_CHANGED[kind](sides, names, old, new))


def of_added(sides: Comparison, kind: str, name: str, new: Any) -> Iterator[Detail]:
    """What an added definition brings with it: what it reads, and when it fires."""
    find = _READS.get(kind)
    if find is not None:
        yield from reads.read_changes({}, find(sides.head.snapshot, new))
    if kind in ("task", "action"):
        yield from reads.raw_changes([], _raw(kind, new))
    if kind == "trigger":
        yield from schedules.fire_changes(None, new, sides.now)
        yield from schedules.url_changes(None, new)


def of_removed(sides: Comparison, kind: str, name: str, old: Any) -> Iterator[Detail]:
    """The callers that lose the definition, and what is no longer read."""
    users = tuple(_users(sides, kind, name))
    if users or kind == "task":  # a task has callers outside, whom nobody here knows
        yield Detail("used_by", REMOVED, [_named(user) for user in users], [], True, users, bool(users))
    find = _READS.get(kind)
    if find is not None:
        yield from reads.read_changes(find(sides.base.snapshot, old), {})
    if kind == "trigger":
        yield from schedules.fire_changes(old, None, sides.now)
        yield from schedules.url_changes(old, None)


def of_renamed(sides: Comparison, kind: str, names: Names, old: Any, new: Any) -> Iterator[Detail]:
    """The callers that still use the old name."""
    users = tuple(_users(sides, kind, names[0]))
    if users:
        yield Detail("used_by", CHANGED, [_named(user) for user in users], [], True, users, True)
    if kind == "trigger":
        yield from schedules.url_changes(old, new)


def is_equal(kind: str, old: Any, new: Any) -> bool:
    """Whether two definitions differ in their names alone."""
    if kind == "secret":
        return spelling.same(spelling.of_value(old), spelling.of_value(new))
    return next(differences(old, new), None) is None


def _of_task(sides: Comparison, names: Names, old: Task, new: Task) -> Iterator[Detail]:
    callers = Callers(sides.base_index, sides.head_index, "task", names)
    found = [*contract.of_input(old.input, new.input, ("input",), callers), *differences(old, new, but=_INPUT)]
    if not found:
        return  # what its actions do otherwise is said of them
    base, head = sides.base.snapshot, sides.head.snapshot
    outputs = scopes.outputs_of_task(base, old), scopes.outputs_of_task(head, new)
    yield from _merged(found, contract.of_output(*outputs, callers, sides.head_index))
    yield from flows.order_changes(old, new)
    yield from reads.read_changes(reads.of_task(base, old), reads.of_task(head, new))
    yield from reads.raw_changes(_raw("task", old), _raw("task", new))


def _of_action(sides: Comparison, names: Names, old: Action, new: Action) -> Iterator[Detail]:
    callers = Callers(sides.base_index, sides.head_index, "action", names)
    found = [*contract.of_input(old.input, new.input, ("input",), callers), *differences(old, new, but=_INPUT)]
    if not found:
        return
    base, head = sides.base.snapshot, sides.head.snapshot
    outputs = scopes.outputs_of_action(base, old), scopes.outputs_of_action(head, new)
    yield from _merged(found, contract.of_output(*outputs, callers, sides.head_index))
    yield from reads.read_changes(reads.of_action(base, old), reads.of_action(head, new))
    yield from reads.raw_changes(_raw("action", old), _raw("action", new))
    yield from _used_by(sides, names)


def _used_by(sides: Comparison, names: Names) -> Iterator[Detail]:
    """Every task and hook that uses an action."""
    old, new = (
        tuple(dict.fromkeys(call.caller for call in index.calls("action", name)))
        for index, name in ((sides.base_index, names[0]), (sides.head_index, names[1]))
    )
    if old or new:
        yield Detail("used_by", CHANGED, _unique(old), _unique(new), callers=new or old)


def _unique(users: Iterable[Caller]) -> list[str]:
    return list(dict.fromkeys(map(_named, users)))


def _named(user: Caller) -> str:
    return f"{user.kind} {user.name}"


def _merged(found: list[Detail], broken: Iterable[tuple[str, Detail]]) -> Iterator[Detail]:
    """The differences, with what callers lose by each. A loss without a difference in the text has its own entry."""
    more: list[Detail] = []
    for _, detail in broken:
        at = next((at for at, each in enumerate(found) if _is_about(each.path, detail.path)), None)
        if at is None:
            more.append(detail)
        else:
            was = found[at]
            callers = tuple(dict.fromkeys([*was.callers, *detail.callers]))
            is_breaking = was.is_breaking or detail.is_breaking
            found[at] = replace(was, narrows=True, callers=callers, is_breaking=is_breaking)
    yield from found
    yield from more


def _is_about(path: str, changed: str) -> bool:
    return path == changed or path.startswith(f"{changed}.") or (path == "output" and changed.startswith("output."))


def _raw(kind: str, definition: Any) -> list[tuple[tuple[str, ...], str]]:
    return texts.raw_in(texts.of_task(definition) if kind == "task" else texts.of_action(definition))


def _of_trigger(sides: Comparison, names: Names, old: Trigger, new: Trigger) -> Iterator[Detail]:
    for detail in differences(old, new):
        yield schedules.with_senders(detail, old, new)
    yield from schedules.fire_changes(old, new, sides.now)
    yield from schedules.url_changes(old, new)
    before, after = _reads_of_trigger(sides.base.snapshot, old), _reads_of_trigger(sides.head.snapshot, new)
    yield from reads.read_changes(before, after)


def _reads_of_trigger(snapshot: Snapshot, trigger: Trigger) -> reads.Reads:
    task = snapshot.tasks.get(trigger.task)
    found = reads.of_given(snapshot, trigger.input, task.input if task else {})
    secret = trigger.fields.get("secret")
    return found | reads.of_values({"secret": secret}) if isinstance(secret, str) else found


def _reads_of_connection(snapshot: Snapshot, connection: Connection) -> reads.Reads:
    return reads.of_values(connection.values)


def _of_connection(sides: Comparison, names: Names, old: Connection, new: Connection) -> Iterator[Detail]:
    is_secret = _secret_fields(sides, old) | _secret_fields(sides, new)
    for detail in differences(old, new):
        is_hidden = detail.path.partition(".")[0] in is_secret
        yield replace(detail, before=hidden(detail.before), after=hidden(detail.after)) if is_hidden else detail
    yield from reads.read_changes(reads.of_values(old.values), reads.of_values(new.values))
    if next(differences(old, new), None) is not None:
        yield from _read_by(sides, "connection", names)


def _read_by(sides: Comparison, kind: str, names: Names) -> Iterator[Detail]:
    """Every definition that reads a secret or a connection."""
    old = tuple(dict.fromkeys(_calling(sides, kind, names[0], at_head=False)))
    new = tuple(dict.fromkeys(_calling(sides, kind, names[1], at_head=True)))
    if old or new:
        yield Detail("used_by", CHANGED, _unique(old), _unique(new), callers=new or old)


def _secret_fields(sides: Comparison, connection: Connection) -> set[str]:
    """The names of the values that are secrets; all of them where the type is not known."""
    kinds = [side.snapshot.connection_types.get(connection.type) for side in (sides.base, sides.head)]
    if None in kinds and not any(kinds):
        return set(connection.values)
    return {name for kind in kinds if kind for name, field in kind.fields.items() if field.secret}


def _of_connection_type(sides: Comparison, names: Names, old: ConnectionType, new: ConnectionType) -> Iterator[Detail]:
    callers = Callers(sides.base_index, sides.head_index, "connection_type", names)
    return contract.of_input(old.fields, new.fields, (), callers)


def _of_secret(sides: Comparison, names: Names, old: Json, new: Json) -> Iterator[Detail]:
    """Texts in clear are never shown."""
    if not spelling.same(spelling.of_value(old), spelling.of_value(new)):
        for detail in members({"value": old}, {"value": new}, ()):
            yield replace(detail, before=hidden(detail.before), after=hidden(detail.after))
        yield from _read_by(sides, "secret", names)


def of_hook(sides: Comparison, old: Hook | None, new: Hook | None) -> tuple[Detail, ...]:
    """Of a hook of the workspace."""
    found = [] if old is None or new is None else list(differences(old, new))
    before, after = (reads.of_values(hook.input) if hook else {} for hook in (old, new))
    return (*found, *reads.read_changes(before, after))


def _users(sides: Comparison, kind: str, name: str) -> Iterator[Caller]:
    """Those at head that still name what is gone, and named it before."""
    before = {(user.kind, user.name) for user in _calling(sides, kind, name, at_head=False)}
    found = dict.fromkeys(_calling(sides, kind, name, at_head=True))
    return (user for user in found if (user.kind, user.name) in before)


def _calling(sides: Comparison, kind: str, name: str, *, at_head: bool) -> Iterator[Caller]:
    index = sides.head_index if at_head else sides.base_index
    if kind in ("task", "action", "connection_type"):
        yield from (call.caller for call in index.calls(kind, name))
    elif kind in ("secret", "connection"):
        for user, found in _all_reads(index.snapshot):
            if (kind, name) in found:
                yield user


def _all_reads(snapshot: Snapshot) -> Iterator[tuple[Caller, reads.Reads]]:
    for kind, find in _READS.items():
        section: Mapping[str, Any] = getattr(snapshot, f"{kind}s")
        for definition in section.values():
            yield Caller(kind, definition.name, definition.where), find(snapshot, definition)


_CHANGED: Mapping[str, Callable[..., Iterator[Detail]]] = {
    "task": _of_task,
    "action": _of_action,
    "trigger": _of_trigger,
    "connection": _of_connection,
    "connection_type": _of_connection_type,
    "secret": _of_secret,
}

_READS: Mapping[str, Callable[..., reads.Reads]] = {
    "task": reads.of_task,
    "action": reads.of_action,
    "trigger": _reads_of_trigger,
    "connection": _reads_of_connection,
}
