"""Statements at which bash may give up the line they stand on.

Where an expansion fails (``$((1/0))``, ``${!u}``), or a variable may not be assigned to, bash leaves out the rest of
the line and goes on with the next one. What the rest of the line assigns is not assigned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.definitions.shell import nodes
from gitflow.definitions.shell.tables import table_of

if TYPE_CHECKING:
    from gitflow.definitions.shell.nodes import Statement

#: Variables that nobody may assign to.
_READ_ONLY = table_of("BASHOPTS BASH_VERSINFO EUID PPID SHELLOPTS UID")
#: Commands after which an assignment or a pattern may fail.
_MAY_FORBID = table_of("readonly declare typeset local export shopt eval . source")


def may_give_up_its_line(statement: Statement) -> bool:
    if next(nodes.records_in(statement, nodes.Unsafe), None) is not None:
        return True
    if not isinstance(statement, nodes.Simple):
        return False
    if statement.keyword in _MAY_FORBID or (statement.words and nodes.name_of(statement.words[0]) in _MAY_FORBID):
        return True
    return any(each.index is not None or each.name in _READ_ONLY for each in statement.assignments)
