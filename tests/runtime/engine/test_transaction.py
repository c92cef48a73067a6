"""A commit in the making: jobs as it has them so far, and what it writes of them."""

from __future__ import annotations

from collections import deque

import pytest

from gitflow.core.errors import Overtaken
from gitflow.core.jobs.events import HistoryEntry, JobPaused, StepSkipped
from gitflow.core.machine.machine import advance
from gitflow.core.record import replace
from gitflow.runtime.engine.engine import Shutdown
from gitflow.runtime.engine.transaction import Occasions, Transaction
from house import open_jobs

FLOW = "tasks: {t: {flow: {a: {type: wait, event: go}}}}\n"


@pytest.fixture
def running(house):
    """A server with one open job, and its store."""
    house.write(FLOW)
    with house.serve() as app:
        job = house.execute(app, "t")
        house.finish(app, until=lambda app: bool(open_jobs(app, "t")))
        yield app.orchestrator.store, app.orchestrator.job(job.id)


def transaction_of(store, *jobs) -> Transaction:
    return Transaction(store, {job.id: job for job in jobs}, [], deque())


def test_a_job_of_another_process_is_not_found_and_nothing_is_noted_of_it(running):
    transaction = transaction_of(running[0])
    transaction.add_history("elsewhere", HistoryEntry(1.0, "engine", "job.noted"))
    transaction.register_secrets("elsewhere", ["s3cret"])
    assert (transaction.find("elsewhere"), transaction.committed("elsewhere"), transaction.jobs) == (None, None, {})


def test_a_job_is_as_the_transaction_has_it_and_as_committed_beside(running):
    store, job = running
    transaction = transaction_of(store, job)
    transaction.find(job.id).advance(advance(job, JobPaused(1.0, "ada")))
    assert transaction.find(job.id).job.status == "paused"
    assert transaction.committed(job.id).status == "running"


def test_what_is_saved_is_written_once(running):
    store, job = running
    transaction = transaction_of(store, job)
    transaction.find(job.id).advance(advance(job, StepSkipped(1.0, "a", "ada")))
    before = len(store.history(job.id))
    for _ in range(2):
        with store.transaction():
            transaction.save(transaction.find(job.id))
    saved = [entry.what for entry in store.history(job.id)[before:]]
    assert saved == [entry.what for entry in transaction.find(job.id).saved_history]
    assert (saved[0], store.state_of(job.id).status) == ("step.skipped", "completed")
    assert transaction.find(job.id).job.version == job.version + 1


def test_a_job_that_another_process_has_changed_is_named(running):
    store, job = running
    transaction = transaction_of(store, replace(job, version=job.version - 1))
    pending = transaction.find(job.id)
    pending.advance(advance(pending.job, JobPaused(1.0, "ada")))
    with pytest.raises(Overtaken) as raised, store.transaction():
        transaction.save(pending)
    assert raised.value.job_id == job.id


def test_secrets_that_are_known_change_nothing(running):
    store, job = running
    transaction = transaction_of(store, job)
    transaction.register_secrets(job.id, ["short", "much longer"])
    first = transaction.find(job.id).job
    transaction.register_secrets(job.id, ["short"])
    assert set(first.secrets) == {"short", "much longer"}
    assert transaction.find(job.id).job is first


def test_an_occasion_is_the_first_once_also_for_a_job_that_was_stored_with_it(running):
    store, job = running
    stored = {("on_success", None, None, 0)}
    read = []
    occasions = Occasions(lambda job_id: read.append(job_id) or stored)
    occasions.reload(job.id)
    transaction = transaction_of(store, job)
    new = ("on_error", None, None, 0)
    found = [occasions.is_first(transaction, job.id, each) for each in (*stored, new, new)]
    assert (found, read) == ([False, True, False], [job.id])
    assert occasions.is_first(transaction_of(store, job), job.id, new), "the transaction was not committed"
    occasions.commit(transaction.find(job.id))
    assert not occasions.is_first(transaction_of(store, job), job.id, new)
    occasions.undo([job.id])
    assert not occasions.is_first(transaction_of(store, job), job.id, *stored)
    assert read == [job.id] * 2, "what was read in an undone transaction is read again"


def test_what_was_started_for_a_new_job_is_not_read_from_the_store(running):
    store, job = running
    occasions = Occasions(lambda job_id: pytest.fail("read"))
    transaction = transaction_of(store, job)
    occasion = ("retry", None, None, 0)
    assert occasions.is_first(transaction, job.id, occasion)
    occasions.commit(transaction.find(job.id))
    occasions.undo([job.id])
    assert not occasions.is_first(transaction_of(store, job), job.id, occasion)
    occasions.forget(job.id)
    assert occasions.is_first(transaction_of(store, job), job.id, occasion)


class HandClock:
    at = 100.0

    def now(self) -> float:
        return self.at


def test_of_two_requests_to_stop_the_sooner_deadline_counts():
    clock = HandClock()
    shutdown = Shutdown(clock)
    assert (shutdown.is_requested, shutdown.is_due(), shutdown.deadline) == (False, False, None)
    for drain_s in (30.0, 5.0, 60.0):
        shutdown.request(drain_s)
    assert (shutdown.is_requested, shutdown.is_due(), shutdown.deadline) == (True, False, 105.0)
    clock.at = 105.0
    assert shutdown.is_due()
