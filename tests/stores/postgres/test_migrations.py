"""Tables are made once, brought up to date by one process, and refused with a sentence."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import psycopg
import pytest

from gitflow.core.errors import StoreError
from gitflow.stores.postgres.connecting import Address
from gitflow.stores.postgres.migrations import MIGRATIONS, bring_up_to_date, newest_version
from gitflow.stores.postgres.store import open_database

pytestmark = pytest.mark.postgres


@pytest.fixture
def empty(cluster):
    return Address.of(cluster.empty_database(), "full")


@pytest.fixture
def later(tmp_path):
    """The migrations of the next version."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    next_number = newest_version() + 1
    (folder / f"{next_number:04d}_more.sql").write_text("ALTER TABLE meta ADD COLUMN more text; SELECT 1;")
    return str(folder)


def test_many_that_open_an_empty_database_at_once_make_its_tables_once(empty):
    failures = []

    def open_it():
        try:
            open_database(empty.url).close()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with empty.connect(1) as connection:
        found = connection.execute("SELECT version FROM schema_version ORDER BY version").fetchall()
    assert found == [(int(file.name[:4]),) for file in sorted(Path(MIGRATIONS).glob("*.sql"))]


def test_nothing_is_migrated_while_another_version_is_connected(empty, later):
    old = open_database(empty.url)
    with empty.connect(newest_version(later)) as connection:
        with pytest.raises(
            StoreError, match=r"another version of gitflow is connected \(from 127.0.0.1.*stop it first"
        ):
            bring_up_to_date(connection, empty, later)
        old.close()
        while connection.execute(
            "SELECT 1 FROM pg_stat_activity WHERE application_name = %s AND datname = current_database()",
            (f"gitflow schema {newest_version()}",),
        ).fetchone():
            pass  # PostgreSQL ends the session by itself
        bring_up_to_date(connection, empty, later)
        assert connection.execute("SELECT more FROM meta").fetchall() == []


def test_a_migration_that_fails_leaves_the_tables_as_they_were(empty, later):
    open_database(empty.url).close()
    Path(later, f"{newest_version(later):04d}_more.sql").write_text(
        "ALTER TABLE meta ADD COLUMN more text; SELECT 1 / 0;"
    )
    with empty.connect(newest_version(later)) as connection:
        with pytest.raises(psycopg.errors.DivisionByZero):
            bring_up_to_date(connection, empty, later)
        columns = connection.execute("SELECT attname FROM pg_attribute WHERE attrelid = 'meta'::regclass").fetchall()
    assert ("more",) not in columns


def test_a_newer_schema_is_refused_and_both_versions_are_named(empty, later):
    with empty.connect(1) as connection:
        bring_up_to_date(connection, empty, later)
    with pytest.raises(StoreError, match=rf"has schema {newest_version(later)}, and this gitflow knows schemas up to"):
        open_database(empty.url)


def test_tables_of_another_program_are_refused(cluster, empty):
    with empty.connect(1) as connection:
        connection.execute("CREATE TABLE job (theirs int)")
    with pytest.raises(StoreError, match="has tables of another program"):
        open_database(empty.url)
