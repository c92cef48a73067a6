"""Lines that bash may give up: it leaves out the rest of one, and goes on with the next.

It does so where an expansion fails (``$((1/0))``, ``${!u}``) or a variable may not be assigned to. What the rest of
the line assigns is not assigned, and what it checks is not checked. A line is what bash reads at one time: all the
commands up to the end of a line, to their own ends, with all that the functions do that they call. A command in a
shell of its own, such as ``$(…)``, ends that shell alone.

dash and busybox end the script at such a place, and bash does too where it is called ``sh``.
"""

from __future__ import annotations

from functools import cached_property
from itertools import takewhile
from typing import TYPE_CHECKING, cast

from gitflow.core.record import replace
from gitflow.definitions.shell import nodes
from gitflow.definitions.shell.tables import table_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gitflow.definitions.shell.nodes import Statement, Tree

#: Variables that nobody may assign to.
_READ_ONLY = table_of("BASHOPTS BASH_VERSINFO EUID PPID SHELLOPTS UID")
#: Commands after which some variables may not be assigned to; all but the first with the options -r and -n.
_FORBIDS = table_of("readonly declare typeset local export")
#: Commands that may do that to any variable.
_RUNS_TEXT = table_of("eval . source")
#: Expansions that cannot fail.
_SURE = frozenset({"expansion", "place"})
_ANY = "*"  #: in place of a variable's name


class Lines:
    """The lines of one script. The statements that are asked about stand at its top."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._lines = dict(zip(map(id, tree.statements), tree.lines, strict=False))

    def joined(self) -> Lines:
        """The script as if it were one line."""
        return Lines(replace(self.tree, lines=()))

    def are_apart(self, first: Statement, second: Statement) -> bool:
        """Whether two statements stand on different lines."""
        return self._line(first) != self._line(second)

    def up_to(self, statement: Statement) -> LinePart:
        earlier = list(takewhile(lambda each: each is not statement, self.tree.statements))
        return LinePart(statement, earlier, [each for each in earlier if not self.are_apart(each, statement)])

    def _line(self, statement: Statement) -> int:
        return self._lines.get(id(statement), -1)


class LinePart:
    """A line up to a statement on it. ``earlier``: all of the script before it; ``before``: what is on its line."""

    def __init__(self, statement: Statement, earlier: Sequence[Statement], before: Sequence[Statement]) -> None:
        self.statement = statement
        self.before = before
        self._top = (*earlier, statement)

    def may_end_at(self, parts: Sequence[object]) -> bool:
        """Whether bash may give up the line because of some statements or words."""
        return self._ends(parts, self._failing)

    def may_not_assign(self) -> bool:
        """Whether the assignments of the statement may not be made."""
        assigned = self.statement.assignments if isinstance(self.statement, nodes.Simple) else ()
        return self.may_end_at([*self.before, self.statement]) or any(
            self._is_forbidden(each.name) for each in assigned
        )

    def _ends(self, parts: Sequence[object], failing: frozenset[str]) -> bool:
        # `((1/0))` fails as a command does
        inside = (each.pieces if isinstance(each, nodes.Unsafe) else each for each in parts)
        return any(self._may_end(each, failing) for part in inside for each in _run_here(part, self._keeps_last))

    def _may_end(self, node: object, failing: frozenset[str]) -> bool:
        match node:
            case nodes.Unsafe(reason):
                return reason not in _SURE
            case nodes.Parameter(name, _, "=" | ":="):
                return self._is_forbidden(name)
            case nodes.Text(_, False, True):
                return self._patterns_fail
            case nodes.Assignment(name, index=index):
                return index is not None or self._is_forbidden(name)
            case nodes.Simple(words=(first, *_)) if failing:
                called = nodes.name_of(first)
                return called in failing or not called or ("$" in called and "/" not in called)
            case _:
                return False

    def _is_forbidden(self, name: str) -> bool:
        return name in _READ_ONLY or not self._forbidden.isdisjoint((name, _ANY))

    @cached_property
    def _statements(self) -> list[Statement]:
        return list(nodes.statements_in(self._top))

    @cached_property
    def _forbidden(self) -> frozenset[str]:
        """The variables that may not be assigned to."""
        return frozenset(name for each in self._statements for name in _forbidden_by(each))

    @cached_property
    def _failing(self) -> frozenset[str]:
        """The functions that may end the line on which they are called."""
        functions = [each for each in self._statements if isinstance(each, nodes.Function)]
        found, before = frozenset[str](), None
        while found != before:
            before = found
            found = frozenset(each.name for each in functions if self._ends(each.body, before))
        return found

    @cached_property
    def _patterns_fail(self) -> bool:
        return self._says("failglob")

    @cached_property
    def _keeps_last(self) -> bool:
        return self._says("lastpipe")

    def _says(self, option: str) -> bool:
        return any(option in text.text for text in nodes.texts_in(self._top))


def _forbidden_by(statement: Statement) -> Iterator[str]:
    """The variables that may not be assigned to after a statement."""
    names = [nodes.name_of(word) for word in statement.words] if isinstance(statement, nodes.Simple) else []
    if not _RUNS_TEXT.isdisjoint(names[:2]):
        yield _ANY
    command = next((name for name in names[:2] if name in _FORBIDS), "")
    options = set("".join(name for name in names[1:] if name.startswith("-")))
    if command and (command == "readonly" or options & set("rn")):
        yield from (assignment.name for assignment in getattr(statement, "assignments", ()))
        variables = (name.partition("=")[0] for name in names[1:] if name not in _FORBIDS and not name.startswith("-"))
        yield from (name if name.isidentifier() else _ANY for name in variables)


def _run_here(node: object, keeps_last: bool) -> Iterator[object]:
    """Every record that this shell itself comes to, and none of another shell or of a function that is not called.

    ``keeps_last``: the last command of a pipeline runs in this shell too.
    """
    match node:
        case nodes.Output() | nodes.Process() | nodes.Function() | nodes.Group("subshell" | "background"):
            return
        case nodes.Pipeline((*_, last)):
            parts: tuple[object, ...] = (last,) if keeps_last else ()
        case nodes.Group(_, statements, redirects):
            parts = (*(each.pieces if isinstance(each, nodes.Unsafe) else each for each in statements), redirects)
        case nodes.Simple(assignments, words, redirects, keyword) if keyword:
            yield node
            parts = (tuple((each.value, each.elements, each.index) for each in assignments), words, redirects)
        case tuple():
            parts = cast("tuple[object, ...]", node)
        case _:
            yield node
            parts = tuple(getattr(node, name) for name in getattr(node, "__match_args__", ()))
    for part in parts:
        yield from _run_here(part, keeps_last)
