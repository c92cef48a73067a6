"""The compiled snapshot: definitions that passed every check, as bytes that load fast.

It is JSON: the plain trees, in which each mapping that becomes a definition has its place in ``$at``, and each shell
text its ``$script``. A definition is parsed on first access. The bytes contain the version of this format; another
version is refused, and the caller loads the text again.
"""

from __future__ import annotations

from _collections_abc import Mapping as BaseOfMappings

from gitflow.core import json_codec
from gitflow.core.language.snapshot import Snapshot
from gitflow.core.problems import Place, Problem, Severity
from gitflow.core.values import is_object
from gitflow.definitions.parser import (
    parse_action,
    parse_connection,
    parse_connection_type,
    parse_hooks,
    parse_task,
    parse_trigger,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from gitflow.core.values import Json, JsonObject

#: Increased with every change of the trees or of their meaning to the parser.
FORMAT = 1

#: The key of the places of secrets: their values have no place of their own.
SECRET_PLACES = "secret_places"

#: Section -> the parser of its members.
PARSERS = {
    "actions": parse_action,
    "tasks": parse_task,
    "triggers": parse_trigger,
    "connections": parse_connection,
    "connection_types": parse_connection_type,
}


class WrongFormat(ValueError):
    """The bytes are not a compiled snapshot of this version; the text must be loaded again."""


class Section(BaseOfMappings):  # type: ignore[type-arg]
    """One section: names in the order of the text, with each member parsed on first access."""

    __slots__ = ("_parse", "_parsed", "_plain")

    def __init__(self, plain: Mapping[str, JsonObject], parse: Callable[[str, JsonObject], Any]) -> None:
        self._plain = plain
        self._parse = parse
        self._parsed: dict[str, Any] = {}

    @property
    def nodes(self) -> Mapping[str, JsonObject]:
        """The members as they are stored, each with its place in ``$at``."""
        return self._plain

    def __getitem__(self, name: str) -> Any:
        found = self._parsed.get(name)
        if found is None:
            found = self._parsed[name] = self._parse(name, self._plain[name])
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._plain

    def __iter__(self) -> Iterator[str]:
        return iter(self._plain)

    def __len__(self) -> int:
        return len(self._plain)

    def __repr__(self) -> str:
        return f"Section({dict(self)!r})"


def encode(
    tree: JsonObject,
    *,
    workspace: str,
    revision: str,
    warnings: tuple[Problem, ...] = (),
    secret_places: Mapping[str, Place] = {},
    encoded: Callable[[str, str, JsonObject], str] = lambda section, name, node: dumps(node),
) -> bytes:
    """Encodes the annotated sections of the whole workspace (annotations.py). ``encoded`` gives a member as JSON."""
    rows = [[w.severity, w.rule, w.file, w.line, w.column, w.message, w.hint] for w in warnings]
    whole: JsonObject = {"format": FORMAT, "workspace": workspace, "revision": revision, "warnings": rows}
    if secret_places:
        whole[SECRET_PLACES] = {name: [at.line, at.column, at.file] for name, at in secret_places.items()}
    head = dumps(whole)
    sections = (f"{dumps(section)}:{_section(section, inside, encoded)}" for section, inside in tree.items())
    return f'{head[:-1]},"tree":{{{",".join(sections)}}}}}'.encode()


def _section(section: str, inside: Any, encoded: Callable[[str, str, JsonObject], str]) -> str:
    if not is_object(inside):
        return dumps(inside)
    return f"{{{','.join(f'{dumps(name)}:{encoded(section, name, node)}' for name, node in inside.items())}}}"


def dumps(value: Json) -> str:
    return json_codec.dumps(value, ensure_ascii=False, separators=(",", ":"))


def decode(data: bytes) -> Snapshot:
    """Decodes a compiled snapshot. Raises WrongFormat for bytes of another version or any other bytes."""
    try:
        whole: Any = json_codec.loads(data)
    except ValueError as error:
        raise WrongFormat("not a compiled snapshot") from error
    found = whole.get("format") if hasattr(whole, "get") else None
    if found != FORMAT:
        raise WrongFormat(f"a compiled snapshot of format {found}; this version reads format {FORMAT}")
    warnings = tuple(Problem(Severity(severity), *rest) for severity, *rest in whole["warnings"])
    places = {name: Place(file, line, column) for name, (line, column, file) in whole.get(SECRET_PLACES, {}).items()}
    return snapshot_of(
        whole["tree"],
        workspace=whole["workspace"],
        revision=whole["revision"],
        warnings=warnings,
        secret_places=places,
    )


def snapshot_of(
    tree: JsonObject,
    *,
    workspace: str,
    revision: str,
    warnings: tuple[Problem, ...] = (),
    secret_places: Mapping[str, Place] = {},
) -> Snapshot:
    """The snapshot of a tree that passed its schema."""
    sections: dict[str, Json] = {name: Section(tree.get(name, {}), parse) for name, parse in PARSERS.items()}
    return Snapshot(
        workspace=workspace,
        revision=revision,
        secrets=tree.get("secrets", {}),
        secret_places=secret_places,
        hooks=parse_hooks(tree),
        warnings=warnings,
        **sections,
    )


def is_stored(snapshot: Snapshot) -> bool:
    """Whether it was decoded, so that its members are known as they are stored."""
    return all(isinstance(getattr(snapshot, section), Section) for section in PARSERS)


def is_same_text(one: Snapshot, other: Snapshot, section: str, name: str) -> bool:
    """Whether both have the same text of a member in the same place, as far as that is known without parsing it."""
    members = getattr(one, section), getattr(other, section)
    known = [each.nodes.get(name) for each in members if isinstance(each, Section)]
    return len(known) == 2 and known[0] is not None and known[0] == known[1]


def may_name_script(snapshot: Snapshot, section: str, name: str) -> bool:
    """Whether an action or a task may have a ``script``, as far as that is known without parsing it."""
    members = getattr(snapshot, section)
    if not isinstance(members, Section):
        return True
    node = members.nodes[name]
    return "script" in node or any("script" in step for step in node.get("flow", {}).values())


def fields_of_actions(snapshot: Snapshot) -> Iterator[Mapping[str, Json]]:
    """Of all actions, those in steps included; what is stored is not parsed."""
    if not is_stored(snapshot):
        yield from (action.fields for action in snapshot.actions.values())
        steps = (step for task in snapshot.tasks.values() for step in task.flow.values())
        yield from (step.inline.fields for step in steps if step.inline is not None)
        return
    stored: Any = snapshot
    yield from stored.actions.nodes.values()
    for task in stored.tasks.nodes.values():
        yield from task.get("flow", {}).values()
