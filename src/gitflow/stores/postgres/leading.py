"""Decides which server is active on a database: one at a time, by a session's advisory lock, a lease, and a number that
is called the epoch.

The lock shows at once that the active server has died; the lease shows that it is silent. The epoch makes sure that a
server that was replaced changes nothing: each commit names the epoch with which its server became active.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from psycopg import errors

from gitflow.core.errors import NotActive
from gitflow.stores.protocols.leases import Lease

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Any, TypeAlias

    import psycopg

    from gitflow.stores.postgres.connecting import Address

    Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

#: The keys of two advisory locks: of the active server, and of a migration. The keys of groups are hashes of 64 bits.
ENGINE_LOCK, MIGRATION_LOCK = 0x67666C01, 0x67666C02

#: Where the active server says which jobs a commit has changed (see ``jobs_text``).
JOBS_CHANNEL = "gitflow_job"
#: The longest text that PostgreSQL passes on has one byte less than 8000.
MAX_TEXT = 7999

#: Returns the number of this commit. It waits for a commit of another connection that is still under way.
COUNT = "UPDATE engine SET turn = turn + 1 RETURNING turn"
#: Of the active server: each commit renews its lease, and tells the servers that follow which jobs it has changed.
COUNT_LED = (
    "UPDATE engine SET turn = turn + 1, until = clock_timestamp() + make_interval(secs => %(lasts_s)s)"
    " WHERE epoch = %(epoch)s RETURNING turn"
)
COUNT_TOLD = f"WITH made AS ({COUNT_LED}) SELECT turn, pg_notify('{JOBS_CHANNEL}', %(jobs)s) FROM made"
RENEW = (
    "UPDATE engine SET until = clock_timestamp() + make_interval(secs => %(lasts_s)s)"
    " WHERE epoch = %(epoch)s RETURNING epoch"
)
STANDING = "SELECT epoch, owner_id, url, coalesce(until < clock_timestamp(), true) AS is_over FROM engine"

_BEGIN_EPOCH = (
    "UPDATE engine SET epoch = epoch + 1, owner_id = %(owner_id)s, url = %(url)s,"
    " until = clock_timestamp() + make_interval(secs => %(lasts_s)s) RETURNING epoch"
)

#: Ends the session that has the lock, and waits until it has ended.
_END_HOLDER = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks"
    " WHERE locktype = 'advisory' AND granted AND objid = %(lock)s AND database ="
    " (SELECT oid FROM pg_database WHERE datname = current_database())"
)


#: How long to wait for the lock, in seconds: a server that wants to become active, and the active one after it has
#: reconnected, while its old session ends.
TAKE_S, GO_ON_S = 1, 2


class Commits:
    """What all connections of this process to one database share."""

    def __init__(self) -> None:
        self.count = 0  #: how many commits this process has made
        self.is_leading = False  #: while this process is the active server, nobody else commits


_SHARED: WeakValueDictionary[str, Commits] = WeakValueDictionary()


class Leadership:
    """Whether a connection belongs to the active server."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self.commits = _SHARED.setdefault(address.url, Commits())
        self.epoch: int | None = None  #: the epoch with which this server became active; None if it did not
        self._lease = Lease()

    def count(self, jobs: Collection[str]) -> tuple[str, dict[str, Any]]:
        """The statement that counts a commit, with its parameters. It returns a row that begins with the number of the
        commit, and no row for a server that was replaced. ``jobs``: the ids of those that the commit changes."""
        if self.epoch is None:
            return COUNT, {}
        return (COUNT_TOLD, {**self.given, "jobs": jobs_text(jobs)}) if jobs else (COUNT_LED, self.given)

    @property
    def given(self) -> dict[str, Any]:
        """The parameters of RENEW."""
        return {} if self.epoch is None else {"epoch": self.epoch, "lasts_s": self._lease.lasts_s}

    def take(self, connection: Connection, owner_id: str, lease: Lease, check: Callable[[], None]) -> None:
        """Becomes the active server. Raises NotActive if another one is active, and what ``check`` raises.

        If the lease of the active server has ended, its session is ended first: its process may be frozen or cut off.
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
        """Takes the lock on a new connection after the old one broke; the old session may still hold it for a while.

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
        """Lets another server become active."""
        _unlock(connection)
        self.end()
        self.epoch = None

    def lose(self) -> NotActive:
        """Notes that another server is active, and returns the error."""
        self.commits.is_leading = False
        return NotActive(f"{self._address.path}: another server is active on this database")

    def end(self) -> None:
        """Call it once the connection is closed."""
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


def jobs_text(jobs: Collection[str]) -> str:
    """The ids of jobs, as a notification has them. It is empty, and means any job, where they are too many for one."""
    text = " ".join(jobs)
    return text if len(text) <= MAX_TEXT else ""


def _epoch(connection: Connection) -> int | None:
    row = connection.execute("SELECT epoch FROM engine").fetchone()
    return None if row is None else row[0]


def _unlock(connection: Connection) -> None:
    connection.execute("SELECT pg_advisory_unlock(%s)", (ENGINE_LOCK,))


def _end_silent(connection: Connection) -> bool:
    """Ends the session of the active server if its lease has ended; returns whether it did."""
    silent = f"{_END_HOLDER} AND (SELECT until < clock_timestamp() FROM engine)"
    return bool(connection.execute(silent.encode(), {"lock": ENGINE_LOCK}).fetchall())


def _has_lock(connection: Connection, wait_s: float) -> bool:
    """Waits for the lock for a while, and takes it as soon as it is free. It belongs to the session and survives the
    transaction."""
    try:
        with connection.transaction():
            connection.execute(f"SET LOCAL lock_timeout = '{math.ceil(wait_s * 1000)}ms'".encode())
            connection.execute("SELECT pg_advisory_lock(%s)", (ENGINE_LOCK,))
    except errors.LockNotAvailable:
        return False
    return True
