"""A shell script as a tree, in the same records whichever exact parser has read it.

Only what the judgement asks for is kept: which words make a command, what is quoted, what is expanded where. The
parsers' own trees become this one in ``bash_tree`` and ``dash_tree``; what they cannot express here is
``Unsafe``, and a value inside that is refused.
"""

from __future__ import annotations

from itertools import pairwise
from operator import is_not
from typing import TYPE_CHECKING, cast

from gitflow.core.record import Record, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import TypeAlias, TypeVar

    T = TypeVar("T")

    Piece: TypeAlias = "Text | Parameter | Output | Process | Unsafe"
    Statement: TypeAlias = "Simple | Group | Pipeline | Loop | Case | Function | Test | Unsafe"


class Unreadable(Exception):
    """The text is no script in this dialect; the message says what the parser said."""


class Text(Record):
    text: str
    quoted: bool = False
    several: bool = False  #: a pattern or braces, which may become several words


class Parameter(Record):
    """``$x`` or ``${x…}``."""

    name: str
    quoted: bool
    operator: str = ""  #: ``:-``, ``#``, …; "" for the plain value
    inner: tuple[Piece, ...] = ()  #: the word behind the operator
    offset: int = -1  #: in bytes into the script, where the parser says it


class Output(Record):
    """``$(…)`` or backticks."""

    body: tuple[Statement, ...]
    quoted: bool
    backticks: bool = False


class Process(Record):
    """``<(…)`` or ``>(…)``."""

    body: tuple[Statement, ...]
    reads: bool  #: ``>(…)``: its commands read what is written here


class Unsafe(Record):
    """A piece or a statement in which no value is data: ``reason`` is a row of ``tables.PLACES``."""

    reason: str
    pieces: tuple[Piece, ...] = ()
    statements: tuple[Statement, ...] = ()
    quoted: bool = True
    names: frozenset[str] = frozenset()  #: variables that are evaluated here by their bare names
    variable: str = ""  #: whose subscript this is
    offset: int = -1  #: in bytes into the script, where the parser says it


class Assignment(Record):
    name: str
    value: tuple[Piece, ...] = ()
    elements: tuple[tuple[Piece, ...], ...] | None = None  #: of an array
    index: Unsafe | None = None  #: the subscript of its name
    appends: bool = False


class Redirect(Record):
    operator: str
    target: tuple[Piece, ...] = ()  #: the file or descriptor; the text of a here-document or here-string
    is_text: bool = False  #: a here-document or here-string
    literal: str = ""  #: the text of a here-document with a quoted end


class Simple(Record):
    """A simple command. ``keyword`` marks ``export``, ``declare``, …, whose words the shell reads as declarations."""

    assignments: tuple[Assignment, ...] = ()
    words: tuple[tuple[Piece, ...], ...] = ()
    redirects: tuple[Redirect, ...] = ()
    keyword: str = ""
    carries: tuple[Parameter, ...] = ()  #: what stands for a function's output or for the standard input


class Group(Record):
    """Statements one after the other: a list, a block, a subshell, a condition with its branches."""

    kind: str
    statements: tuple[Statement, ...]
    redirects: tuple[Redirect, ...] = ()


class Pipeline(Record):
    stages: tuple[Statement, ...]


class Loop(Record):
    """``for NAME in WORDS`` and ``select``. ``words`` is None for the positional parameters."""

    variable: str
    words: tuple[tuple[Piece, ...], ...] | None
    body: tuple[Statement, ...]
    redirects: tuple[Redirect, ...] = ()


class Case(Record):
    word: tuple[Piece, ...]
    items: tuple[tuple[tuple[tuple[Piece, ...], ...], tuple[Statement, ...]], ...]  #: patterns and statements
    redirects: tuple[Redirect, ...] = ()
    falls_through: bool = False  #: ``;&`` or ``;;&``: after an item others may run


class Function(Record):
    name: str
    body: tuple[Statement, ...]


class Test(Record):
    """One comparison or check of ``[[ … ]]``, its operator first; joined ones are a Group."""

    operator: str
    operands: tuple[tuple[Piece, ...], ...]


class Tree(Record):
    """A whole script. ``bashisms``: what in it the shells that are called sh read in different ways."""

    statements: tuple[Statement, ...]
    bashisms: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()  #: of each statement; where they are not known, all stand on one line


#: The fields of each record in which other records are, alone or in tuples. What walks through a tree goes by it.
PARTS: Mapping[type, tuple[str, ...]] = {
    Text: (),
    Parameter: ("inner",),
    Output: ("body",),
    Process: ("body",),
    Unsafe: ("pieces", "statements"),
    Assignment: ("value", "elements", "index"),
    Redirect: ("target",),
    Simple: ("assignments", "words", "redirects", "carries"),
    Group: ("statements", "redirects"),
    Pipeline: ("stages",),
    Loop: ("words", "body", "redirects"),
    Case: ("word", "items", "redirects"),
    Function: ("body",),
    Test: ("operands",),
    Tree: ("statements",),
}
_PARTS_BACKWARDS = {kind: names[::-1] for kind, names in PARTS.items()}


def redirected(statement: Statement, redirects: tuple[Redirect, ...]) -> Statement:
    """The statement with redirections behind it."""
    if not redirects:
        return statement
    if isinstance(statement, (Simple, Group, Loop, Case)):
        return replace(statement, redirects=(*statement.redirects, *redirects))
    return Group("redirected", (statement,), redirects)


def statements_in(node: object) -> Iterator[Statement]:
    """Every statement at any depth, also those inside of words."""
    return records_in(node, (Simple, Group, Pipeline, Loop, Case, Function, Test))


def parameters_in(node: object) -> Iterator[Parameter]:
    """Every parameter at any depth."""
    return records_in(node, Parameter)


def texts_in(node: object) -> Iterator[Text]:
    """Every text at any depth, and every word of texts and variables as one: ``"$dir"/a.sh`` is ``$dir/a.sh``."""
    if isinstance(node, tuple):
        pieces = cast("tuple[object, ...]", node)
        if (name := name_of(pieces)) and not (len(pieces) == 1 and isinstance(pieces[0], Text)):
            yield Text(name, several=any(isinstance(each, Text) and each.several for each in pieces))
        for each in pieces:
            yield from texts_in(each)
        return
    if isinstance(node, Text):
        yield node
    for name in PARTS[node.__class__]:
        if part := getattr(node, name):
            yield from texts_in(part)


def name_of(pieces: tuple[object, ...]) -> str:
    """The word of a file's name, with its variables as ``$name``; "" where it holds something else."""
    found = ""
    for each in pieces:
        match each:
            case Text(text):
                found += text
            case Parameter(name, _, ""):
                found += f"${name}"
            case _:
                return ""
    return found


def lead_of(pieces: tuple[Piece, ...]) -> str:
    """The text that a word begins with."""
    first = pieces[0] if pieces else None
    return first.text if isinstance(first, Text) else ""


def records_in(node: object, kind: type[T] | tuple[type[T], ...]) -> Iterator[T]:
    """Every record of a kind at any depth, each before what is inside of it.

    A loop and no recursion: the judgement walks through each tree many times.
    """
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if node.__class__ is tuple:
            waiting += cast("tuple[object, ...]", node)[::-1]
            continue
        if isinstance(node, kind):
            yield node
        for name in _PARTS_BACKWARDS[node.__class__]:
            if part := getattr(node, name):
                waiting.append(part)


def mapped(node: object, change: Callable[[object], object]) -> object:
    """A record or tuple with ``change`` applied to each part of it; itself where no part is another one then."""
    if isinstance(node, tuple):
        parts = cast("tuple[object, ...]", node)
        made = tuple(map(change, parts))
        return made if any(map(is_not, made, parts)) else parts
    changed = {
        name: new for name in PARTS[node.__class__] if (old := getattr(node, name)) and (new := change(old)) is not old
    }
    return replace(node, **changed) if changed else node


def without_lone_brace(quoted: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """The pieces between double quotes, unless ``{`` follows ``$$``.

    bash looks for its ``}``; without one it gives up the line with "bad substitution" and goes on with the next, so
    that what the rest of the line assigns is not assigned. Raises Unreadable.
    """
    for first, second in pairwise(quoted):
        if isinstance(first, Parameter) and first.name == "$" and isinstance(second, Text) and second.text[:1] == "{":
            raise Unreadable("`$${` between double quotes, where bash looks for a `}`")
    return quoted
