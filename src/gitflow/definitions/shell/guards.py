"""Whether a script looks at a variable before it uses it, in a way that keeps out what it did not expect.

Trusted are a ``case`` that leaves the script for everything but the texts, or the letters, that it lists, a comparison
of numbers or ``[[ =~ ]]`` with a pattern from beginning to end followed by ``|| exit``, and the same as the condition
around the use. Where the value becomes a command, letters are too much: any of them may be the name of a program.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gitflow.definitions.shell import nodes
from gitflow.definitions.shell.tables import TEST_NUMERIC, table_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitflow.definitions.shell.contexts import Use
    from gitflow.definitions.shell.nodes import Piece, Statement

    Items = Sequence[tuple[Sequence[tuple[Piece, ...]], tuple[Statement, ...]]]  #: of a case: patterns and statements

#: Uses in which a value without brackets and other signs is harmless: it is a number or the name of a variable.
_LETTERS_ALLOWED = table_of("arithmetic subscript numeric-test variable-test variable-name indirect integer-variable")

#: In a pattern of a ``case``: any text with another letter than these.
_OTHERS = re.compile(r"\*\[[!^]((?:\[:[a-z]+:\]|[^\]])+)\]\*")
#: In a regular expression: one of these letters.
_CLASS = re.compile(r"\[((?:\[:[a-z]+:\]|[^\]])+)\]")

#: What leaves the script, or the function around it.
_EXIT, _RETURN = frozenset({"exit"}), frozenset({"exit", "return"})


def is_checked(
    statements: Sequence[Statement], use: Use, sites: Sequence[int], order: Mapping[int, int], *, is_function: bool
) -> bool:
    """Whether a variable was checked before its use.

    ``sites``: the places of the assignments that give it a value; ``order``: the place of each statement, by its id.
    """
    last = max((site for site in sites if site < use.at - 1), default=-1)
    search = _Search(use.name, use.at, last, order, use.reason in _LETTERS_ALLOWED)
    return search.among(statements, _RETURN if is_function else _EXIT)


class _Search:
    """Looks from the top of the script down to one use, for a guard that stands before it on every way there."""

    def __init__(self, name: str, at: int, last: int, order: Mapping[int, int], letters: bool) -> None:
        self.letters = letters  #: letters are harmless in this use
        self.name = name
        self.at = at
        self.last = last  #: the place of the last assignment before the use: a check before that says nothing
        self.order = order

    def among(self, statements: Sequence[Statement], leaves: frozenset[str]) -> bool:
        """Of a list that runs from its first to its last statement."""
        for each in statements:
            if self._holds_use(each):
                return self._inside(each, leaves)
            if self.order.get(id(each), -1) > self.last and self._guards(each, leaves):
                return True
        return False

    def _holds_use(self, statement: Statement) -> bool:
        places = [self.order[id(each)] for each in nodes.statements_in(statement) if id(each) in self.order]
        return bool(places) and min(places) < self.at <= max(places) + 1

    def _inside(self, statement: Statement, leaves: frozenset[str]) -> bool:
        match statement:
            case nodes.Group("if" | "while" | "&&", (test, *rest)):
                is_later = self.order.get(id(test), -1) > self.last
                if (
                    is_later
                    and self._tests(test)
                    and any(self._holds_use(each) and not _is_else(each) for each in rest)
                ):
                    return True
                otherwise = [each for each in rest if _is_else(each) and self._holds_use(each)]
                return self.among(otherwise or statement.statements, leaves)
            case nodes.Group(_, inner):
                return self.among(inner, leaves)
            case nodes.Loop(_, _, body):
                return self.among(body, leaves)
            case nodes.Function(_, body):
                return self.among(body, _RETURN)
            case nodes.Case(_, items):
                return self._is_item(statement) or any(self.among(body, leaves) for _, body in items)
            case nodes.Pipeline(stages):
                return any(self.among((each,), leaves) for each in stages if self._holds_use(each))
            case _:
                return False

    def _is_item(self, case: nodes.Case) -> bool:
        """Whether the use stands in an item of a ``case`` that only texts, or harmless letters, come to."""
        if case.falls_through or not _names(case.word, self.name) or self.order.get(id(case), -1) <= self.last:
            return False
        for patterns, body in case.items:
            if any(map(self._holds_use, body)):
                return all(map(_is_text, patterns))
            if any(self._is_open(pattern) for pattern in patterns):
                return True
        return False

    def _lists(self, items: Items, leaves: frozenset[str]) -> bool:
        """Whether the items of a ``case`` let nothing pass but what they list."""
        for patterns, body in items:
            if not _leaves(body, leaves):
                if not all(map(_is_text, patterns)):
                    return False
            elif any(self._is_open(pattern) for pattern in patterns):
                return True
        return False

    def _is_open(self, pattern: tuple[Piece, ...]) -> bool:
        """Whether a pattern stands for whatever was not expected: ``*``, or ``*[!0-9]*``."""
        text = _unquoted(pattern)
        found = _OTHERS.fullmatch(text)
        return text == "*" or (found is not None and _is_harmless(found[1], self.letters))

    def _guards(self, statement: Statement, leaves: frozenset[str]) -> bool:
        match statement:
            case nodes.Case(word, items):
                return not statement.falls_through and _names(word, self.name) and self._lists(items, leaves)
            case nodes.Group("||", (test, otherwise)):
                return self._tests(test) and _leaves((otherwise,), leaves)
            case nodes.Group("if", (nodes.Group("!", (test,)), *rest)):
                return self._tests(test) and _leaves(tuple(rest), leaves)
            case _:
                return False

    def _tests(self, statement: Statement) -> bool:
        """Whether the statement succeeds only for numbers, for certain texts, or for what a pattern describes."""
        match statement:
            case nodes.Test("=~", (left, pattern)):
                return _names(left, self.name) and _is_closed(pattern, self.letters)
            case nodes.Test("=" | "==", (left, text)):
                return _names(left, self.name) and _is_text(text)
            case nodes.Simple(_, words):
                texts = ["".join(piece.text for piece in word if isinstance(piece, nodes.Text)) for word in words]
                if not texts or texts[0] not in ("[", "test") or "!" in texts or "-o" in texts:
                    return False
                if not any(_names(word, self.name) for word in words):
                    return False
                return any(text in TEST_NUMERIC for text in texts) or self._equals(words, texts)
            case nodes.Group("&&", parts):
                return any(self._tests(part) for part in parts)
            case nodes.Group("||", parts):
                return all(self._tests(part) for part in parts)
            case _:
                return False

    def _equals(self, words: Sequence[tuple[Piece, ...]], texts: Sequence[str]) -> bool:
        """``[ "$x" = text ]``."""
        operators = [at for at, text in enumerate(texts) if text in ("=", "==")]
        if len(operators) != 1 or len(words) != (5 if texts[0] == "[" else 4) or operators[0] != 2:
            return False
        return _names(words[1], self.name) and all(isinstance(piece, nodes.Text) for piece in words[3])


def _is_closed(pattern: tuple[Piece, ...], letters: bool) -> bool:
    """Whether a regular expression says all that a text may be: ``^[a-z]+$``, and not ``[a-z]``."""
    texts = [piece.text for piece in pattern if isinstance(piece, nodes.Text)]
    text = "".join(texts)
    bounded = text.startswith("^") and text.endswith("$") and len(texts) == len(pattern)
    closed = not any(part in text.replace("\\.", "") for part in (".", "[^", "|", "\\W", "\\S", "\\D"))
    return bounded and closed and all(_is_harmless(found, letters) for found in _CLASS.findall(text))


def _unquoted(pattern: tuple[Piece, ...]) -> str:
    return "".join(piece.text for piece in pattern if isinstance(piece, nodes.Text) and not piece.quoted)


def _is_text(pattern: tuple[Piece, ...]) -> bool:
    """Whether a pattern of a ``case`` stands for one text alone."""
    return all(isinstance(piece, nodes.Text) for piece in pattern) and not set(_unquoted(pattern)) & set("*?[")


def _is_harmless(letters_of_class: str, letters: bool) -> bool:
    """Whether a value of such letters alone cannot be code."""
    rest = letters_of_class.replace("[:digit:]", "").replace("[:alnum:]", "a").replace("[:alpha:]", "a")
    named = any(letter.isalpha() for letter in rest)
    return (letters or not named) and all(letter.isalnum() or letter in "-_.,:/@%+" for letter in rest)


def _is_else(statement: Statement) -> bool:
    return isinstance(statement, nodes.Group) and statement.kind == "else"


def _leaves(statements: tuple[Statement, ...], leaves: frozenset[str]) -> bool:
    """Whether the last of the statements leaves what is around them."""
    last = statements[-1] if statements else None
    match last:
        case nodes.Simple(_, ((nodes.Text(text), *_), *_)):
            return text in leaves
        case nodes.Group("block" | "list", inner):
            return _leaves(inner, leaves)
        case _:
            return False


def _names(pieces: tuple[Piece, ...], name: str) -> bool:
    return any(each.name == name and not each.operator for each in nodes.parameters_in(pieces))
