"""Which subscripts are text: those of associative arrays (``declare -A``). bash evaluates all others.

An array is surely one where its declaration has run before, in the same shell and in no branch of it, and nothing
takes it away again.
"""

from __future__ import annotations

from functools import cached_property
from itertools import takewhile
from typing import TYPE_CHECKING, cast

from gitflow.definitions.shell import nodes
from gitflow.definitions.shell.tables import table_of
from gitflow.definitions.shell.variants import EITHER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gitflow.definitions.shell.nodes import Statement, Tree

_DECLARES = table_of("declare typeset local readonly export")
#: Groups that run where they stand, and from which the first statement alone is sure to.
_HERE = frozenset({"block", "list", "redirected", "time", "!"})
_FIRST = frozenset({"&&", "||", "if", "while", "for"})
#: What runs in a shell of its own, or not always.
_APART = (nodes.Loop, nodes.Pipeline, nodes.Output, nodes.Process)
_ANY = "*"


class Keys:
    """The associative arrays of one script."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._indexed: set[str] = set()  #: arrays of another kind, which stay what they are

    def may_be(self, piece: nodes.Unsafe) -> bool:
        """Whether some declaration of the script makes the subscript text."""
        return piece.variable in self._declared

    def are_sure(self, piece: nodes.Unsafe) -> bool:
        """Whether the subscript is text wherever the script comes to it."""
        return self.may_be(piece) and id(piece) in self._sure

    @cached_property
    def _commands(self) -> list[nodes.Simple]:
        return [each for each in nodes.statements_in(self.tree.statements) if isinstance(each, nodes.Simple)]

    @cached_property
    def _declared(self) -> frozenset[str]:
        return frozenset(name for each in self._commands for name in _keyed_by(each))

    @cached_property
    def _lost(self) -> frozenset[str]:
        return frozenset(name for each in self._commands for name in _taken_by(each))

    @cached_property
    def _sure(self) -> set[int]:
        found: set[int] = set()
        self._visit(self.tree.statements, set(), found)
        return found

    @cached_property
    def _in_functions(self) -> set[str]:
        """The arrays that are declared before any function of the script is called."""
        names = {each.name for each in nodes.statements_in(self.tree.statements) if isinstance(each, nodes.Function)}
        before = takewhile(lambda each: not _calls(each, names), self.tree.statements)
        found: set[str] = set()
        self._visit(tuple(each for each in before if isinstance(each, nodes.Simple)), found, set())
        return found

    def _visit(self, node: object, keyed: set[str], found: set[int]) -> None:
        """``keyed``: the arrays that are known to be ones at the node, and afterwards those behind it."""
        match node:
            case tuple():
                parts = cast("tuple[object, ...]", node)
            case nodes.Group(kind, statements, redirects):
                here = len(statements) if kind in _HERE else int(kind in _FIRST)
                self._visit(statements[:here], keyed, found)
                inside = set(keyed)
                for each in statements[here:]:
                    self._visit(each, set(keyed) if kind == EITHER or _is_else(each) else inside, found)
                parts = redirects
            case nodes.Case(word, items, redirects):
                for each in items:
                    self._visit(each, set(keyed), found)
                parts = (word, redirects)
            case nodes.Function(_, body):
                keyed = keyed | self._in_functions
                parts = body
            case _:
                keyed = set(keyed) if isinstance(node, _APART) else keyed
                found |= self._sure_in(node, keyed)
                parts = tuple(getattr(node, name) for name in getattr(node, "__match_args__", ()))
        for part in parts:
            self._visit(part, keyed, found)
        if isinstance(node, nodes.Simple) and _ANY not in self._lost:
            declared = _keyed_by(node)
            arrays = {each.name for each in node.assignments if each.elements is not None or each.index is not None}
            self._indexed |= arrays - keyed - declared
            keyed |= declared - self._lost - self._indexed

    def _sure_in(self, node: object, keyed: set[str]) -> set[int]:
        """The subscripts of a node itself that are text."""
        match node:
            case nodes.Unsafe(variable=variable):
                return {id(node)} if variable in keyed else set()
            case nodes.Simple():
                declared = _keyed_by(node)
                return {id(each) for its in node.assignments if its.name in declared for each in _subscripts(its)}
            case _:
                return set()


def _subscripts(assignment: nodes.Assignment) -> Iterator[object]:
    """The keys of a list of elements, and none that are read in it. bash evaluates that of ``declare -A y[$x]=1``."""
    if assignment.index is not None and assignment.elements is not None:
        yield assignment.index
        yield from assignment.index.pieces


def _is_else(statement: Statement) -> bool:
    return isinstance(statement, nodes.Group) and statement.kind == "else"


def _names(command: nodes.Simple) -> list[str]:
    return [nodes.name_of(word) for word in command.words]


def _keyed_by(command: nodes.Simple) -> frozenset[str]:
    """The arrays that a command declares."""
    names = _names(command)
    if not names or names[0] not in _DECLARES or not any(_has(name, "A") for name in names):
        return frozenset()
    return frozenset([*names[1:], *(each.name for each in command.assignments)])


def _taken_by(command: nodes.Simple) -> Iterator[str]:
    """The arrays that a command takes away, or makes another kind of array of."""
    names = _names(command)
    if names[:1] == ["unset"]:
        yield from (_ANY if not name or name.startswith("$") else name for name in names[1:])
    elif names and names[0] in _DECLARES and any(_has(name, "a") for name in names):
        yield from (*names[1:], *(each.name for each in command.assignments))


def _has(word: str, option: str) -> bool:
    return word.startswith("-") and option in word


def _calls(statement: Statement, functions: set[str]) -> bool:
    inner: Sequence[Statement] = () if isinstance(statement, nodes.Function) else (statement,)
    return any(
        isinstance(each, nodes.Simple) and not functions.isdisjoint(_names(each)[:2])
        for each in nodes.statements_in(tuple(inner))
    )
