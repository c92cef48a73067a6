"""What the logic asks of a driver, and what SQLite's makes of it."""

from __future__ import annotations

import sqlite3

import pytest

from gitflow.core.errors import StoreError
from gitflow.core.record import names_of
from gitflow.stores.protocols.artifacts import Artifact
from gitflow.stores.protocols.jobs import RequestRow
from gitflow.stores.registry import open_stores
from gitflow.stores.sql.driver import Duplicate, Violation
from gitflow.stores.sql.requests import REQUEST
from gitflow.stores.sql.rows import ARTIFACT
from gitflow.stores.sql.session import fill_columns
from gitflow.stores.sqlite.database import JOB_MIGRATIONS, open_database
from gitflow.stores.sqlite.migrations import MEMORY


@pytest.fixture
def database():
    database = open_database(MEMORY, JOB_MIGRATIONS)
    database.execute("CREATE TABLE thing (name TEXT UNIQUE, size INTEGER CHECK (size > 0)) STRICT")
    yield database
    database.close()


def put(driver, name, size=1) -> int:
    return driver.execute("INSERT INTO thing (name, size) VALUES (:name, :size)", {"size": size, "name": name})


def test_parameters_are_found_by_their_names_and_rows_are_read_by_theirs(database):
    assert put(database, "a", 3) == 1
    database.execute_many("INSERT INTO thing VALUES (:name, :size)", [{"size": 4, "name": "b"}])
    assert database.query("SELECT size, name AS called FROM thing ORDER BY name") == [
        {"size": 3, "called": "a"},
        {"size": 4, "called": "b"},
    ]
    both = "SELECT name FROM thing WHERE name = :name AND size = :size AND name = :name"
    assert database.first(both, {"size": 4, "name": "b"}) == {"name": "b"}
    assert database.first(both, {"size": 5, "name": "b"}) is None
    assert database.execute("UPDATE thing SET size = size + 1") == 2


def test_a_colon_in_quotes_is_no_parameter(database):
    found = database.first("SELECT 'job:id' || ':' || :id AS key, ':x ''' || :id || ''':y' AS quoted", {"id": "7"})
    assert found == {"key": "job:id:7", "quoted": ":x '7':y"}


def test_a_statement_that_changes_a_row_may_return_it(database):
    sql = "INSERT INTO thing (name, size) VALUES (:name, 2) RETURNING size AS made"
    database.begin()
    assert database.first(sql, {"name": "a"}) == {"made": 2}
    database.commit()
    assert not database.in_transaction
    assert len(database.query("SELECT * FROM thing")) == 1


def test_what_the_schema_refuses_is_a_violation_and_what_is_there_already_a_duplicate(database):
    put(database, "a")
    with pytest.raises(Duplicate, match=r"UNIQUE constraint failed: thing\.name"):
        put(database, "a")
    with pytest.raises(Violation, match="CHECK") as refused:
        put(database, "b", 0)
    assert not isinstance(refused.value, Duplicate)


def test_what_the_world_does_is_a_store_error_and_a_mistake_of_ours_stays_one(database):
    database.execute("PRAGMA query_only = on")
    with pytest.raises(StoreError, match="it is read-only"):
        put(database, "a")
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        database.query("SELECT 1 FROM absent")
    with pytest.raises(KeyError, match="size"):
        database.execute("INSERT INTO thing VALUES (:name, :size)", {"name": "a"})


def test_lists_of_columns_are_written_out():
    columns = {"step": ("name", "item")}
    text = "({step.columns}) ({step.values}) {step.assignments} / {step.excluded} / {step.qualified} {other.columns}"
    assert fill_columns(text, columns) == (
        "(name, item) (:name, :item) name = :name, item = :item / "
        "name = excluded.name, item = excluded.item / step.name, step.item {other.columns}"
    )


def test_the_columns_that_are_written_out_because_of_the_start_are_those_of_the_records():
    assert names_of(Artifact) == ARTIFACT
    assert names_of(RequestRow) == REQUEST


def test_the_conformance_suite_runs_on_another_driver(tmp_path, traced):
    with open_stores(str(tmp_path), "traced:///:memory:") as stores:
        driver = stores.jobs._driver
        assert isinstance(driver, traced.TracedDriver)
        assert not hasattr(driver, "connection")
        stores.jobs.put_meta("a", "b")
        assert stores.workers.workers() == []
        assert [sql.split()[0] for sql in driver.statements] == ["INSERT", "SELECT"]
