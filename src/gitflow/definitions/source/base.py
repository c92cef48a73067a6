"""The types that this package shares: the locations of values, and the result of a load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Protocol

    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.problems import Place, Problem

    class Locations(Protocol):
        """Finds the place of a value by its path through the sections of the whole workspace."""

        def at(self, *path: str | int, key: bool = False) -> Place:
            """The place of a value, e.g. ``at("tasks", "deploy", "flow", "notify", "depends_on", 0)``.

            If the file does not contain the value, the place of its nearest ancestor. ``key``: the place of its key.
            """
            ...

        def inside(self, path: tuple[str | int, ...], offset: int) -> Place:
            """The place of a character in a text value, by its offset in the value (best effort for folded text)."""
            ...

    Check = Callable[[Snapshot, Locations], Iterator[Problem]]


class Partial(Record):
    """What can be said of a revision with errors. It is compared with others, and never served or run."""

    snapshot: Snapshot  #: every definition that fits its schema
    broken: frozenset[tuple[str, str]]  #: (section, name) of those that do not
    unreadable: frozenset[str]  #: files whose text is no YAML: they may define anything


class Loaded(Record):
    """The result of a load. A revision is accepted as a whole (all problems are warnings) or not at all."""

    snapshot: Snapshot | None
    problems: tuple[Problem, ...]  #: sorted by file, line, column
    compiled: bytes | None = None  #: the compiled snapshot, for ``compiled.decode``
    partial: Partial | None = None  #: of a revision that is not accepted
