"""Which server is active on a database: one at a time, by a session's advisory lock, a lease and a number, the epoch.

The lock tells at once that the active server has died, and the lease that it is silent. The epoch makes sure that one
that was replaced changes nothing more: each commit names the epoch with which its server began.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from psycopg import errors

from gitflow.core.errors import NotActive
from gitflow.stores.protocols.leases import Lease

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    import psycopg

    from gitflow.stores.postgres.connecting import Address

    Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

#: The keys of advisory locks: of the active server, and of a migration. Groups have theirs in another space.
ENGINE_LOCK, MIGRATION_LOCK = 0x67666C01, 0x67666C02

#: Its answer is the number of this commit. It waits for a commit of another connection that is still being made.
COUNT = "UPDATE engine SET turn = turn + 1 RETURNING turn"
#: Of the active server: each commit renews its lease.
COUNT_LED = (
    "UPDATE engine SET turn = turn + 1, until = clock_timestamp() + make_interval(secs => %(lasts_s)s)"
    " WHERE epoch = %(epoch)s RETURNING turn"
)
RENEW = (
    "UPDATE engine SET until = clock_timestamp() + make_interval(secs => %(lasts_s)s)"
    " WHERE epoch = %(epoch)s RETURNING epoch"
)
STANDING = "SELECT epoch, owner_id, url, coalesce(until < clock_timestamp(), true) AS is_over FROM engine"

_BEGIN_EPOCH = (
    "UPDATE engine SET epoch = epoch + 1, owner_id = %(owner_id)s, url = %(url)s,"
    " until = clock_timestamp() + make_interval(secs => %(lasts_s)s) RETURNING epoch"
)

#: Ends the session that has the lock, and waits for its end.
_END_HOLDER = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks"
    " WHERE locktype = 'advisory' AND granted AND objid = %(lock)s AND database ="
    " (SELECT oid FROM pg_database WHERE datname = current_database())"
)


#: How long the lock is waited for: by a server that would become active, and by the active one, whose old session ends.
TAKE_S, GO_ON_S = 1, 2


class Commits:
    """What all connections of this process to one database share."""

    def __init__(self) -> None:
        self.count = 0  #: of this process
        self.is_leading = False  #: nobody else commits


_SHARED: WeakValueDictionary[str, Commits] = WeakValueDictionary()


class Leadership:
    """Whether a connection is that of the active server."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self.commits = _SHARED.setdefault(address.url, Commits())
        self.epoch: int | None = None  #: with which this server became active, if it did
        self._lease = Lease()

    @property
    def count(self) -> str:
        """The statement that counts a commit, and answers its number: nothing for a server that was replaced."""
        return COUNT if self.epoch is None else COUNT_LED

    @property
    def given(self) -> dict[str, Any]:
        """What ``count`` and RENEW need."""
        return {} if self.epoch is None else {"epoch": self.epoch, "lasts_s": self._lease.lasts_s}

    def take(self, connection: Connection, owner_id: str, lease: Lease, check: Callable[[], None]) -> None:
        """Becomes the active server. Raises NotActive if another one is, and what ``check`` raises.

        The session of a server whose lease has passed is ended first: its process may be frozen, or cut off.
        """
        wait_s = wait_for(_lease_left(connection))
        if not _has_lock(connection, wait_s) and not (_end_silent(connection) and _has_lock(connection, GO_ON_S)):
            raise self._other(connection)
        given = {"owner_id": owner_id, "url": lease.url, "lasts_s": lease.lasts_s}
        try:
            check()
            row = connection.execute(_BEGIN_EPOCH.encode(), given).fetchone()
            assert row is not None
        except BaseException:
            _unlock(connection)
            raise
        self.epoch, self._lease = row[0], lease
        self.commits.is_leading = True

    def go_on(self, connection: Connection, lost_session: int | None) -> None:
        """Takes the lock on a new connection after the one before broke; its session may live on for a while.

        Raises NotActive if another server has become active meanwhile.
        """
        if self.epoch is None:
            return
        if lost_session is not None:
            given = {"lock": ENGINE_LOCK, "session": lost_session}
            connection.execute(f"{_END_HOLDER} AND pid = %(session)s".encode(), given)
        if _epoch(connection) != self.epoch or not _has_lock(connection, GO_ON_S):
            raise self._other(connection)
        if _epoch(connection) != self.epoch:  # another server had the lock in between
            _unlock(connection)
            raise self._other(connection)

    def resign(self, connection: Connection) -> None:
        """Another server may become active."""
        _unlock(connection)
        self.end()
        self.epoch = None

    def lose(self) -> NotActive:
        """Another server is active."""
        self.commits.is_leading = False
        return NotActive(f"{self._address.path}: another server is active on this database")

    def end(self) -> None:
        """The connection is closed."""
        if self.epoch is not None:
            self.commits.is_leading = False

    def _other(self, connection: Connection) -> NotActive:
        if self.epoch is not None:
            self.commits.is_leading = False
        row = connection.execute("SELECT owner_id FROM engine").fetchone()
        named = f" ({row[0]})" if row and row[0] else ""
        return NotActive(f"{self._address.path}: another server{named} is active on this database")


def wait_for(left_s: float | None) -> float:
    """How long to wait for the lock: no longer than the lease of the active server lasts. Once that has passed, its
    server may be connecting again, and gets the usual time to renew it."""
    return TAKE_S if left_s is None or left_s <= 0 else min(TAKE_S, left_s)


def _lease_left(connection: Connection) -> float | None:
    left = "SELECT extract(epoch FROM until - clock_timestamp())::float8 FROM engine"
    row = connection.execute(left.encode()).fetchone()
    return None if row is None else row[0]


def _epoch(connection: Connection) -> int | None:
    row = connection.execute("SELECT epoch FROM engine").fetchone()
    return None if row is None else row[0]


def _unlock(connection: Connection) -> None:
    connection.execute("SELECT pg_advisory_unlock(%s)", (ENGINE_LOCK,))


def _end_silent(connection: Connection) -> bool:
    """Ends the session of the active server if its lease has passed; answers whether one was ended."""
    silent = f"{_END_HOLDER} AND (SELECT until < clock_timestamp() FROM engine)"
    return bool(connection.execute(silent.encode(), {"lock": ENGINE_LOCK}).fetchall())


def _has_lock(connection: Connection, wait_s: float) -> bool:
    """Waits a while, and has the lock the moment it is free. It is the session's, and outlives the transaction."""
    try:
        with connection.transaction():
            connection.execute(f"SET LOCAL lock_timeout = '{math.ceil(wait_s * 1000)}ms'".encode())
            connection.execute("SELECT pg_advisory_lock(%s)", (ENGINE_LOCK,))
    except errors.LockNotAvailable:
        return False
    return True
