"""dash's reading of a script: the tree of its own parser (``libdash``), as a ``nodes.Tree``.

libdash gives lists: a kind and its contents; a word is a list of characters, each plain (``C``), escaped (``E``), or
one of the expansions. Braces around a list leave no trace in it, and here-documents come without their ends.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gitflow.definitions.shell import nodes
from gitflow.definitions.shell.nodes import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from gitflow.definitions.shell.nodes import Piece, Statement

    Pieces = tuple[Piece, ...]

#: Operators of ``${x…}``: dash's name, with and without the colon.
_OPERATORS = {
    "Minus": ("-", ":-"),
    "Plus": ("+", ":+"),
    "Question": ("?", ":?"),
    "Assign": ("=", ":="),
    "TrimR": ("%", "%"),
    "TrimRMax": ("%%", "%%"),
    "TrimL": ("#", "#"),
    "TrimLMax": ("##", "##"),
}
_TRIMS = frozenset({"TrimR", "TrimRMax", "TrimL", "TrimLMax"})
_FILES = {"To": ">", "Clobber": ">|", "From": "<", "FromTo": "<>", "Append": ">>"}
_DESCRIPTORS = {"ToFD": ">&", "FromFD": "<&"}
_PATTERN = frozenset("*?[")


def tree_of(statements: list[Any]) -> nodes.Tree:
    """Raises Unreadable for a node that is not known here."""
    return nodes.Tree(tuple(map(_statement, statements)))


def _statement(node: Any) -> Statement:
    kind, inside = node
    read = _STATEMENTS.get(kind)
    if read is None:
        raise Unreadable(f"a {kind}")
    return read(inside)


def _command(inside: Any) -> Statement:
    _, assigned, given, redirects = inside
    assignments = tuple(nodes.Assignment(name, _pieces(value, False)) for name, value in assigned)
    found = tuple(_pieces(word, False) for word in given)
    return nodes.Simple(assignments, found, _redirects(redirects))


def _both(kind: str) -> Callable[[Any], Statement]:
    return lambda inside: nodes.Group(kind, tuple(map(_statement, inside)))


def _pipe(inside: Any) -> Statement:
    return nodes.Pipeline(tuple(map(_statement, inside[1])))


def _redirected(inside: Any) -> Statement:
    _, body, redirects = inside
    return nodes.redirected(_statement(body), _redirects(redirects))


def _subshell(inside: Any) -> Statement:
    _, body, redirects = inside
    return nodes.Group("subshell", (_statement(body),), _redirects(redirects))


def _background(inside: Any) -> Statement:
    return nodes.Group("background", (_redirected(inside),))


def _not(inside: Any) -> Statement:
    return _statement(inside)


def _case(inside: Any) -> Statement:
    _, word, items = inside
    read = tuple(
        (tuple(_pieces(pattern, False) for pattern in item["cpattern"]), (_statement(item["cbody"]),)) for item in items
    )
    return nodes.Case(_pieces(word, False), read)


def _for(inside: Any) -> Statement:
    _, given, body, name = inside
    return nodes.Loop(name, tuple(_pieces(word, False) for word in given), (_statement(body),))


def _function(inside: Any) -> Statement:
    _, name, body = inside
    return nodes.Function(name, (_statement(body),))


def _redirects(found: Any) -> tuple[nodes.Redirect, ...]:
    return tuple(map(_redirect, found))


def _redirect(node: Any) -> nodes.Redirect:
    kind, (operation, _, target) = node
    if kind == "Heredoc":
        literal = operation == "Here"
        pieces = () if literal else _pieces(target, True)
        return nodes.Redirect("<<", pieces, is_text=True)
    operator = (_FILES if kind == "File" else _DESCRIPTORS)[operation]
    return nodes.Redirect(operator, _pieces(target, False))


def _pieces(word: Any, quoted: bool) -> Pieces:
    found: list[Piece] = []
    text: list[str] = []
    several = False
    alone = len(word) == 1

    def flush() -> None:
        nonlocal several
        if text:
            found.append(nodes.Text("".join(text), quoted, several))
        text.clear()
        several = False

    braces = not quoted and _has_braces(word)
    for part in word:
        kind, inside = part
        if kind in ("C", "E"):
            character = chr(inside)
            text.append(character)
            if kind == "C" and not quoted:
                several |= braces or (character in _PATTERN and not (alone and character == "["))
            continue
        flush()
        if kind == "T":
            text.append("~" if inside == "None" else f"~{inside[1]}")
            continue
        read = _PARTS.get(kind)
        if read is None:
            raise Unreadable(f"a {kind} in a word")
        found.extend(read(inside, quoted))
    flush()
    return tuple(found)


def _has_braces(word: Any) -> bool:
    plain = "".join(chr(part[1]) for part in word if part[0] == "C")
    return "{" in plain and ("," in plain or ".." in plain)


def _quoted(inside: Any, quoted: bool) -> Pieces:
    return _pieces(inside, True) or (nodes.Text("", quoted=True),)


def _variable(inside: Any, quoted: bool) -> Pieces:
    kind, colon, name, word = inside
    if kind == "Normal":
        return (nodes.Parameter(name, quoted),)
    if kind == "Length":
        return (nodes.Parameter(name, quoted, "length"),)
    if kind not in _OPERATORS:
        raise Unreadable(f"a variable of the kind {kind}")
    inner = _pieces(word, quoted and kind not in _TRIMS)
    return (nodes.Parameter(name, quoted, _OPERATORS[kind][bool(colon)], inner),)


def _arithmetic(inside: Any, quoted: bool) -> Pieces:
    pieces = _pieces(inside, False)
    text = " ".join(piece.text for piece in pieces if isinstance(piece, nodes.Text))
    names = frozenset(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", text))
    return (nodes.Unsafe("arithmetic", pieces, names=names),)


def _output(inside: Any, quoted: bool) -> Pieces:
    return (nodes.Output((_statement(inside),), quoted),)


_STATEMENTS: dict[str, Callable[[Any], Statement]] = {
    "Command": _command,
    "Semi": _both("list"),
    "And": _both("&&"),
    "Or": _both("||"),
    "If": _both("if"),
    "While": _both("while"),
    "Pipe": _pipe,
    "Redir": _redirected,
    "Background": _background,
    "Subshell": _subshell,
    "Not": _not,
    "Case": _case,
    "For": _for,
    "Defun": _function,
}

_PARTS: dict[str, Callable[[Any, bool], Pieces]] = {
    "Q": _quoted,
    "V": _variable,
    "A": _arithmetic,
    "B": _output,
}
