"""Whether a script looks at a variable before it uses it, in a way that keeps out what it did not expect.

Trusted are a ``case`` that leaves the script for everything but the texts, or the letters, that it lists, and a
comparison with a text, with a number, or with a pattern from beginning to end: followed by ``|| exit``, or as the
condition around the use. Where the value becomes a command, letters are too much: any of them may be the name of a
program.
"""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

from gitflow.definitions.shell import nodes
from gitflow.definitions.shell.tables import TEST_NUMERIC, table_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitflow.definitions.shell.given_up import LinePart, Lines
    from gitflow.definitions.shell.nodes import Piece, Statement
    from gitflow.definitions.shell.refusals import Use

    Items = Sequence[tuple[Sequence[tuple[Piece, ...]], tuple[Statement, ...]]]  #: of a case: patterns and statements

#: Uses in which a value without brackets and other signs is harmless: it is a number or the name of a variable.
_LETTERS_ALLOWED = table_of("arithmetic subscript numeric-test variable-test variable-name indirect integer-variable")

#: In a pattern of a ``case``: any text with another letter than these.
_OTHERS = re.compile(r"\*\[[!^]((?:\[:[a-z]+:\]|[^\]])+)\]\*")
#: In a regular expression: one of these letters.
_CLASS = re.compile(r"\[((?:\[:[a-z]+:\]|[^\]])+)\]")

#: The built-in commands that a check stands on, in a script and in a function.
TRUSTED = frozenset({"exit", "[", "test"})
TRUSTED_IN_FUNCTIONS = TRUSTED | {"return"}
_LEAVES = frozenset({"exit", "return"})
#: Where standard output goes in ``exit 1 >&2``: to what is always there, so that the command is run.
_ALWAYS_THERE = frozenset({"1", "2", "/dev/null", "/dev/stderr"})


def is_checked(lines: Lines, use: Use, sites: Sequence[int], order: Mapping[int, int], trusted: frozenset[str]) -> bool:
    """Whether a variable was checked before its use.

    ``sites``: the places of the assignments that give it a value; ``order``: the place of each statement, by its id;
    ``trusted``: TRUSTED, or none of them where the script has a function of such a name.
    """
    statements = lines.tree.statements
    search = _Search(lines, use, sites, order, trusted)
    return not search.is_assigned_by_calls(statements) and search.among(statements)


class _Search:
    """Searches from the top of the script down to one use, for a guard that stands before it on every way there."""

    def __init__(
        self, lines: Lines, use: Use, sites: Sequence[int], order: Mapping[int, int], trusted: frozenset[str]
    ) -> None:
        self.lines = lines
        self.line: LinePart | None = None  #: of the check that is looked at, where the use stands on a later one
        self.name = use.name
        self.at = use.at
        self.letters = use.reason in _LETTERS_ALLOWED  #: letters are harmless in this use
        self.order = order
        self.trusted = trusted
        #: the place of the last assignment before the use: a check before that says nothing
        self.last = max((site for site in sites if site < use.at - 1), default=-1)
        self.sites = sites
        self.later = [site for site in sites if site >= use.at - 1]

    def among(self, statements: Sequence[Statement]) -> bool:
        """Of a list that runs from its first to its last statement."""
        before = list(takewhile(lambda each: not self._holds_use(each), statements))
        if len(before) == len(statements):
            return False
        holder = statements[len(before)]
        guarded = any(self._is_late(each) and self._is_reached(each, holder) and self._guards(each) for each in before)
        self.line = None
        return (guarded and not self._is_undone(holder)) or self._inside(holder)

    def _is_reached(self, check: Statement, holder: Statement) -> bool:
        """Whether bash comes to a check, or else does not come to the use either."""
        self.line = None
        if not self.lines.are_apart(check, holder):
            return True
        self.line = self.lines.up_to(check)
        return not self.line.may_end_at([each for each in self.line.before if not self._only_sets(each)])

    def _may_end(self, parts: Sequence[object]) -> bool:
        """Whether bash may give up the check at some parts of it, and come to the use all the same."""
        return self.line is not None and self.line.may_end_at(parts)

    def _only_sets(self, statement: Statement) -> bool:
        """Whether without a statement the variable holds no value at all."""
        match statement:
            case nodes.Simple((_,), (), ()):
                return list(self.sites) == [self._place(statement)]
            case _:
                return False

    def _place(self, statement: Statement) -> int:
        return self.order.get(id(statement), -1)

    def _is_late(self, statement: Statement) -> bool:
        return self._place(statement) > self.last

    def _places(self, statement: Statement) -> list[int]:
        return [self.order[id(each)] for each in nodes.statements_in(statement) if id(each) in self.order]

    def _holds_use(self, statement: Statement) -> bool:
        places = self._places(statement)
        return bool(places) and min(places) < self.at <= max(places) + 1

    def _is_undone(self, statement: Statement) -> bool:
        """Whether the use is come back to after another assignment: they stand in one loop, or in a function."""
        for each in nodes.statements_in(statement) if self.later else ():
            places = self._places(each) if _comes_back(each) and self._holds_use(each) else ()
            if places and (isinstance(each, nodes.Function) or min(self.later) <= max(places)):
                return True
        return False

    def is_assigned_by_calls(self, statements: Sequence[Statement]) -> bool:
        """Whether a function gives the variable a value, which may be at any time, also after a check."""
        functions = [each for each in nodes.statements_in(statements) if isinstance(each, nodes.Function)]
        return any(
            not self._holds_use(each) and not set(self.sites).isdisjoint(self._places(each)) for each in functions
        )

    def _inside(self, statement: Statement) -> bool:
        match statement:
            case nodes.Group("if" | "while" | "&&" | "||" as kind, (test, *rest)) if not self._holds_use(test):
                holder = next((each for each in rest if self._holds_use(each)), None)
                succeeds = kind != "||" and not _is_else(holder)
                if holder is not None and self._is_late(test) and self._tests(test, succeeds):
                    return not self._is_undone(holder)
                return self.among((holder,) if holder and _is_else(holder) else statement.statements)
            case nodes.Group(_, inner):
                return self.among(inner)
            case nodes.Loop(_, _, body):
                return self.among(body)
            case nodes.Function(_, body):
                return self._in_function(body)
            case nodes.Case(_, items):
                return self._is_item(statement) or any(self.among(body) for _, body in items)
            case nodes.Pipeline(stages):
                return any(self.among((each,)) for each in stages if self._holds_use(each))
            case _:
                return False

    def _in_function(self, body: Sequence[Statement]) -> bool:
        outside, self.trusted = self.trusted, self.trusted and TRUSTED_IN_FUNCTIONS
        try:
            return self.among(body)
        finally:
            self.trusted = outside

    def _is_item(self, case: nodes.Case) -> bool:
        """Whether the use stands in an item of a ``case`` that only texts, or harmless letters, come to."""
        if case.falls_through or not _names(case.word, self.name) or not self._is_late(case):
            return False
        passed_others = False
        for patterns, body in case.items:
            if any(map(self._holds_use, body)):
                is_closed = passed_others or all(map(_is_text, patterns))
                return is_closed and not any(map(self._is_undone, body))
            passed_others = passed_others or any(self._is_open(pattern) for pattern in patterns)
        return False  # the use stands in the word or in a pattern, which the shell expands before it compares

    def _lists(self, items: Items) -> bool:
        """Whether the items of a ``case`` let nothing pass but what they list."""
        for patterns, body in items:
            if not self._leaves(body):
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

    def _guards(self, statement: Statement) -> bool:
        """Whether nothing but an expected value comes past the statement."""
        if not all(map(_cannot_fail, getattr(statement, "redirects", ()))):
            return False
        match statement:
            case nodes.Case(word, items):
                if statement.falls_through or self._may_end([word, *(patterns for patterns, _ in items)]):
                    return False
                return _names(word, self.name) and self._lists(items)
            case nodes.Group("||" | "&&" as kind, (test, then)):
                return self._leaves((then,)) and self._tests(test, kind == "||")
            case nodes.Group("if", (test, *then, nodes.Group("else", otherwise))):
                left = self._leaves(then) and self._tests(test, False)
                return left or (self._leaves(otherwise) and self._tests(test, True))
            case nodes.Group("if", (test, *then)):
                return self._leaves(then) and self._tests(test, False)
            case nodes.Group("block", inner):
                return not self._may_end(inner) and any(map(self._guards, inner))
            case _:
                return False

    def _leaves(self, statements: Sequence[Statement]) -> bool:
        """Whether the last of the statements leaves what is around them."""
        last = statements[-1] if statements else None
        if self._may_end(statements) or not all(map(_cannot_fail, getattr(last, "redirects", ()))):
            return False
        match last:
            case nodes.Simple((), ((nodes.Text(text),), *arguments)):
                # with a second argument bash says that there are too many, and goes on
                return text in self.trusted & _LEAVES and len(arguments) < 2 and all(map(_is_one, arguments))
            case nodes.Group("block" | "list", inner):
                return self._leaves(inner)
            case _:
                return False

    def _tests(self, statement: Statement, succeeds: bool) -> bool:
        """Whether the statement succeeds, or fails, only for an expected value: a number, certain texts, a pattern."""
        if self._may_end([statement]):
            return False
        match statement:
            case nodes.Group("!", (test,)):
                return self._tests(test, not succeeds)
            case nodes.Group("&&" | "||" as kind, parts):
                enough = any if (kind == "&&") == succeeds else all
                return enough(self._tests(part, succeeds) for part in parts)
            case nodes.Group("list" | "block", (*_, last)):
                return not statement.redirects and self._tests(last, succeeds)
            case nodes.Test("=~", (left, pattern)):
                return succeeds and _names(left, self.name) and _is_closed(pattern, self.letters)
            case nodes.Test("=" | "==" | "!=" as operator, (left, text)):
                return (operator != "!=") == succeeds and _names(left, self.name) and _is_text(text)
            case nodes.Simple(_, words):
                return self._compares(words, succeeds) and (succeeds or not statement.redirects)
            case _:
                return False

    def _compares(self, words: Sequence[tuple[Piece, ...]], succeeds: bool) -> bool:
        """``[ "$x" = text ]`` and ``[ "$x" -le 9 ]``, in quotes, and no more in the brackets than that."""
        texts = ["".join(piece.text for piece in word if isinstance(piece, nodes.Text)) for word in words]
        if not texts or texts[0] not in self.trusted or len(words) != {"[": 5, "test": 4}.get(texts[0]):
            return False
        if not all(map(_is_one, words)):
            return False
        if texts[2] in TEST_NUMERIC:
            return succeeds and (_names(words[1], self.name) or _names(words[3], self.name))
        is_text = all(isinstance(piece, nodes.Text) for piece in words[3])
        operators = ("=", "==") if succeeds else ("!=",)
        return texts[2] in operators and is_text and _names(words[1], self.name)


def _comes_back(statement: Statement) -> bool:
    match statement:
        case nodes.Loop() | nodes.Function() | nodes.Group("while" | "for"):
            return True
        case _:
            return False


def _is_one(word: tuple[Piece, ...]) -> bool:
    """Whether a word stays one word: nothing in it is split or replaced by the names of files."""
    return all(
        piece.quoted or not (piece.several or set(piece.text) & set("*?[")) or piece.text == "["
        if isinstance(piece, nodes.Text)
        else isinstance(piece, nodes.Parameter) and (piece.quoted or piece.name == "?")
        for piece in word
    )


def _cannot_fail(redirect: nodes.Redirect) -> bool:
    return redirect.operator in (">", ">&") and nodes.name_of(redirect.target) in _ALWAYS_THERE


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


def _is_else(statement: Statement | None) -> bool:
    return isinstance(statement, nodes.Group) and statement.kind == "else"


def _names(pieces: tuple[Piece, ...], name: str) -> bool:
    """Whether a word holds all of a variable's value. What a command makes of the value says nothing of it."""
    return any(isinstance(each, nodes.Parameter) and each.name == name and not each.operator for each in pieces)
