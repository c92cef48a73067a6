"""Which server is active on a database: one at a time, by a session's advisory lock and by a number, the epoch.

The lock keeps a second server from starting beside a living one. The epoch makes sure of it: each commit of the active
server names the epoch with which it began, and changes nothing once another server has raised it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from gitflow.core.errors import StoreError

if TYPE_CHECKING:
    from typing import Any

    import psycopg

    from gitflow.stores.postgres.connecting import Address

#: The keys of advisory locks: of the active server, and of a migration. Groups have theirs in another space.
ENGINE_LOCK, MIGRATION_LOCK = 0x67666C01, 0x67666C02

#: Its answer is the number of this commit. It waits for a commit of another connection that is still being made.
COUNT = b"UPDATE engine SET turn = turn + 1 RETURNING turn"
COUNT_LED = "UPDATE engine SET turn = turn + 1 WHERE epoch = %(epoch)s RETURNING turn"


class Commits:
    """What all connections of this process to one database share."""

    def __init__(self) -> None:
        self.count = 0  #: of this process
        self.is_leading = False  #: nobody else commits


_SHARED: WeakValueDictionary[str, Commits] = WeakValueDictionary()


def commits_of(url: str) -> Commits:
    return _SHARED.setdefault(url, Commits())


def lead(connection: psycopg.Connection[tuple[Any, ...]], address: Address, owner_id: str) -> int:
    """Becomes the active server; answers the epoch. Raises StoreError if another one is."""
    if not _has_lock(connection):
        raise StoreError(_other(connection, address))
    row = connection.execute(
        "UPDATE engine SET epoch = epoch + 1, owner_id = %s RETURNING epoch", (owner_id,)
    ).fetchone()
    assert row is not None
    return row[0]


def go_on(
    connection: psycopg.Connection[tuple[Any, ...]], address: Address, epoch: int, lost_session: int | None
) -> None:
    """Takes the lock on a new connection after the one before broke; its session may live on for a while.

    Raises StoreError if another server has become active meanwhile.
    """
    if lost_session is not None:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks"
            " WHERE locktype = 'advisory' AND objid = %s AND pid = %s AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())",
            (ENGINE_LOCK, lost_session),
        )
    row = connection.execute("SELECT epoch FROM engine").fetchone()
    if row is None or row[0] != epoch or not _has_lock(connection):
        raise StoreError(_other(connection, address))


def _has_lock(connection: psycopg.Connection[tuple[Any, ...]]) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (ENGINE_LOCK,)).fetchone()
    return row is not None and row[0]


def _other(connection: psycopg.Connection[tuple[Any, ...]], address: Address) -> str:
    row = connection.execute("SELECT owner_id FROM engine").fetchone()
    return superseded(address.path, row[0] if row else None)


def superseded(path: str, owner_id: str | None = None) -> str:
    named = f" ({owner_id})" if owner_id else ""
    return f"{path}: another server{named} is active on this database; stop it, or give this one a database of its own"
