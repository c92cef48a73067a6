"""The protocol of a database driver. Each database has one driver (``stores/<database>/database.py``).

What differs between databases (JSON functions, upserts, hints for indices, limits) stands in the named blocks of the
``.sql`` files beside each driver; the logic knows the blocks by their names. Parameters are named (``:status``), and
rows are read by the names of their columns.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, Protocol, TypeAlias

    from gitflow.stores.protocols.leases import Lease, Standing

    #: The parameters of a statement by name.
    Values: TypeAlias = Mapping[str, Any]

    #: Column -> value. The caller may change it.
    Row: TypeAlias = dict[str, Any]

    class Driver(Protocol):
        """One connection, used by one thread. Every method raises StoreError for what the world did to the database,
        and Violation (or Duplicate) where a constraint of the schema refuses a statement."""

        @property
        def path(self) -> str:
            """Names the database in errors."""
            ...

        @property
        def in_transaction(self) -> bool: ...

        def execute(self, sql: str, values: Values = ...) -> int:
            """Returns the number of changed rows."""
            ...

        def execute_one(self, sql: str, values: Values, refusal: Callable[[], Exception]) -> None:
            """Runs a statement that must change one row. Raises ``refusal()`` where it does not, because of its
            conditions or because a value that must be unique exists already; at the latest when the transaction
            commits."""
            ...

        def execute_many(self, sql: str, rows: Iterable[Values]) -> None:
            """The same statement for each of these parameters."""
            ...

        def query(self, sql: str, values: Values = ...) -> list[Row]:
            """All rows, so that no statement stays open and holds back writers."""
            ...

        def first(self, sql: str, values: Values = ...) -> Row | None:
            """The first row; also of a statement that changes one and returns it."""
            ...

        def lock(self, names: Sequence[str]) -> None:
            """Until the end of the transaction no other connection passes ``lock`` with one of these names."""
            ...

        def begin(self) -> None:
            """Begins a transaction that will write; waits for the one of another connection."""
            ...

        def begin_reading(self) -> None:
            """Begins a transaction in which every query sees the same state of the database."""
            ...

        def commit(self) -> None:
            """Raises UncertainCommit where it is not known whether the commit was made."""
            ...

        def is_committed(self) -> bool:
            """Whether the last commit that raised UncertainCommit was made. Raises StoreError."""
            ...

        def rollback(self) -> None: ...

        def lead(self, owner_id: str, lease: Lease | None = None) -> None:
            """This connection is a server's, and the only one that writes from now on, where the database allows only
            one server. Raises NotActive where another one is active, and StoreError where the database is not fit for
            a server."""
            ...

        def renew(self) -> None:
            """This server is still alive. Raises NotActive if another one is active."""
            ...

        def standing(self) -> Standing | None:
            """The active server; None where the database allows several. Raises StoreError."""
            ...

        @property
        def epoch(self) -> int:
            """Grows with each server that becomes active."""
            ...

        def change_counter(self) -> int:
            """Another number once another connection, of this process or not, has committed anything."""
            ...

        def save_room(self) -> None:
            """Takes as little further room on the disk as it can, now and after each commit."""
            ...

        def close(self) -> None: ...


class Violation(Exception):
    """A statement breaks a constraint of the schema."""


class Duplicate(Violation):
    """A value that must be unique exists already."""
