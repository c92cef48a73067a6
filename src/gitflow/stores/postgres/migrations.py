"""Creates and migrates the tables: numbered migrations, by one process at a time."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psycopg

from gitflow.core.errors import StoreError
from gitflow.stores.postgres.connecting import PROGRAM
from gitflow.stores.postgres.errors import translated
from gitflow.stores.postgres.leading import MIGRATION_LOCK

if TYPE_CHECKING:
    from typing import Any

    from gitflow.stores.postgres.connecting import Address

MIGRATIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "migrations")


def newest_version(migrations: str = MIGRATIONS) -> int:
    """The newest schema that this version knows: the number of the last migration."""
    return int(_files(migrations)[-1][:4])


def bring_up_to_date(
    connection: psycopg.Connection[tuple[Any, ...]], address: Address, migrations: str = MIGRATIONS
) -> None:
    """Creates or migrates the tables. Raises StoreError."""
    newest = newest_version(migrations)
    if version_of(connection, address, newest) == newest:
        return
    try:
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (MIGRATION_LOCK,))
            version = version_of(connection, address, newest)  # another process may have migrated it meanwhile
            if version < newest:
                _refuse_while_used(connection, address, newest)
                _apply(connection, migrations, version)
    except psycopg.Error as error:
        raise translated(error, address.path) from error


def version_of(connection: psycopg.Connection[tuple[Any, ...]], address: Address, newest: int) -> int:
    """The version of the schema; 0 for an empty database. Raises StoreError for a newer schema, and for tables of
    another program."""
    row = connection.execute(
        "SELECT to_regclass('schema_version') IS NOT NULL, to_regclass('job') IS NOT NULL"
    ).fetchone()
    assert row is not None
    has_version, has_job = row
    if not has_version:
        if has_job:
            raise StoreError(f"{address.path} has tables of another program; give gitflow a database of its own")
        return 0
    found = connection.execute("SELECT max(version) FROM schema_version").fetchone()
    version = int(found[0]) if found and found[0] is not None else 0
    if version > newest:
        raise StoreError(
            f"{address.path} has schema {version}, and this gitflow knows schemas up to {newest}; "
            "use the newer gitflow that wrote it, or another database"
        )
    return version


def _refuse_while_used(connection: psycopg.Connection[tuple[Any, ...]], address: Address, newest: int) -> None:
    rows = connection.execute(
        "SELECT DISTINCT application_name, coalesce(host(client_addr), 'this machine') FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND starts_with(application_name, %s)"
        " AND application_name <> %s",
        (PROGRAM, f"{PROGRAM}{newest}"),
    ).fetchall()
    if rows:
        places = ", ".join(sorted({place for _, place in rows}))
        raise StoreError(
            f"{address.path} must be brought up to date, and another version of gitflow is connected (from {places}); "
            "stop it first, then try again"
        )


def _apply(connection: psycopg.Connection[tuple[Any, ...]], migrations: str, after: int) -> None:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_version (version bigint PRIMARY KEY, applied_at timestamptz DEFAULT now())"
    )
    for file in _files(migrations):
        if (number := int(file[:4])) > after:
            with open(os.path.join(migrations, file), "rb") as text:
                connection.execute(text.read())
            connection.execute("INSERT INTO schema_version (version) VALUES (%s)", (number,))


def _files(migrations: str) -> list[str]:
    return sorted(file for file in os.listdir(migrations) if file.endswith(".sql"))
