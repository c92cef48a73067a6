"""What other threads hand in is done by the engine's, and answered after its commit."""

from __future__ import annotations

import threading

import pytest

from gitflow.core.errors import Conflict
from gitflow.core.jobs.events import JobPaused
from gitflow.runtime.engine.mailbox import CommitQueue
from gitflow.stores.protocols.jobs import JobFilter
from house import House, once

FLOW = "tasks: {t: {flow: {a: {type: shell, cmd: 'true'}}}}\n"


def test_work_of_another_thread_is_answered_after_its_commit(house: House) -> None:
    house.write(FLOW)
    seen = []

    def ask(commit_queue: CommitQueue, app) -> None:
        future = commit_queue.submit(lambda transaction: "done")
        future.result(20)
        seen.append(len(app.opened.stores.jobs.jobs(JobFilter())))

    with house.open() as app:
        commit_queue = CommitQueue(app.orchestrator, app.engine.runner.wake)
        other = threading.Thread(target=ask, args=(commit_queue, app))
        house.execute(app, "t")
        other.start()
        app.engine.run(lambda: not other.is_alive() and app.orchestrator.is_idle)
    assert seen == [1]


def test_a_refusal_reaches_who_asked_and_stops_nothing(house: House) -> None:
    house.write(FLOW)
    with house.open() as app:
        commit_queue = CommitQueue(app.orchestrator, app.engine.runner.wake)
        job = house.execute(app, "t")
        gone = commit_queue.submit(
            lambda transaction: app.orchestrator.apply(transaction, "no-such-job", JobPaused(1.0, "ada"))
        )
        house.finish(app)
        assert app.opened.job(job.id).status == "completed"
    with pytest.raises(Conflict, match="has ended"):
        gone.result(0)


def test_a_queue_that_refuses_answers_what_waits_and_what_comes(house: House) -> None:
    house.write(FLOW)
    with house.open() as app:
        commit_queue = CommitQueue(app.orchestrator, app.engine.runner.wake)
        waiting = commit_queue.submit(lambda transaction: "done")
        commit_queue.refuse(Conflict("it is over"))
        later = commit_queue.submit(lambda transaction: "done")
        house.finish(app, once(lambda app: True, lambda app: None))
    for refused in (waiting, later):
        with pytest.raises(Conflict, match="it is over"):
            refused.result(0)


def test_what_was_given_up_before_its_turn_is_never_begun(house: House) -> None:
    house.write(FLOW)
    begun = []
    with house.open() as app:
        commit_queue = CommitQueue(app.orchestrator, app.engine.runner.wake)
        given_up = commit_queue.submit(lambda transaction: begun.append(transaction))
        assert given_up.cancel()
        house.execute(app, "t")
        house.finish(app, once(lambda app: True, lambda app: None))
    assert begun == []
