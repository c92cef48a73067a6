"""Finds file, line and column of a value by its path through a document or through the whole workspace."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gitflow.core.problems import NOWHERE, Place
from gitflow.core.values import is_list, is_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.definitions.source.reader import AnyDocument

#: Keys that the validator's paths do not preserve, and the suffix that preserves them.
_LOST = re.compile(r"\+?[0-9]*")
_SUFFIX = "-._-"


def place_of(document: AnyDocument, path: tuple[str | int, ...], key: bool = False) -> Place:
    """The place of a value or of its key, or of the nearest ancestor if the file does not contain it."""
    return _place(document, _find(document.spot, path, key))


def place_within(document: AnyDocument, where: Place, path: tuple[str, ...]) -> Place:
    """The place of a key inside the value whose own key is at ``where``; ``where`` if the file does not contain it."""
    found = _value_of_key_at(document.spot, where)
    key = None
    for part in path:
        key, found = _members(found).get(part, (None, None))
    return _place(document, key) if key is not None else where


def _value_of_key_at(spot: Any, where: Place) -> Any:
    for key, value in _members(spot).values():
        if key is not None and (key.start_mark.line + 1, key.start_mark.column + 1) == (where.line, where.column):
            return value
        if (found := _value_of_key_at(value, where)) is not None:
            return found
    return None


def written_at(document: AnyDocument, path: tuple[str | int, ...]) -> str | None:
    """The text of the scalar at the path, as it was written; None if there is no scalar."""
    found = document.spot
    for part in path:
        _, found = _members(found).get(part, (None, None))
    return getattr(found, "value", None)


def place_inside(document: AnyDocument, path: tuple[str | int, ...], offset: int) -> Place:
    """The place of a character in a text value, or of the value itself if it is not a text."""
    event = _find(document.spot, path, key=False)
    if event is None or not hasattr(event, "style"):
        return _place(document, event)
    start, end = event.start_mark.index, event.end_mark.index
    if event.style == "|":
        return _in_literal(document, event, offset)
    if "\n" not in document.text[start:end] and event.style in (None, "", "'"):
        return _single_line(document, event, offset)
    return _by_search(document, event, offset)


def escape_keys(value: Any) -> Any:
    """The value with a suffix on keys that the validator's paths do not preserve.

    The validator leaves out the empty key and takes digits for an index. The suffix does not change whether a name is
    valid.
    """
    if is_object(value):
        return {key + _SUFFIX if _LOST.fullmatch(key) else key: escape_keys(inner) for key, inner in value.items()}
    return [escape_keys(item) for item in value] if is_list(value) else value


def unescape(part: Any) -> Any:
    """A part of an error's path as the author wrote it."""
    return part.removesuffix(_SUFFIX) if isinstance(part, str) else part


class Locations:
    """The Locations of a workspace. Sections are merged from all files, so each definition knows its document.

    ``homes`` maps ``(section, name)`` to a document and the path inside it.
    """

    def __init__(self, homes: Mapping[tuple[str | int, ...], tuple[AnyDocument, tuple[str | int, ...]]]) -> None:
        self._homes = homes

    def at(self, *path: str | int, key: bool = False) -> Place:
        document, inner = self._home(path)
        return place_of(document, inner, key) if document else NOWHERE

    def inside(self, path: tuple[str | int, ...], offset: int) -> Place:
        document, inner = self._home(path)
        return place_inside(document, inner, offset) if document else NOWHERE

    def _home(self, path: tuple[str | int, ...]) -> tuple[AnyDocument | None, tuple[str | int, ...]]:
        home = self._homes.get(path[:2]) or self._homes.get(path[:1])
        if home is None:
            return next(iter(self._homes.values()), (None, ()))[0], ()
        return home[0], home[1] + path[2:]


def _find(spot: Any, path: tuple[str | int, ...], key: bool) -> Any:
    """The parser event of the value at the path, or of its key."""
    found = spot
    name = None
    for part in path:
        members = _members(found)
        if part not in members:
            break
        name, found = members[part]
    else:
        return name if key and name is not None else _event(found)
    # not in the file: the key of an ancestor says more than the place of its first member
    return name or _event(found)


def _members(spot: Any) -> Mapping[str | int, tuple[Any, Any]]:
    """``(key, value)`` by name or index; nothing for a scalar."""
    if not _is_collection(spot):
        return {}
    members: Any = spot[1]
    return members if hasattr(members, "keys") else {index: (None, member) for index, member in enumerate(members)}


def _event(spot: Any) -> Any:
    return spot[0] if _is_collection(spot) else spot


def _is_collection(spot: Any) -> bool:
    """Whether it is the spot of a collection: its event and its members. The spot of a scalar is its event."""
    return isinstance(spot, tuple)


def _place(document: AnyDocument, event: Any) -> Place:
    if event is None:
        return Place(document.path)
    mark = event.start_mark
    return Place(document.path, mark.line + 1, mark.column + 1)


def _single_line(document: AnyDocument, event: Any, offset: int) -> Place:
    mark = event.start_mark
    if event.style == "'":
        offset += 1 + event.value[:offset].count("'")  # the quote itself, and each quote inside is doubled
    return Place(document.path, mark.line + 1, mark.column + 1 + offset)


def _in_literal(document: AnyDocument, event: Any, offset: int) -> Place:
    before = event.value[:offset]
    first = event.start_mark.line + 1
    lines = document.text.split("\n")
    indent = _indent_of(lines[first : event.end_mark.line + 1], event.value)
    line = before.count("\n")
    column = len(before) - (before.rfind("\n") + 1)
    return Place(document.path, first + line + 1, indent + column + 1)


def _indent_of(lines: list[str], value: str) -> int:
    """The indentation of a block's text, taken from its first line that is not blank."""
    written = next((line for line in lines if line.strip()), "")
    first = next((line for line in value.split("\n") if line.strip()), "")
    return max(len(written.rstrip("\r")) - len(first.rstrip("\r")), 0)


def _by_search(document: AnyDocument, event: Any, offset: int) -> Place:
    """Finds a place in folded, escaped or multi-line text by counting occurrences of the word at the offset."""
    word = re.compile(r"[^\s\"\\]*").match(event.value, offset)
    snippet = word.group()[:24] if word else ""
    mark = event.start_mark
    if not snippet:
        return Place(document.path, mark.line + 1, mark.column + 1)
    at = mark.index
    for _ in range(event.value.count(snippet, 0, offset) + 1):
        found = document.text.find(snippet, at, event.end_mark.index)
        if found < 0:
            return Place(document.path, mark.line + 1, mark.column + 1)
        at = found + len(snippet)
    at -= len(snippet)
    return Place(document.path, document.text.count("\n", 0, at) + 1, at - document.text.rfind("\n", 0, at))
