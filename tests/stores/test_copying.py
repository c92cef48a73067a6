"""A store of SQLite is copied to PostgreSQL whole, or not at all."""

from __future__ import annotations

import os
import sqlite3

import pytest

from gitflow.core.errors import Conflict, StoreError
from gitflow.core.jobs.events import HistoryEntry
from gitflow.core.record import replace
from gitflow.core.status import JobStatus, StepStatus
from gitflow.stores import copying
from gitflow.stores.copying import LOG, TABLES, copy_store
from gitflow.stores.protocols.artifacts import Artifact
from gitflow.stores.protocols.instances import Instance
from gitflow.stores.protocols.jobs import JobFilter
from gitflow.stores.protocols.numbers import Named
from gitflow.stores.protocols.triggers import TriggerEvent, TriggerState
from gitflow.stores.registry import open_stores

pytestmark = pytest.mark.postgres


@pytest.fixture
def filled(state_dir, job_of, save, chunk):
    """The state directory of a store with something in most tables; texts have what PostgreSQL takes otherwise."""
    with open_stores(state_dir) as stores:
        job = job_of("build", "test", labels={"team": "a\0b", "\ue000": "x"}, group="g", error_message="a\0\ue0001")
        stores.jobs.create(job, [HistoryEntry(1.0, "ada", "job.created", details={"why": ["ü", None, 1.5]})])
        later = save(stores.jobs, job, build={"status": StepStatus.COMPLETED, "attempt": 1, "is_ahead": True})
        ended = replace(later, status=JobStatus.COMPLETED, started_at=1.5, completed_at=2.25)
        stores.jobs.save(ended, {}, [])
        stores.jobs.create(job_of("build", owner_id="server-1"), [])
        stores.jobs.put_snapshot("default", "abc", b"\0\xff compiled")
        stores.jobs.put_meta("a", "b")
        stores.artifact_names.put_artifacts(job.id, "build", 1, [Artifact("x.txt", 3, 0o644, "a" * 64)])
        stores.instances.put("default", "hello", Instance("mine", job.id, ("name",)))
        stores.triggers.put_states([TriggerState("w", "t", "0 2 * * *|UTC", 1.5, "abc")])
        stores.triggers.add_event(TriggerEvent("w", "t", 1.0, "fired", "tick:60", 60.0, job.id))
        stores.numbers.give([Named("job", (job.id,), job.id)])
        for day in range(3):
            stores.logs.append([chunk(job.id, "a", "ü" * 2000, ts=1_700_000_000.0 + day * 86_400)])
    return state_dir


def copied(filled, url):
    return copy_store(f"{filled}/gitflow.db", f"{filled}/logs", url)


def test_what_is_read_afterwards_is_what_was_there(filled, new_database, plan_of, tmp_path):
    found = {one.table: one.rows for one in copied(filled, new_database)}
    assert (found["job"], found["step"], found["event"], found["label"], found[LOG]) == (2, 3, 1, 2, 3)
    with open_stores(filled) as before, open_stores(str(tmp_path / "other"), new_database) as after:
        for row in before.jobs.jobs(JobFilter()):
            assert after.jobs.load(row.id, plan_of) == before.jobs.load(row.id, plan_of)
            assert after.jobs.history(row.id) == before.jobs.history(row.id)
            assert list(after.logs.lines(row.id)) == list(before.logs.lines(row.id))
        assert after.jobs.jobs(JobFilter(labels={"team": "a\0b"})) == before.jobs.jobs(
            JobFilter(labels={"team": "a\0b"})
        )
        assert sorted(after.reports.job_counts(), key=repr) == sorted(before.reports.job_counts(), key=repr)
        assert after.jobs.snapshot("default", "abc") == b"\0\xff compiled"
        assert after.triggers.event("w", "t", "tick:60") == before.triggers.event("w", "t", "tick:60")
        assert after.logs.days_before("3000-01-01") == before.logs.days_before("3000-01-01")


def test_numbers_go_on_where_they_were_and_none_is_given_twice(filled, new_database, job_of, tmp_path):
    with open_stores(filled) as stores:  # the newest has gone since
        newest = stores.numbers.give([Named("task", ("w", "t"))])[Named("task", ("w", "t"))]
        stores.jobs._driver.execute("DELETE FROM number WHERE id = :id", {"id": newest})
    copied(filled, new_database)
    with open_stores(str(tmp_path / "other"), new_database) as stores:
        stores.jobs.create(job_of("build", group="g"), [])
        stores.triggers.add_event(TriggerEvent("w", "t", 2.0, "fired", "tick:120"))
        given = stores.numbers.give([Named("task", ("w", "u"))])
        assert min(given.values()) > newest


def test_what_is_lost_on_the_way_is_noticed_and_nothing_is_kept(filled, new_database, cluster, monkeypatch):
    written = copying._Table.written
    monkeypatch.setattr(copying._Table, "written", lambda table, row: (*written(table, row)[:-1], "x"))
    with pytest.raises(StoreError, match="was not copied right"):
        copied(filled, new_database)
    assert cluster.run("SELECT count(*) FROM meta", new_database.rpartition("/")[2]) == [(0,)]


def test_a_database_that_has_something_or_a_server_is_refused(filled, new_database, tmp_path):
    with open_stores(str(tmp_path / "other"), new_database) as stores:
        stores.jobs._driver.lead("server-a")
        with pytest.raises(Conflict, match="a server is active"):
            copied(filled, new_database)
    copied(filled, new_database)
    with pytest.raises(Conflict, match="is not empty"):
        copied(filled, new_database)


def test_every_table_of_both_databases_is_copied(filled, cluster, new_database):
    found = sqlite3.connect(f"{filled}/gitflow.db")
    ours = {name for (name,) in found.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    found.close()
    there = cluster.run(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace",
        new_database.rpartition("/")[2],
    )
    assert ours - {"sqlite_sequence"} == set(TABLES)
    assert {name for (name,) in there} - {"engine", "schema_version", LOG} == set(TABLES)
    assert os.listdir(f"{filled}/logs")
