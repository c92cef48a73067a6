"""What PostgreSQL would do otherwise than SQLite, and what a broken connection means."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest

from gitflow.core.errors import Conflict, NotFound, Overtaken, StoreError, UncertainCommit
from gitflow.core.jobs.events import HistoryEntry
from gitflow.core.record import replace
from gitflow.core.status import JobStatus, StepStatus
from gitflow.stores.protocols.triggers import TriggerEvent

pytestmark = pytest.mark.postgres


def history(*words):
    return [HistoryEntry(float(number), "engine", what) for number, what in enumerate(words)]


@pytest.mark.parametrize("count", [1, 64])
def test_a_transaction_costs_two_round_trips_whatever_it_writes(opened, proxied, job_of, chunk, count, save):
    stores = opened(proxied.url)
    with stores.jobs.transaction():
        before = [job_of("build", "test") for _ in range(count)]
        for job in before:
            stores.jobs.create(job, history("job.created"))
            stores.logs.append([chunk(job.id, "a")])
    proxied.trips = stores.jobs._driver.trips = 0
    with stores.jobs.transaction():
        for job in before:
            save(stores.jobs, job, history("step.started"), build={"status": StepStatus.RUNNING, "attempt": 1})
            stores.logs.append([chunk(job.id, "b", "c")])
            stores.jobs.create(job_of("build"), history("job.created"))
    assert (proxied.trips, stores.jobs._driver.trips) == (2, 2)
    assert [line.seq for line in stores.logs.lines(before[0].id)] == [1, 2, 3]


def test_the_last_of_two_changes_of_a_job_counts_and_both_are_in_its_history(opened, job_of, save, plan_of):
    stores = opened()
    job = job_of("build")
    with stores.jobs.transaction():
        stores.jobs.create(job, history("one"))
        first = save(stores.jobs, job, history("two"), build={"status": StepStatus.RUNNING, "attempt": 1})
        second = save(stores.jobs, first, history("three"), build={"status": StepStatus.COMPLETED})
    assert stores.jobs.load(job.id, plan_of) == second
    assert second.version == 2
    assert [entry.what for entry in stores.jobs.history(job.id)] == ["one", "two", "three"]


def test_what_is_refused_within_a_transaction_does_not_undo_what_came_before(opened, job_of, plan_of):
    """PostgreSQL does nothing more in a transaction in which a statement has failed."""
    stores = opened()
    job, event = job_of("build"), TriggerEvent("w", "t", 1.0, "fired", "tick:60")
    stores.triggers.add_event(event)
    with stores.jobs.transaction():
        stores.jobs.create(job, [])
        with pytest.raises(Conflict, match="already"):
            stores.triggers.add_event(event)
        with pytest.raises(NotFound):
            stores.jobs.add_request("gone", "cancel", {}, "ada", 1.0)
        stores.jobs.add_history("gone", history("late"))
    assert stores.jobs.load(job.id, plan_of) == job


def test_a_job_that_another_process_has_changed_is_named_when_it_is_committed(opened, job_of, save, plan_of):
    stores, other = opened(), opened()
    mine, theirs = job_of("build"), job_of("build")
    for job in (mine, theirs):
        stores.jobs.create(job, [])
    newer = save(other.jobs, theirs, build={"status": StepStatus.READY})

    def save_both():
        with stores.jobs.transaction():
            save(stores.jobs, mine, build={"status": StepStatus.FAILED})
            save(stores.jobs, theirs, build={"status": StepStatus.FAILED})

    with pytest.raises(Overtaken) as refused:
        save_both()
    assert refused.value.job_id == theirs.id
    assert [stores.jobs.load(job.id, plan_of) for job in (mine, theirs)] == [mine, newer]


def test_what_failed_within_a_transaction_is_not_committed_though_its_error_was_caught(opened, job_of, save, plan_of):
    stores = opened()
    job = job_of("build")
    stores.jobs.create(job, [])

    def catch_it():
        with stores.jobs.transaction():
            stores.jobs.add_history(job.id, history("said"))
            save(stores.jobs, replace(job, version=7), build={"status": StepStatus.FAILED})
            with pytest.raises(Overtaken):
                stores.jobs.load(job.id, plan_of)

    with pytest.raises(Overtaken):
        catch_it()
    assert stores.jobs.history(job.id) == []


def test_two_processes_do_not_take_the_last_place_of_a_group_both(opened, job_of, plan):
    """With READ COMMITTED alone each would count before it sees the other's commit."""
    group = {"group": "g", "group_limit": 1}
    both_have_counted, admitted = threading.Barrier(2), []
    plans = [replace(plan, task=replace(plan.task, name=name)) for name in "ab"]  # whose counts are other rows
    jobs = [job_of("build", owner_id=f"server-{one.task.name}", plan=one, **group) for one in plans]

    def decide(job):
        stores = opened()
        with stores.jobs.transaction():
            stores.jobs.create(job, [])
            stores.groups.lock([(job.workspace, "g")])
            holders = [one for one in stores.groups.members(job.workspace, "g", 0.0) if one.has_begun]
            with suppress(threading.BrokenBarrierError):  # the one that waits for the lock does not come
                both_have_counted.wait(1.0)
            if not holders:
                admitted.append(job.id)
                running = replace(job, status=JobStatus.RUNNING)
                stores.jobs.save(running, {}, [])

    threads = [threading.Thread(target=decide, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(admitted) == 1


def test_the_locks_of_groups_are_taken_in_one_order(opened, monkeypatch):
    stores = opened()
    asked = []
    monkeypatch.setattr(stores.jobs._driver, "lock", asked.append)
    stores.groups.lock({("w", "b"), ("v", "z"), ("w", "a")})
    assert asked == [["v\nz", "w\na", "w\nb"]]


def test_jobs_of_one_moment_keep_the_order_in_which_they_were_made(opened, job_of):
    """SQLite's rowid gives it; here a column of its own."""
    stores = opened()
    made = [job_of("build", id=f"{9 - number}", group="g", created_at=1.0) for number in range(9)]
    with stores.jobs.transaction():
        for job in made:
            stores.jobs.create(job, [])
    found = stores.groups.members("default", "g", 0.0)
    assert [one.member.job_id for one in found] == [job.id for job in made]


def test_a_commit_whose_answer_was_lost_is_known_to_be_made(opened, proxied, job_of, plan_of):
    stores = opened(proxied.url)
    job = job_of("build")
    proxied.cuts_after_commit = 1
    with pytest.raises(UncertainCommit, match="broke while a commit was made"):
        stores.jobs.create(job, [])
    assert stores.jobs.is_committed()
    assert stores.jobs.load(job.id, plan_of) == job


def test_a_commit_that_never_arrived_is_known_not_to_be_made(opened, proxied, job_of, plan_of):
    stores = opened(proxied.url)
    job = job_of("build")
    proxied.cuts_before_commit = 1
    with pytest.raises(UncertainCommit):
        stores.jobs.create(job, [])
    assert not stores.jobs.is_committed()
    stores.jobs.create(job, [])
    assert stores.jobs.load(job.id, plan_of) == job


@pytest.mark.parametrize("cut", ["cuts_before_commit", "cuts_after_commit"])
def test_lines_are_there_once_though_the_answer_of_their_commit_was_lost(opened, proxied, chunk, cut):
    stores = opened(proxied.url)
    stores.logs.append([chunk("job", "a")])
    batch = [chunk("job", "b"), chunk("job", "c")]
    setattr(proxied, cut, 1)
    with pytest.raises(UncertainCommit):
        stores.logs.append(batch)
    stores.logs.append([*batch, chunk("job", "d")])
    assert [(line.seq, line.line) for line in stores.logs.lines("job")] == [(1, "a"), (2, "b"), (3, "c"), (4, "d")]


def test_what_begins_on_a_dead_connection_is_made_on_a_new_one(opened, proxied, job_of, plan_of):
    stores = opened(proxied.url)
    job = job_of("build")
    proxied.cut_all()
    stores.jobs.create(job, [])
    proxied.cut_all()
    assert stores.jobs.load(job.id, plan_of) == job
    proxied.cut_all()
    assert stores.jobs.meta("a") is None


def test_a_transaction_whose_connection_breaks_is_undone_and_the_next_goes_on(opened, proxied):
    stores = opened(proxied.url)

    def be_cut():
        with stores.jobs.transaction():
            stores.jobs.put_meta("a", "b")
            proxied.cut_all()
            stores.jobs.put_meta("c", "d")

    with pytest.raises(StoreError, match=r"cannot be reached|the connection broke"):
        be_cut()
    assert [stores.jobs.meta(key) for key in "ac"] == [None, None]
    stores.jobs.put_meta("a", "b")
    assert stores.jobs.meta("a") == "b"


def test_readers_go_on_once_the_database_is_back(opened, proxied, job_of, plan_of):
    stores = opened(proxied.url)
    job = job_of("build")
    stores.jobs.create(job, [])
    proxied.is_away = True
    proxied.cut_all()
    for _ in range(2):
        with pytest.raises(StoreError, match="cannot be reached"):
            stores.jobs.load(job.id, plan_of)
    proxied.is_away = False
    assert stores.jobs.load(job.id, plan_of) == job


def test_a_statement_is_given_up_after_its_time(opened):
    driver = opened().jobs._driver
    driver.query("SELECT set_config('statement_timeout', '10', false) AS set")
    with pytest.raises(StoreError, match="it took too long"):
        driver.query("SELECT pg_sleep(5)")
    assert driver.query("SELECT 1 AS one") == [{"one": 1}]


def test_the_active_server_knows_of_its_commits_without_a_query(opened, proxied):
    """A query for each request of a client would be one too many."""
    writer, reader = opened(proxied.url), opened(proxied.url)
    assert reader.jobs.changes() == 0
    writer.jobs.lead("server-a")
    proxied.trips, before = 0, reader.jobs.changes()
    assert reader.jobs.changes() == before
    assert proxied.trips == 0
    writer.jobs.put_meta("a", "b")
    proxied.trips = 0
    assert reader.jobs.changes() != before
    assert proxied.trips == 0


def test_the_first_lines_of_a_day_are_kept_though_their_first_transaction_was_undone(opened, chunk, job_of):
    stores = opened()
    job = job_of("build")
    with suppress(ZeroDivisionError), stores.jobs.transaction():
        stores.logs.append([chunk(job.id, "a")])
        raise ZeroDivisionError
    with stores.jobs.transaction():
        stores.jobs.create(job, history("job.created"))
        stores.logs.append([chunk(job.id, "a")])
    assert [line.line for line in stores.logs.lines(job.id)] == ["a"]
