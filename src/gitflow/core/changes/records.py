"""What a comparison of two revisions gives: one Change per definition, with its Details.

A Detail is one difference inside a definition. It is *narrowing* when it takes something away that a caller could
rely on, and *breaking* when there is such a caller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.language.snapshot import Snapshot
from gitflow.core.problems import NOWHERE, Place
from gitflow.core.record import Record, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import Json

#: The kinds of changes, in the order in which they are reported.
KINDS = ("task", "action", "trigger", "connection", "connection_type", "secret", "hook", "file")
ADDED, REMOVED, CHANGED, RENAMED = "added", "removed", "changed", "renamed"
#: Callers that no definition names: API clients, the command line, and the senders of webhooks.
OUTSIDE = "outside"


class Caller(Record):
    """Something that calls a definition, reads its output or gives it values."""

    kind: str  #: task, action, trigger, connection, hook or outside
    name: str
    where: Place = NOWHERE


class Detail(Record):
    path: str  #: inside the definition, in the words of the language: ``flow.build.cmd``
    change: str  #: added, removed or changed
    before: Json = None
    after: Json = None
    narrows: bool = False  #: it takes something away from whoever calls the definition
    callers: tuple[Caller, ...] = ()  #: those that it breaks; of ``used_by``, those that use the definition
    is_breaking: bool = False


class Change(Record):
    """All that happened to one definition or file."""

    kind: str  #: one of KINDS
    name: str  #: at head; at base, where it was removed
    change: str  #: added, removed, changed or renamed
    where: Place  #: at head; at base, where it was removed
    summary: str = ""  #: one sentence without its subject: ``step build added``
    details: tuple[Detail, ...] = ()
    tasks: tuple[str, ...] = ()  #: of a trigger: those that it starts, at base and at head

    @property
    def is_breaking(self) -> bool:
        return any(detail.is_breaking for detail in self.details)

    @property
    def is_contract(self) -> bool:
        """Whether it narrows what callers may rely on, without breaking a known one."""
        return not self.is_breaking and any(detail.narrows for detail in self.details)


class Changes(Record):
    changes: tuple[Change, ...] = ()  #: sorted by kind and name

    def count(self, change: str) -> int:
        return sum(each.change == change for each in self.changes)

    @property
    def breaking(self) -> int:
        return sum(each.is_breaking for each in self.changes)


class Side(Record):
    """One of the two revisions, as far as it could be read."""

    snapshot: Snapshot
    files: Mapping[str, str] = field(default_factory=dict[str, str])  #: of the files that definitions name: path -> id
    unknown: frozenset[tuple[str, str]] = frozenset()  #: (section, name) of definitions with errors, left out
    unreadable: frozenset[str] = frozenset()  #: files of definitions that could not be read
