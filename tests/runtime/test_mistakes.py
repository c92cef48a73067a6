"""A mistake of ours in one piece of work of a server: undone, logged once with its trace, and all else goes on."""

from __future__ import annotations

import threading

import pytest

from gitflow.core.errors import StoreError
from gitflow.core.jobs.events import CancelRequested, EventReceived, StepForced
from gitflow.core.machine.machine import advance
from gitflow.runtime.engine import engine
from gitflow.runtime.engine.mailbox import CommitQueue
from house import once, open_jobs, statuses

FLOW = "tasks: {t: {flow: {a: {type: shell, cmd: 'true'}, b: {type: shell, depends_on: [a], cmd: 'true'}}}}\n"


def traces(caplog) -> list[str]:
    return [record.exc_text for record in caplog.records if record.exc_info]


def test_work_that_fails_is_undone_and_what_came_with_it_is_done(house, caplog):
    house.write(FLOW)
    with house.serve() as app:
        commit_queue = CommitQueue(app.orchestrator, app.engine.runner.wake)

        def wrong(transaction):
            app.orchestrator.create(transaction, made)
            raise ZeroDivisionError("a mistake")

        made = house.execute(app, "t")
        app.orchestrator._inbox._submitted.clear()
        job = house.execute(app, "t")
        before = commit_queue.submit(lambda transaction: "before")
        failing = commit_queue.submit(wrong)
        after = commit_queue.submit(lambda transaction: "after")
        house.finish(app)
        assert (before.result(0), after.result(0)) == ("before", "after")
        with pytest.raises(ZeroDivisionError):
            failing.result(0)
        assert app.opened.job(job.id).status == "completed"
    assert [one.id for one in house.jobs()] == [job.id]
    [trace] = traces(caplog)
    assert "ZeroDivisionError: a mistake" in trace


def test_an_event_that_cannot_be_stored_is_dropped_and_the_others_count(house, caplog):
    house.write("tasks: {t: {flow: {w: {type: wait, event: go}, v: {type: wait, event: go}}}}\n")

    def tell(app):
        [job] = open_jobs(app, "t")
        now = app.opened.clock.now()
        app.orchestrator.post_event(job.id, EventReceived(now, "1", "go"))
        app.orchestrator.post_event(job.id, StepForced(now, "v", "ada", object()))
        app.orchestrator.post_event(job.id, EventReceived(now, "2", "go"))

    with house.serve() as app:
        job = house.execute(app, "t")
        house.finish(app, once(lambda app: bool(open_jobs(app, "t")), tell))
        assert statuses(app.opened.job(job.id)) == {"w": "completed", "v": "completed"}
    assert len(traces(caplog)) == 1


@pytest.mark.parametrize(
    ("part", "method"),
    [
        ("renderer", "attempt"),
        ("step_dirs", "lay_out"),
        ("step_dirs", "stage_artifacts"),
        ("step_dirs", "keep_artifacts"),
    ],
)
def test_a_step_that_meets_a_mistake_fails_and_the_others_go_on(house, caplog, monkeypatch, part, method):
    house.write("tasks:\n  t: {flow: {a: {type: shell, cmd: 'true'}}}\n  u: {flow: {b: {type: shell, cmd: 'true'}}}\n")
    with house.serve() as app:
        whole = {"renderer": app.renderer, "step_dirs": app.opened.step_dirs}[part]
        works = getattr(whole, method)

        def fails(*given, **named):
            if "a" in [*given, *(getattr(one, "step", None) for one in given)] or any(
                "a" in one for one in given if isinstance(one, tuple)
            ):
                raise ZeroDivisionError("a mistake")
            return works(*given, **named)

        monkeypatch.setattr(whole, method, fails)
        jobs = [house.execute(app, task) for task in ("t", "u", "t")]
        house.finish(app)
        ended = [app.opened.job(job.id) for job in jobs]
    assert [job.status for job in ended] == ["failed", "completed", "failed"]
    assert "a mistake" in ended[0].steps["a"].error_message
    assert len(traces(caplog)) == 1, "the same mistake is told once"


def test_who_watches_may_fail_and_stops_nothing(house, caplog):
    house.write(FLOW)
    with house.serve() as app:
        app.orchestrator.observers.append(lambda job, entries: 1 / 0)
        seen = []
        app.orchestrator.observers.append(lambda job, entries: seen.append(job.status))
        job = house.execute(app, "t")
        house.finish(app)
        assert app.opened.job(job.id).status == "completed"
    assert seen[-1] == "completed"
    assert len(traces(caplog)) == 1


def changed_behind_its_back(house, change):
    """A server one of whose jobs is changed by somebody else while it waits, and then moved: the job, and the server's
    memory of it."""
    house.write("tasks: {t: {flow: {w: {type: wait, event: go}, v: {depends_on: [w], type: shell, cmd: 'true'}}}}\n")

    def interfere(app):
        [open_job] = open_jobs(app, "t")
        with house.store() as other:
            change(other.stores.jobs, other.job(open_job.id))
        app.orchestrator.post_event(open_job.id, EventReceived(app.opened.clock.now(), "1", "go"))

    with house.serve() as app:
        job = house.execute(app, "t")
        told = once(lambda app: bool(open_jobs(app, "t")), interfere)
        seen: list[bool] = []

        def until(app):
            seen.append(bool(open_jobs(app, "t")))
            return len(seen) > 1 and app.orchestrator.is_idle

        house.finish(app, told, until)
        return app.opened.job(job.id), app.orchestrator.job(job.id)


def test_a_job_that_somebody_else_has_changed_goes_on_as_it_is_stored(house):
    job, remembered = changed_behind_its_back(house, lambda store, job: store.save(job, {}, ()))
    assert (statuses(job), remembered) == ({"w": "completed", "v": "completed"}, None)


def test_a_job_that_somebody_else_has_ended_is_let_go(house):
    def end(store, job):
        result = advance(job, CancelRequested(job.created_at + 1, "ada"))
        store.save(result.job, result.changed, result.history)

    job, remembered = changed_behind_its_back(house, end)
    assert (job.status, remembered) == ("cancelled", None)


def test_a_command_line_ends_with_the_mistake(house):
    house.write(FLOW)
    with house.open() as app:
        app.orchestrator.submit(lambda transaction: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            house.finish(app)


def test_a_server_waits_for_its_store_without_end_and_keeps_what_it_was_told(house, caplog, monkeypatch):
    monkeypatch.setattr(engine, "STORE_TIMEOUT_S", 0.0)
    monkeypatch.setattr(engine, "STORE_PAUSE_S", 0.0)
    house.write(FLOW)
    with house.serve() as app:
        jobs = app.opened.stores.jobs
        before, count = jobs._before_commit, [0]

        def before_commit():
            count[0] += 1
            if 1 <= count[0] % 20 < 15:
                raise StoreError("the disk is full")
            before()

        jobs._before_commit = before_commit
        commit_queue = CommitQueue(app.orchestrator, app.engine.runner.wake)
        job, told = house.execute(app, "t"), commit_queue.submit(lambda transaction: "done")
        house.finish(app)
        assert told.result(0) == "done"
        assert app.opened.job(job.id).status == "completed"
    said = [record.message for record in caplog.records if record.name == "gitflow.engine"]
    assert sum("cannot be written" in one for one in said) == sum("can be written again" in one for one in said) >= 1


def test_nothing_that_other_threads_ask_is_lost_while_the_engine_takes_it_in(house):
    house.write(FLOW)
    with house.serve() as app:
        commit_queue = CommitQueue(app.orchestrator, app.engine.runner.wake)
        asked = []

        def ask():
            for number in range(300):
                asked.append(commit_queue.submit(lambda transaction, number=number: number))

        others = [threading.Thread(target=ask) for _ in range(3)]
        for other in others:
            other.start()
        app.engine.run(lambda: not any(other.is_alive() for other in others) and app.orchestrator.is_idle)
    assert sorted(future.result(0) for future in asked) == sorted([*range(300)] * 3)


def test_what_another_process_asked_and_a_mistake_of_ours_undid_is_answered(house, caplog, monkeypatch):
    house.write("tasks: {t: {flow: {w: {type: wait, event: go, timeout: 1h}}}}\n")
    with house.serve() as app:
        job = house.execute(app, "t")
        app.engine.settle()
        jobs = app.opened.stores.jobs
        monkeypatch.setattr("gitflow.runtime.operations.by_name.perform", lambda *given: 1 / 0)
        asked = jobs.add_request(job.id, "pause", {}, "ada", app.opened.clock.now())
        app.opened.clock.leapt += 1.0
        app.engine.wait()
        while app.orchestrator.has_work():
            app.engine.settle()
        answer = jobs.request(asked)
        assert answer.done_at is not None
        assert "internal error of gitflow" in answer.error
        house.finish(app)
    assert len(traces(caplog)) == 1
