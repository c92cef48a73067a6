"""What a command may turn out to be whose name the script's own variables decide: ``$u trap 'eval "$x"' EXIT``.

The variable may be empty, or hold a program that runs the words behind it, or what some assignment of the script gives
it. Each of these is written beside the command, so that whatever follows a value sees all of them.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, cast

from gitflow.core.record import replace
from gitflow.definitions.shell import nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.definitions.shell.nodes import Piece, Tree

    Pieces = tuple[Piece, ...]

#: The kind of a group of which one statement runs, and the script does not say which.
EITHER = "either"
#: How many variants of one command are looked at.
_MAX_VARIANTS = 64
#: Commands that run the words behind them.
_PREFIXES = frozenset({"command", "builtin", "exec", "env", "nohup", "sudo"})


def with_variants(tree: Tree) -> Tree:
    """The tree in which each command without a literal name stands beside what it may be."""
    literals: dict[str, list[str]] = {}
    for each in nodes.statements_in(tree.statements):
        for assignment in each.assignments if isinstance(each, nodes.Simple) else ():
            is_text = bool(assignment.value) and all(isinstance(piece, nodes.Text) for piece in assignment.value)
            literals.setdefault(assignment.name, []).append(nodes.name_of(assignment.value) if is_text else "")
    return cast("Tree", _rebuilt(tree, literals))


def _rebuilt(node: object, literals: dict[str, list[str]]) -> object:
    if isinstance(node, nodes.Group) and node.kind == EITHER:
        return node
    made = nodes.mapped(node, lambda part: _rebuilt(part, literals))
    variants = tuple(islice(_variants(made, literals), _MAX_VARIANTS)) if isinstance(made, nodes.Simple) else ()
    return nodes.Group(EITHER, (cast("nodes.Simple", made), *variants)) if variants else made


def _variants(command: nodes.Simple, literals: dict[str, list[str]]) -> Iterator[nodes.Simple]:
    at = 0
    while at < len(command.words) and nodes.name_of(command.words[at]) in _PREFIXES:
        at += 1
    rest = command.words[at + 1 :]
    if at == len(command.words) or all(isinstance(piece, nodes.Text) for piece in command.words[at]):
        return
    literal = _text_of(command.words[at])
    if "/" in literal:
        return  # the folder alone is unknown
    known = [literal] if literal else literals.get(_variable_of(command.words[at]), [""])
    for text in dict.fromkeys(known):
        words: tuple[Pieces, ...] = (*((nodes.Text(word),) for word in text.split()), *rest)
        if words:
            variant = replace(command, words=words)
            yield variant
            yield from _variants(variant, {})


def _text_of(word: Pieces) -> str:
    """What is left of a word whose variables are empty: ``ex`` of ``ex$u``."""
    return "".join(piece.text for piece in word if isinstance(piece, nodes.Text))


def _variable_of(word: Pieces) -> str:
    return word[0].name if len(word) == 1 and isinstance(word[0], nodes.Parameter) else ""
