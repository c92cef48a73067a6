"""The protocol of a database driver. Each database has one driver (``stores/<database>/database.py``).

Where databases differ (JSON functions, upserts, hints for indices, limits), their statements differ: named blocks in
the ``.sql`` files of each database. Statements that are equal in all are in ``queries/`` beside this file. The logic
knows statements only by their names. Parameters are named (``:status``), and rows are read by the names of their
columns.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, Protocol, TypeAlias

    from gitflow.stores.protocols.leases import ActiveServer, Lease

    #: The parameters of a statement by name.
    Values: TypeAlias = Mapping[str, Any]

    #: Column -> value. The caller may change it.
    Row: TypeAlias = dict[str, Any]

    class Driver(Protocol):
        """One connection, used by one thread. Every method raises StoreError for a failure of the database or its disk,
        and Violation (or Duplicate) if a constraint of the schema refuses a statement."""

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
            """Runs a statement that must change one row. If it changes none, because of its conditions or because a
            value that must be unique exists already, it raises ``refusal()``, at the latest when the transaction
            commits."""
            ...

        def execute_many(self, sql: str, rows: Iterable[Values]) -> None:
            """Runs the same statement for each of these parameters."""
            ...

        def query(self, sql: str, values: Values = ...) -> list[Row]:
            """All rows at once, so that no statement stays open and holds back writers."""
            ...

        def first(self, sql: str, values: Values = ...) -> Row | None:
            """The first row, or the row that the statement changes and returns."""
            ...

        def lock(self, names: Sequence[str]) -> None:
            """Until the end of the transaction, ``lock`` of any other connection waits if it has one of these names."""
            ...

        def begin(self) -> None:
            """Begins a transaction that will write; waits until that of another connection has ended."""
            ...

        def begin_reading(self) -> None:
            """Begins a transaction in which every query sees the same state of the database."""
            ...

        def commit(self) -> None:
            """Raises UncertainCommit if it is not known whether the transaction was committed."""
            ...

        def is_committed(self) -> bool:
            """Whether the last commit that raised UncertainCommit was made. Raises StoreError."""
            ...

        def rollback(self) -> None: ...

        def lead(self, owner_id: str, lease: Lease | None = None) -> None:
            """Makes this connection that of a server. If the database allows only one server, no other may write from
            now on. Raises NotActive if another server is active, and StoreError if the database is not fit for a
            server."""
            ...

        def renew(self) -> None:
            """Says that this server is still alive. Raises NotActive if another one is active."""
            ...

        def active_server(self) -> ActiveServer | None:
            """The active server; None where the database allows several. Raises StoreError."""
            ...

        @property
        def epoch(self) -> int:
            """A number that grows with each server that becomes active."""
            ...

        def change_counter(self) -> int:
            """A number that changes with each commit of another connection, in this process or another."""
            ...

        def save_room(self) -> None:
            """From now on uses as little additional disk space as possible."""
            ...

        def close(self) -> None: ...


class Violation(Exception):
    """A statement breaks a constraint of the schema."""


class Duplicate(Violation):
    """A value that must be unique exists already."""
