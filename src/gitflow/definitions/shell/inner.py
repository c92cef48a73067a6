"""Scripts inside of scripts: ``sh -c 'cp -- "$1" /srv' sh {{ … }}``, judged like the script around them."""

from __future__ import annotations

from functools import lru_cache, partial

from gitflow.definitions.shell import nodes
from gitflow.definitions.shell.contexts import Walk
from gitflow.definitions.shell.dataflow import flows_of
from gitflow.definitions.shell.nodes import Unreadable
from gitflow.definitions.shell.refusals import Refusal
from gitflow.definitions.shell.spread import POSITIONAL

#: The dialect by which the script of each shell is read. The other shells have grammars of their own.
_DIALECTS = {"sh": "sh", "ash": "sh", "dash": "dash", "bash": "bash", "rbash": "bash"}
_SAME_SHELL = frozenset({"eval", "trap"})


@lru_cache(maxsize=256)
def judge_script(text: str, shell: str, values: tuple[bool, ...]) -> Refusal | None:
    """Why a script may not get values among its arguments. ``values``: for each from ``$0`` on whether it is one."""
    from gitflow.definitions.shell import parsers, tree_cache

    dialect = _DIALECTS.get(shell)
    if dialect is None:
        return Refusal("inner-script", shell)
    readings = tree_cache.readings_of([(dialect, text)])
    found: Refusal | None = None
    for grammar in parsers.grammars_of(dialect):
        tree = readings[grammar, text]
        refusal = Refusal("inner-script", shell) if isinstance(tree, Unreadable) else _judged(tree, shell, values)
        if refusal is not None and refusal.is_certain:
            return refusal
        found = found or refusal
    return found


@lru_cache(maxsize=256)
def parse_script(text: str, program: str, *, dialect: str) -> nodes.Tree | None:
    """bash's reading of a script inside of a script, None where the shell that runs it may read something else.

    ``program``: what gets the script. ``dialect``: of the script around it.
    """
    from gitflow.definitions.shell.tree_cache import readings_of

    reading = readings_of([("bash", text)])["bash", text]
    if isinstance(reading, Unreadable):
        return None
    own = dialect if program in _SAME_SHELL else _DIALECTS.get(program, "sh")
    return None if reading.bashisms and own != "bash" else reading


def _judged(tree: nodes.Tree, shell: str, values: tuple[bool, ...]) -> Refusal | None:
    names = frozenset(str(index) for index, holds in enumerate(values) if holds) | {"@", "*"}
    if any(_moves(each) for each in nodes.statements_in(tree.statements)):
        names |= POSITIONAL
    uses = Walk(tree, names.__contains__, judge_script, is_sh=shell != "bash").run()
    if any(use.reason and use.is_certain for use in uses):
        return Refusal("inner-script", shell)
    parse = partial(parse_script, dialect=_DIALECTS[shell])
    flows = flows_of(tree, names.__contains__, judge_script, parse)
    if any(flow.is_certain for flow in flows):
        return Refusal("inner-script", shell)
    uncertain = bool(flows) or any(use.reason for use in uses)
    return Refusal("inner-script", shell, is_certain=False) if uncertain else None


def _moves(statement: object) -> bool:
    """Whether the arguments may have other numbers afterwards."""
    if isinstance(statement, nodes.Function):
        return True
    if not isinstance(statement, nodes.Simple) or not statement.words:
        return False
    first = next((word for word in statement.words if not _goes_before(word)), ())
    return (
        len(first) != 1
        or not isinstance(first[0], nodes.Text)
        or first[0].text in ("shift", "set", "getopts", "eval", ".")
    )


def _goes_before(word: tuple[nodes.Piece, ...]) -> bool:
    """``command shift``: whether the name of the command comes behind the word."""
    name = nodes.name_of(word)
    return name in ("command", "builtin") or name.startswith("-")
