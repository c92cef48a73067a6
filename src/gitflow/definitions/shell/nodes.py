"""A shell script as a tree, in the same records whichever exact parser has read it.

Only what the judgement asks for is kept: which words make a command, what is quoted, what is expanded where. The
parsers' own trees become this one in ``bash_tree`` and ``dash_tree``; what they cannot express here is
``Unsafe``, and a value inside that is refused.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, cast

from gitflow.core.record import Record, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias, TypeVar

    T = TypeVar("T")

    Piece: TypeAlias = "Text | Parameter | Output | Process | Unsafe"
    Statement: TypeAlias = "Simple | Group | Pipeline | Loop | Case | Function | Test | Unsafe"


#: The classes of fields in which no record can be.
_LEAVES = frozenset((str, bool, int))


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
    for each in _within(node):
        if isinstance(each, Text):
            yield each
        elif isinstance(each, tuple):
            pieces = cast("tuple[object, ...]", each)
            if (name := name_of(pieces)) and not (len(pieces) == 1 and isinstance(pieces[0], Text)):
                yield Text(name, several=any(isinstance(piece, Text) and piece.several for piece in pieces))


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


def records_in(node: object, kind: type[T] | tuple[type[T], ...]) -> Iterator[T]:
    """Every record of a kind at any depth, each before what is inside of it."""
    for each in _within(node):
        if isinstance(each, kind):
            yield each


def _within(node: object) -> Iterator[object]:
    """The node and every record and tuple at any depth, each before what is inside of it, without empty tuples.

    A loop and no recursion: the judgement walks through each tree many times.
    """
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, tuple):
            parts = cast("tuple[object, ...]", node)
        else:
            parts = [getattr(node, name) for name in getattr(node, "__match_args__", ())]
        waiting += [each for each in reversed(parts) if each and each.__class__ not in _LEAVES]


def mapped(node: object, change: Callable[[object], object]) -> object:
    """A record or tuple with ``change`` applied to each part of it; itself where no part is another one then."""
    if isinstance(node, tuple):
        parts = cast("tuple[object, ...]", node)
        made = tuple(map(change, parts))
        return made if any(new is not old for new, old in zip(made, parts, strict=True)) else parts
    parts_by_name = {name: getattr(node, name) for name in getattr(node, "__match_args__", ())}
    changed = {name: new for name, old in parts_by_name.items() if (new := change(old)) is not old}
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
