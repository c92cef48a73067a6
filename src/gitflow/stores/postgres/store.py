"""``postgresql://<host>/<database>``: jobs and logs in one database."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import psycopg

from gitflow.core.errors import StoreError
from gitflow.stores.postgres.connecting import Address
from gitflow.stores.postgres.database import Database
from gitflow.stores.postgres.errors import translated
from gitflow.stores.postgres.logs import PostgresLogs
from gitflow.stores.postgres.migrations import bring_up_to_date, newest_version
from gitflow.stores.postgres.owners import ActiveOwners
from gitflow.stores.queries import SHARED, load_queries
from gitflow.stores.sql.jobs import SqlJobs
from gitflow.stores.sql.parts import open_part as open_further

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.stores.owners import Owners
    from gitflow.stores.protocols.jobs import JobStore, LogStore
    from gitflow.stores.protocols.leases import Lease
    from gitflow.stores.sealing import Sealer

__all__ = ["open_further", "open_parts"]

QUERIES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "queries")

_log = logging.getLogger("gitflow.store")

#: The entry in the table ``meta`` with the id of the key that seals.
_KEY_ID = "secrets_key_id"


class PostgresJobs(SqlJobs):
    def __init__(self, database: Database, queries: Mapping[str, str], sealer: Callable[[], Sealer]) -> None:
        super().__init__(database, queries, sealer=sealer)
        self._database = database

    def put_snapshot(self, workspace: str, revision: str, compiled: bytes) -> None:
        """Every new job calls this; only the first call with a snapshot asks the database."""
        key = ("snapshot", workspace, revision)
        if key not in self._database.known:
            super().put_snapshot(workspace, revision, compiled)
            self._database.known.add(key)

    def lead(self, owner_id: str, lease: Lease | None = None) -> None:
        """Refuses a server whose key file lacks the key of the servers before it: it could not read what they have
        sealed."""
        super().lead(owner_id, lease)
        try:
            self._check_key()
        except BaseException:
            self._database.resign()
            raise

    def _check_key(self) -> None:
        ids, known = self._sealer().ids(), self.meta(_KEY_ID)
        if known is not None and known not in ids:
            raise StoreError(
                f"{self.path}: secrets are sealed with key {known}, which is not in the key file (secrets_key_file); "
                "every server needs the same one (a line a key: old keys still open)"
            )
        if known != ids[0]:
            self.put_meta(_KEY_ID, ids[0])


def owners_of(state_dir: str, jobs: JobStore) -> Owners:
    """The owners of jobs in this database."""
    return ActiveOwners(state_dir, jobs)


def open_database(url: str, synchronous: str = "full", notice: Callable[[str], None] = print) -> Database:
    """Connects, and creates or migrates the tables if needed. Raises StoreError."""
    address = Address.of(url, synchronous)
    connection = address.connect(newest_version())
    try:
        bring_up_to_date(connection, address)
    except psycopg.Error as error:
        connection.close()
        raise translated(error, address.path) from error
    except StoreError:
        connection.close()
        raise
    return Database(address, newest_version(), connection, notice)


def open_parts(
    state_dir: str,
    place: str,
    synchronous: str,
    owners: Owners,
    notice: Callable[[str], None],
    sealer: Callable[[], Sealer],
) -> tuple[JobStore, LogStore]:
    """Raises StoreError."""
    queries = load_queries((QUERIES, SHARED))
    database = open_database(f"postgresql://{place}", synchronous, _log.warning)
    return PostgresJobs(database, queries, sealer), PostgresLogs(database, queries)
