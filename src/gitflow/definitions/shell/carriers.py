"""Marks the commands by which a value goes on without a variable: ``run | sh``, ``… | { eval "$(cat)"; }``.

What a function of the script prints may hold a value that is used in its body, and so may what a command prints that
reads the standard input. What prints the environment prints all values, for they are in it. A marked command holds
variables that stand for these, so that a value is followed through them as it is through the script's own variables.
No variable of a script has such a name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from gitflow.core.record import replace
from gitflow.definitions.shell import nodes
from gitflow.definitions.shell.tables import table_of

if TYPE_CHECKING:
    from gitflow.definitions.shell.nodes import Statement, Tree

#: Commands that read no standard input, or print nothing of it.
_READS_NOTHING = table_of(
    """
    : [ break cd continue exit export false kill local pwd readonly return set shift sleep test trap true umask unset
    wait basename date dirname echo expr ls mkdir printf rm seq touch
    """
)


#: Stands for what prints the environment: ``env``, ``sudo printenv``, ``cat /proc/self/environ``.
ENVIRONMENT = "env()"
_PRINTS_ENVIRONMENT = frozenset({"env", "printenv"})

#: Stands for the standard input that a command's own redirections give it.
OWN_INPUT = "<0"


def output_of(function: str) -> str:
    """The name that stands for what a function prints."""
    return f"{function}()"


def input_of(function: str) -> str:
    """The name that stands for the standard input of a function."""
    return f"<{function}()"


def is_input(name: str) -> bool:
    return name.startswith("<")


def is_input_of_function(name: str) -> bool:
    return is_input(name) and name.endswith("()")


def is_carrier(name: str) -> bool:
    """Whether a name stands for an output or an input, and is no variable of the script."""
    return is_input(name) or name.endswith("()")


def described(name: str) -> str:
    """How a message names it: ``$x``, the output of a function, a standard input."""
    if is_input(name):
        return f"the standard input of {name[1:]}" if is_input_of_function(name) else "the standard input"
    return (
        f"the output of {name.removesuffix('()') if name == ENVIRONMENT else name}" if is_carrier(name) else f"${name}"
    )


def may_print_environment(text: str) -> bool:
    """Whether a script may hold a command that prints the environment; a look at its text only."""
    return "env" in text or "/environ" in text


def fed_by(name: str, tree: Tree) -> Tree:
    """The tree as a script whose standard input holds what the name stands for."""
    source = nodes.Simple(words=((nodes.Text("echo"),), (nodes.Parameter(name, quoted=True),)))
    return nodes.Tree((nodes.Pipeline((source, nodes.Group("block", tree.statements))),))


class Carriers:
    """``tree``: the marked tree. ``feeds``: what is on each standard input, by its name."""

    def __init__(self, tree: Tree) -> None:
        functions = (each for each in nodes.statements_in(tree.statements) if isinstance(each, nodes.Function))
        self._functions = {each.name for each in functions}
        self.feeds: dict[str, list[object]] = {}
        self.prints_environment = False
        self.tree = cast("Tree", self._marked(tree, ""))

    def _marked(self, node: object, stdin: str) -> object:
        match node:
            case nodes.Pipeline(stages):
                return nodes.Pipeline(self._stages(stages, stdin))
            case nodes.Function(name, body):
                return nodes.Function(name, self._statements(body, input_of(name)))
            case nodes.Simple():
                return self._simple(node, stdin)
            case nodes.Group() | nodes.Loop() | nodes.Case() if fed := _texts(node):
                return self._inside(node, self._fed(fed))
            case _:
                return self._inside(node, stdin)

    def _inside(self, node: object, stdin: str) -> object:
        return nodes.mapped(node, lambda part: self._marked(part, stdin))

    def _statements(self, statements: tuple[Statement, ...], stdin: str) -> tuple[Statement, ...]:
        return cast("tuple[Statement, ...]", self._marked(statements, stdin))

    def _stages(self, stages: tuple[Statement, ...], stdin: str) -> tuple[Statement, ...]:
        marked: tuple[Statement, ...] = ()
        for stage in stages:
            (found,) = self._statements((stage,), stdin)
            marked = (*marked, found)
            stdin = self._fed([found])
        return marked

    def _simple(self, node: nodes.Simple, stdin: str) -> nodes.Simple:
        name = nodes.name_of(node.words[0]) if node.words else ""
        fed: list[object] = _texts(node)
        reads = [nodes.Parameter(stdin, quoted=True)] if stdin and name and not fed else []
        if name in self._functions:
            self.feeds.setdefault(input_of(name), []).extend([*fed, *reads])
            reads = [nodes.Parameter(output_of(name), quoted=True)]
        elif name in _READS_NOTHING:
            reads = []
        if name and _prints_environment(node):
            reads.append(nodes.Parameter(ENVIRONMENT, quoted=True))
            self.prints_environment = True
        inside = cast("nodes.Simple", self._inside(node, stdin))
        return replace(inside, carries=tuple(reads))

    def _fed(self, texts: list[object]) -> str:
        """A new standard input."""
        name = f"<{len(self.feeds) + 1}"
        self.feeds[name] = texts
        return name


def _prints_environment(node: nodes.Simple) -> bool:
    """Whether all that stands behind ``env`` are options and assignments, or a file holds the environment."""
    names = [nodes.name_of(word) for word in node.words]
    if any(name.startswith("/proc/") and name.endswith("/environ") for name in names):
        return True
    at = next((at for at, name in enumerate(names) if name.rpartition("/")[2] in _PRINTS_ENVIRONMENT), len(names))
    return at < len(names) and (
        names[at].endswith("printenv") or all(name.startswith("-") or "=" in name for name in names[at + 1 :])
    )


def _texts(node: Statement) -> list[object]:
    """The redirections that a statement's standard input comes from."""
    return [each for each in getattr(node, "redirects", ()) if each.is_text or each.operator in ("<", "<>")]
