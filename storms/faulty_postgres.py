"""Connections to PostgreSQL that fail or end the process at chosen statements; and a house that is served on it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg import errors

from house import House, LeapingClock
from storms import databases

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gitflow.app import OpenedStore
    from postgres_part import Cluster
    from storms.faulty import Faults

#: What PostgreSQL says.
TROUBLES: dict[str, type[psycopg.Error]] = {
    "disk full": errors.DiskFull,
    "lock not available": errors.LockNotAvailable,
    "serialization failure": errors.SerializationFailure,
    "connection lost": psycopg.OperationalError,
}


class Lost(psycopg.OperationalError):
    """The connection ends at this statement."""


def trouble(words: str) -> psycopg.Error:
    return Lost(words) if words == "connection lost" else TROUBLES[words](words)


@contextmanager
def every_connection(faults: Faults) -> Iterator[None]:
    """A context in which new connections are faulty."""

    class Faulty(psycopg.Connection):
        def execute(self, query, *given, **how):  # type: ignore[no-untyped-def]
            text = query.decode() if isinstance(query, bytes) else str(query)
            try:
                with faults.around(text):
                    return super().execute(query, *given, **how)
            except Lost:
                self.close()
                raise

    real = psycopg.connect
    psycopg.connect = Faulty.connect
    try:
        yield
    finally:
        psycopg.connect = real


def served_house(cluster: Cluster, folder: Path) -> ServedHouse:
    """Its database is empty."""
    house = ServedHouse(folder)
    given = databases.settings(cluster, folder)
    house.settings = {"db_url": given["db"]["url"], "secrets_key_file": given["secrets_key_file"]}  # type: ignore[index]
    return house


class ServedHouse(House):
    """A house on PostgreSQL, where only servers work: each command is one, and the next settles what it left."""

    def open(self) -> object:
        return self.serve()

    @contextmanager
    def store(self) -> Iterator[OpenedStore]:
        with self.serve() as app:
            if isinstance(app.opened.clock, LeapingClock):
                self.finish(app)
            else:
                app.engine.run(lambda: app.orchestrator.is_idle)
            yield app.opened
