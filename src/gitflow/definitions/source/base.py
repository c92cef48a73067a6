"""The contract inside this wing: where text stands, and what a load gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Protocol

    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.problems import Place, Problem

    class Places(Protocol):
        """Where every value stands, by its path through the sections of the whole workspace."""

        def at(self, *path: str | int, key: bool = False) -> Place:
            """E.g. ``at("tasks", "deploy", "flow", "notify", "depends_on", 0)``; the nearest known
            ancestor when the value itself was not written. ``key``: the place of its key, not its value."""
            ...

        def inside(self, path: tuple[str | int, ...], offset: int) -> Place:
            """The place of a character of a text value, by its offset in the value (best effort for folded text)."""
            ...

    Check = Callable[[Snapshot, Places], Iterator[Problem]]


@record
class Partial:
    """What can be said of a revision with errors. It is compared with others, and never served or run."""

    snapshot: Snapshot  #: every definition that fits its schema
    broken: frozenset[tuple[str, str]]  #: (section, name) of those that do not
    unreadable: frozenset[str]  #: files whose text is no YAML: they may define anything


@record
class Loaded:
    """A revision is accepted whole (``snapshot`` and ``compiled`` set, problems are warnings) or not at all."""

    snapshot: Snapshot | None
    problems: tuple[Problem, ...]  #: sorted by file, line, column
    compiled: bytes | None = None  #: what ``compiled.decode`` turns into the same snapshot, without YAML or schemas
    partial: Partial | None = None  #: where it is not accepted
