"""Whether a script looks at a variable before it uses it, in a way that keeps out what it did not expect.

Trusted are a ``case`` that leaves the script for whatever no pattern allows, a comparison of numbers or ``[[ =~ ]]``
with a pattern from beginning to end followed by ``|| exit``, and the same as the condition around the use.
"""

from __future__ import annotations

from gitflow.definitions.shell import nodes
from gitflow.definitions.shell.tables import TEST_NUMERIC

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitflow.definitions.shell.contexts import Use
    from gitflow.definitions.shell.nodes import Piece, Statement

#: What leaves the script, or the function around it.
_EXIT, _RETURN = frozenset({"exit"}), frozenset({"exit", "return"})


def is_checked(
    statements: Sequence[Statement], use: Use, sites: Sequence[int], order: Mapping[int, int], *, is_function: bool
) -> bool:
    """Whether a variable was checked before its use.

    ``sites``: the places of the assignments that give it a value; ``order``: the place of each statement, by its id.
    """
    last = max((site for site in sites if site < use.at - 1), default=-1)
    return _Search(use.name, use.at, last, order).among(statements, _RETURN if is_function else _EXIT)


class _Search:
    """Looks from the top of the script down to one use, for a guard that stands before it on every way there."""

    def __init__(self, name: str, at: int, last: int, order: Mapping[int, int]) -> None:
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
                    and _tests(test, self.name)
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
                return any(self.among(body, leaves) for _, body in items)
            case nodes.Pipeline(stages):
                return any(self.among((each,), leaves) for each in stages if self._holds_use(each))
            case _:
                return False

    def _guards(self, statement: Statement, leaves: frozenset[str]) -> bool:
        match statement:
            case nodes.Case(word, items):
                others = [body for patterns, body in items if any(map(_is_open, patterns))]
                return _names(word, self.name) and any(_leaves(body, leaves) for body in others)
            case nodes.Group("||", (test, otherwise)):
                return _tests(test, self.name) and _leaves((otherwise,), leaves)
            case nodes.Group("if", (nodes.Group("!", (test,)), *rest)):
                return _tests(test, self.name) and _leaves(tuple(rest), leaves)
            case _:
                return False


def _tests(statement: Statement, name: str) -> bool:
    """Whether the statement succeeds for numbers, or for what a pattern describes, and for nothing else."""
    match statement:
        case nodes.Test("=~", (left, pattern)):
            return _names(left, name) and _is_closed(pattern)
        case nodes.Simple(_, words):
            texts = ["".join(piece.text for piece in word if isinstance(piece, nodes.Text)) for word in words]
            if not texts or texts[0] not in ("[", "test") or "!" in texts or "-o" in texts:
                return False
            return any(text in TEST_NUMERIC for text in texts) and any(_names(word, name) for word in words)
        case nodes.Group("&&", parts):
            return any(_tests(part, name) for part in parts)
        case _:
            return False


def _is_closed(pattern: tuple[Piece, ...]) -> bool:
    """Whether a regular expression says all that a text may be: ``^[a-z]+$``, and not ``[a-z]``."""
    texts = [piece.text for piece in pattern if isinstance(piece, nodes.Text)]
    text = "".join(texts)
    bounded = text.startswith("^") and text.endswith("$") and len(texts) == len(pattern)
    return bounded and not any(part in text.replace("\\.", "") for part in (".", "[^", "|", "\\W", "\\S", "\\D"))


def _is_open(pattern: tuple[Piece, ...]) -> bool:
    """Whether a pattern of a ``case`` stands for whatever was not expected: ``*``, or ``*[!0-9]*``."""
    text = "".join(piece.text for piece in pattern if isinstance(piece, nodes.Text) and not piece.quoted)
    return text == "*" or (text.startswith("*[") and text[2:3] in ("!", "^"))


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
