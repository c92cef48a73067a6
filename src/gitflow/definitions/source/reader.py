"""Reads YAML: one document, the 1.2 core schema, and the place of every key and value.

Values are built here from libyaml's events, which have the places. Only ``true`` and ``false`` are booleans, and
``on``, ``1_000``, ``12:30:00`` and dates stay text. Mistakes become Problems; nothing here raises. Aliases share
their value, so values must not be changed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from gitflow.core.names import closest
from gitflow.core.problems import Place, Problem
from gitflow.core.record import Record

if TYPE_CHECKING:
    from gitflow.core.values import Json

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 64
#: What aliases may add, in characters, if each is written out in full (a value without text counts 16).
MAX_ALIASED = 4 * 1024 * 1024

_WORDS: dict[str, Json] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_NUMERIC = frozenset("+-.0123456789")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_ENDLESS = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

_MAX_INTEGER = 2**63

_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Document(Record):
    """One file. ``readable`` is false if its text is not YAML; ``value`` is then None."""

    path: str
    value: Json
    problems: tuple[Problem, ...] = ()
    readable: bool = True
    text: str = ""
    spot: Any = None  #: read through ``places``


class StoredDocument:
    """A file that was accepted before, known by its members as they were compiled; its text is read when it is asked
    where something stands."""

    __slots__ = ("_data", "_read", "path", "value")

    problems: tuple[Problem, ...] = ()
    readable = True

    def __init__(self, path: str, data: bytes, value: Json) -> None:
        self.path = path
        self.value = value
        self._data = data
        self._read: Document | None = None

    @property
    def text(self) -> str:
        return self._whole.text

    @property
    def spot(self) -> Any:
        return self._whole.spot

    @property
    def _whole(self) -> Document:
        if self._read is None:
            self._read = read(self.path, self._data)
        return self._read


if TYPE_CHECKING:
    AnyDocument = Document | StoredDocument


class _Refused(Exception):
    def __init__(self, rule: str, message: str, hint: str, mark: Any) -> None:
        super().__init__(message)
        self.rule, self.message, self.hint, self.mark = rule, message, hint, mark


def read(path: str, data: bytes) -> Document:
    """Reads a file: its value with the places of everything in it, or Problems."""
    if len(data) > MAX_BYTES:
        return _unreadable(
            path, "too-large", f"the file is larger than {MAX_BYTES:,} bytes", "split it into several files"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = Place(path, data.count(b"\n", 0, error.start) + 1, error.start - data.rfind(b"\n", 0, error.start))
        return _unreadable(path, "not-utf-8", "the file is not UTF-8 text", "save it as UTF-8", where)
    builder = None
    try:
        builder = _Builder(path, text)
        value, spot = builder.document()
    except _Refused as refused:
        where = Place(path, refused.mark.line + 1, refused.mark.column + 1)
        return _unreadable(path, refused.rule, refused.message, refused.hint, where, builder)
    except yaml.YAMLError as error:
        message, hint, where = _syntax_error(path, text, error)
        return _unreadable(path, "syntax", message, hint, where, builder)
    return Document(path, value, tuple(builder.problems), text=text, spot=spot)


def _unreadable(
    path: str, rule: str, message: str, hint: str = "", where: Place | None = None, builder: _Builder | None = None
) -> Document:
    problem = Problem.at(where or Place(path), rule, message, hint)
    found = builder.problems if builder else []
    is_known = any((each.line, each.column) == (problem.line, problem.column) for each in found)
    return Document(path, None, tuple(found) if is_known else (*found, problem), readable=False)


def _syntax_error(path: str, text: str, error: yaml.YAMLError) -> tuple[str, str, Place]:
    from gitflow.definitions.source.syntax_errors import explain  # only for a file that is not YAML

    mark = getattr(error, "problem_mark", None)
    said = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "this is not YAML")
    at = (mark.line, mark.column) if mark else _position(text, getattr(error, "position", 0))
    begun = getattr(error, "context_mark", None)
    found = explain(text, said, at, (begun.line, begun.column) if begun else at)
    return found.message, found.hint, Place(path, found.line + 1, found.column + 1)


def _position(text: str, offset: object) -> tuple[int, int]:
    at = offset if isinstance(offset, int) else 0
    return text.count("\n", 0, at), at - text.rfind("\n", 0, at) - 1


class _Builder:
    """Builds values and their places from the events of one document."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.anchors: dict[str, tuple[Json, Any, int]] = {}
        self.weight = 0  # characters so far, counted as for MAX_ALIASED
        self.aliased = 0
        self.next: Any = _Parser(text).get_event

    def document(self) -> tuple[Json, Any]:
        self.next()
        event = self.next()
        if not isinstance(event, yaml.DocumentStartEvent):
            return None, None
        value, spot = self.node(self.next(), 0)
        self.next()
        after = self.next()
        if isinstance(after, yaml.DocumentStartEvent):
            hint = "put the second document into a file of its own"
            raise _Refused("several-documents", "a second document; a file holds one", hint, after.start_mark)
        return value, spot

    def node(self, event: Any, depth: int) -> tuple[Json, Any]:
        kind = event.__class__
        if kind is AliasEvent:
            return self.alias(event)
        if event.tag is not None:
            self.refuse_tag(event)
        before = self.weight
        self.weight += 16
        if kind is ScalarEvent:
            value, spot = self.scalar(event), event
        elif depth >= MAX_DEPTH:
            raise _Refused("too-deep", f"nested more than {MAX_DEPTH} deep", "", event.start_mark)
        elif kind is MappingStartEvent:
            value, spot = self.mapping(event, depth + 1)
        else:
            value, spot = self.sequence(event, depth + 1)
        if event.anchor is not None:
            self.anchors[event.anchor] = value, spot, self.weight - before
        return value, spot

    def scalar(self, event: Any) -> Json:
        text = event.value
        if event.implicit[0]:  # written plain, without quotes
            if text in _WORDS:
                return _WORDS[text]
            if text[0] in _NUMERIC:
                return self.number(text, event)
        self.weight += len(text)
        return text

    def number(self, text: str, event: Any) -> Json:
        value = _number(text)
        if value is None:
            message = f"JSON cannot represent the number {_short(text)}"
            self.report(event, "number-range", message, "put it in quotes to make it a text")
        return value

    def mapping(self, start: Any, depth: int) -> tuple[Json, Any]:
        values: dict[str, Json] = {}
        spots: dict[str, tuple[Any, Any]] = {}
        while True:
            key = self.next()
            if key.__class__ is MappingEndEvent:
                return values, (start, spots)
            name = self.key(key, depth, start)
            value, spot = self.node(self.next(), depth)
            if name is None:
                continue
            if name in values:
                first = spots[name][0].start_mark.line + 1
                self.report(
                    key,
                    "duplicate-key",
                    f'the key "{_short(name)}" occurs twice; the first is on line {first}',
                    "remove or rename one of them",
                )
                continue
            values[name] = value
            spots[name] = key, spot

    def key(self, event: Any, depth: int, outer: Any) -> str | None:
        """``outer``: the start of the mapping that has the key."""
        if event.__class__ is ScalarEvent:
            if event.tag is not None:
                self.refuse_tag(event)
            if event.anchor is not None:
                self.anchors[event.anchor] = self.scalar(event), event, 16 + len(event.value)
            if event.value == "<<" and event.implicit[0]:
                hint = "write the keys out, or use an alias for the whole value"
                self.report(event, "merge-key", "`<<` (merge) is not part of YAML 1.2", hint)
                return None
            self.weight += 16 + len(event.value)
            return event.value
        value, _ = self.node(event, depth)
        if isinstance(value, str) and event.__class__ is AliasEvent:
            return value
        if event.__class__ is MappingStartEvent and event.start_mark.index == outer.start_mark.index + 1:
            hint = 'put the text in quotes: "{{ … }}"'
            self.report(outer, "key-not-text", "`{{` begins a mapping in YAML unless it stands in quotes", hint)
        else:
            self.report(event, "key-not-text", "a key must be text, not a list, a mapping or another value")
        return None

    def sequence(self, start: Any, depth: int) -> tuple[Json, Any]:
        values: list[Json] = []
        spots: list[Any] = []
        while True:
            event = self.next()
            if event.__class__ is SequenceEndEvent:
                return values, (start, spots)
            value, spot = self.node(event, depth)
            values.append(value)
            spots.append(spot)

    def alias(self, event: Any) -> tuple[Json, Any]:
        known = self.anchors.get(event.anchor)
        if known is None:
            message = f"*{_short(event.anchor)} refers to an anchor that is not defined before it"
            hint = (
                closest(event.anchor, self.anchors)
                or f'a text that begins with `*` stands in quotes: "*{event.anchor}"'
            )
            self.report(event, "unknown-anchor", message, hint)
            return None, event
        value, spot, weight = known
        self.weight += weight
        self.aliased += weight
        if self.aliased > MAX_ALIASED:
            hint = "write less, or generate the file"
            message = "the aliases would expand this file beyond 4 MiB"
            raise _Refused("alias-bomb", message, hint, event.start_mark)
        return value, spot

    def refuse_tag(self, event: Any) -> None:
        hint = "remove the tag; put a text in quotes"
        self.report(event, "tag", f"tags such as {_short(_tag(event.tag))} are not supported", hint)

    def report(self, event: Any, rule: str, message: str, hint: str = "") -> None:
        mark = event.start_mark
        self.problems.append(Problem.at(Place(self.path, mark.line + 1, mark.column + 1), rule, message, hint))


def _number(text: str) -> int | float | str | None:
    """A plain scalar that begins like a number: the number, the text itself, or None for one out of range."""
    if _INTEGER.fullmatch(text):
        value = int(text) if len(text) <= 20 else _MAX_INTEGER
        return value if -_MAX_INTEGER <= value < _MAX_INTEGER else None
    if _HEXADECIMAL.fullmatch(text):
        return int(text, 16) if len(text) <= 17 else None
    if _NUMBER.fullmatch(text):
        value = float(text)
        return value if abs(value) != float("inf") else None
    return None if _ENDLESS.fullmatch(text) else text


def _tag(tag: str) -> str:
    standard = "tag:yaml.org,2002:"
    return "!!" + tag[len(standard) :] if tag.startswith(standard) else tag


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"
