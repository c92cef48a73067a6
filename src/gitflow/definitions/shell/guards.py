"""Whether a script looks at a variable before it uses it, in a way that keeps out what it did not expect.

Trusted are a ``case`` that leaves the script for whatever no pattern allows, a comparison of numbers or ``[[ =~ ]]``
followed by ``|| exit``, and the same as the condition of an ``if`` around the use.
"""

from __future__ import annotations

from gitflow.definitions.shell import nodes
from gitflow.definitions.shell.tables import TEST_NUMERIC

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.definitions.shell.nodes import Piece, Statement

_LEAVES = frozenset({"exit", "return", "break", "continue"})
#: What is done in there changes nothing outside.
_APART = frozenset({"subshell", "background"})


def is_checked(tree: nodes.Tree, name: str, at: int, order: Mapping[int, int]) -> bool:
    """``at``: the place of the use among the statements; ``order``: the place of each statement, by its id."""
    return any(_guards(each, name, at, order) for each in _reached(tree.statements))


def _reached(statements: tuple[Statement, ...]) -> list[Statement]:
    """The statements that are not apart from the script."""
    found: list[Statement] = []
    for each in statements:
        found.append(each)
        if isinstance(each, nodes.Group) and each.kind not in _APART:
            found += _reached(each.statements)
        elif isinstance(each, nodes.Loop):
            found += _reached(each.body)
        elif isinstance(each, nodes.Case):
            found += [inner for _, body in each.items for inner in _reached(body)]
        elif isinstance(each, nodes.Function):
            found += _reached(each.body)
    return found


def _guards(statement: Statement, name: str, at: int, order: Mapping[int, int]) -> bool:
    start = order.get(id(statement), at)
    if start >= at:
        return False
    match statement:
        case nodes.Case(word, items):
            others = [body for patterns, body in items if any(map(_is_open, patterns))]
            return _names(word, name) and any(map(_leaves, others))
        case nodes.Group("||", (test, otherwise)):
            return _tests(test, name) and _leaves((otherwise,))
        case nodes.Group("if", (nodes.Group("!", (test,)), *rest)):
            return _tests(test, name) and _leaves(tuple(rest))
        case nodes.Group("if" | "while", (test, *rest)):
            inside = [order.get(id(each), -1) for each in rest if not _is_else(each)]
            last = max((order.get(id(each), -1) for each in nodes.statements_in(statement)), default=-1)
            has_else = any(map(_is_else, rest))
            return _tests(test, name) and not has_else and bool(inside) and inside[0] < at <= last + 1
        case _:
            return False


def _tests(statement: Statement, name: str) -> bool:
    """Whether the statement succeeds for numbers, or for what a pattern describes, and for nothing else."""
    match statement:
        case nodes.Test("=~", operands):
            return _names(operands[0], name)
        case nodes.Simple(_, words):
            texts = ["".join(piece.text for piece in word if isinstance(piece, nodes.Text)) for word in words]
            if not texts or texts[0] not in ("[", "test") or "!" in texts or "-o" in texts:
                return False
            return any(text in TEST_NUMERIC for text in texts) and any(_names(word, name) for word in words)
        case nodes.Group("&&", parts):
            return any(_tests(part, name) for part in parts)
        case _:
            return False


def _is_open(pattern: tuple[Piece, ...]) -> bool:
    """Whether a pattern of a ``case`` stands for whatever was not expected: ``*``, or ``*[!0-9]*``."""
    text = "".join(piece.text for piece in pattern if isinstance(piece, nodes.Text) and not piece.quoted)
    return text == "*" or (text.startswith("*[") and text[2:3] in ("!", "^"))


def _is_else(statement: Statement) -> bool:
    return isinstance(statement, nodes.Group) and statement.kind == "else"


def _leaves(statements: tuple[Statement, ...]) -> bool:
    """Whether the last of the statements leaves what is around them."""
    last = statements[-1] if statements else None
    match last:
        case nodes.Simple(_, ((nodes.Text(text), *_), *_)):
            return text in _LEAVES
        case nodes.Group("block", inner):
            return _leaves(inner)
        case _:
            return False


def _names(pieces: tuple[Piece, ...], name: str) -> bool:
    return any(each.name == name and not each.operator for each in nodes.parameters_in(pieces))
