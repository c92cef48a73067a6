# ruff: noqa: E501
"""Concurrency groups, as they are enforced: the store counts, whoever runs the jobs."""

from __future__ import annotations

import signal
from itertools import pairwise

import pytest

from gitflow.core.errors import ConcurrencyLimit, Conflict, InvalidInput
from gitflow.core.jobs.events import EventReceived, JobPaused, StepReset
from gitflow.core.jobs.job import Source
from gitflow.core.machine.explain import explain
from gitflow.core.machine.machine import waiting_on
from gitflow.core.record import replace
from gitflow.runtime.engine.mailbox import CommitQueue
from house import cancel, once, open_jobs

WAITING = "      w: {type: wait, event: go, timeout: 1h}\n"


def task(name: str = "t", steps: str = WAITING, more: str = "", **group: object) -> str:
    settings = ", ".join(f"{key}: {value}" for key, value in ({"group": "g"} | group).items())
    return f"  {name}:\n    concurrency: {{{settings}}}\n{more}    flow:\n{steps}"


def write(house, *tasks: str) -> None:
    house.write("tasks:\n" + "".join(tasks))


def go(app, job_id: str) -> None:
    """Ends a job that waits for its event."""
    app.orchestrator.post_event(job_id, EventReceived(app.opened.clock.now(), "1", "go"))
    app.engine.settle()


def stand(app, *jobs) -> list[str]:
    """After all that is known has been taken in."""
    app.engine.settle()
    return [app.opened.job(job.id).status.value for job in jobs]


def look(*apps) -> None:
    """What the loops do of themselves twice a second."""
    for _ in range(3):
        for app in apps:
            app.opened.clock.leapt += 1.0
            app.engine._forwarded.poll_if_due()
            app.orchestrator.poll()
            app.engine.settle()


def test_a_job_waits_until_its_group_has_a_place(house):
    write(house, task())
    with house.open() as app:
        first, second, third = (house.execute(app, "t") for _ in range(3))
        assert stand(app, first, second, third) == ["running", "pending", "pending"]
        waiting = app.opened.job(second.id)
        assert waiting_on(waiting, waiting.steps["w"]) == "slot"
        assert 'concurrency group "g"' in explain(waiting)["w"]
        go(app, first.id)
        assert stand(app, first, second, third) == ["completed", "running", "pending"]
        go(app, second.id)
        go(app, third.id)
        assert stand(app, third) == ["completed"]


def test_the_higher_priority_goes_first(house):
    write(house, task(), task("urgent", more="    priority: 7\n"))
    with house.open() as app:
        first, second = house.execute(app, "t"), house.execute(app, "t")
        urgent = house.execute(app, "urgent")
        app.engine.settle()
        go(app, first.id)
        assert stand(app, second, urgent) == ["pending", "running"]
        cancel(app, second.id)
        go(app, urgent.id)


def test_the_name_of_a_group_is_made_of_the_input(house):
    more = "    input: {env: {type: string}, key: {type: string, secret: true, default: x}}\n"
    write(house, task(more=more, group="'{{ input.env }}-{{ input.key }}'"))
    with house.open() as app:
        jobs = [house.execute(app, "t", {"env": env}) for env in ("test", "live", "test")]
        assert stand(app, *jobs) == ["running", "running", "pending"]
        assert [app.opened.job(job.id).group for job in jobs] == ["test-••••••", "live-••••••", "test-••••••"]
        for job in jobs:
            go(app, job.id)


def test_a_group_that_cannot_be_named_is_refused_where_the_job_is_asked_for(house):
    more = "    input: {env: {type: string, default: x}}\n"
    write(house, task(more=more, group="'{{ input.env | fromjson }}'"))
    with house.open() as app, pytest.raises(InvalidInput, match="cannot be named"):
        house.execute(app, "t")


def test_a_job_that_is_not_to_wait_is_refused_and_does_not_exist(house):
    write(house, task(on_limit="skip"))
    with house.serve() as app:
        commit_queue = CommitQueue(app.orchestrator, app.engine.runner.wake)
        first = house.execute(app, "t")
        assert stand(app, first) == ["running"]
        made = app.orchestrator.job_factory.make(
            app.opened.snapshots.of(first.workspace, first.revision), "t", {}, Source("api", None, "ada")
        )
        refused = commit_queue.submit(lambda transaction: app.orchestrator.create(transaction, made))
        app.engine.settle()
        with pytest.raises(ConcurrencyLimit, match="concurrency group 'g' is full: its one place is taken") as error:
            refused.result(0)
        assert error.value.code == "concurrency_limit"
        go(app, first.id)
        accepted = commit_queue.submit(lambda transaction: app.orchestrator.create(transaction, made))
        app.engine.settle()
        accepted.result(0)
        go(app, made.id)
    assert len(house.of("t")) == 2


def test_a_command_line_that_is_not_to_wait_ends_with_the_refusal(house):
    write(house, task(on_limit="skip"))
    with house.serve() as other:
        first = house.execute(other, "t")
        other.engine.settle()
        with pytest.raises(ConcurrencyLimit):
            house.run("t")
        go(other, first.id)
    assert len(house.of("t")) == 1


def test_of_two_that_come_in_one_commit_one_is_refused(house):
    write(house, task(on_limit="skip"))
    with house.serve() as app:
        house.execute(app, "t")
        house.execute(app, "t")
        app.engine.settle()
        [job] = open_jobs(app, "t")
        go(app, job.id)
    assert len(house.of("t")) == 1


def test_a_newer_job_cancels_what_runs_and_starts_when_the_last_process_is_gone(house, tmp_path):
    steps = f"      s: {{type: shell, grace: 5, cmd: 'echo begin >> {tmp_path}/log; trap \"sleep 0.2; echo end >> {tmp_path}/log; exit\" TERM; while :; do sleep 0.02; done'}}\n"
    write(
        house,
        task(steps=steps, on_limit="cancel_running"),
        task(
            "last", steps=f"      s: {{type: shell, cmd: 'echo last >> {tmp_path}/log'}}\n", on_limit="cancel_running"
        ),
    )
    with house.open() as app:
        first = house.execute(app, "t")
        made: list = []

        def push(app) -> None:
            made.append(house.execute(app, "t"))
            made.append(house.execute(app, "last"))

        house.finish(app, once(lambda app: (tmp_path / "log").exists(), push))
        ended = [app.opened.job(job.id) for job in (first, *made)]
    assert [job.status for job in ended] == ["cancelled", "cancelled", "completed"]
    assert (tmp_path / "log").read_text().split() == ["begin", "end", "last"]
    assert "a newer job of concurrency group 'g' takes its place" in ended[0].error_message


def test_a_job_holds_its_place_while_it_is_paused(house):
    write(house, task())
    with house.open() as app:
        first, second = house.execute(app, "t"), house.execute(app, "t")
        app.engine.settle()
        app.orchestrator.post_event(first.id, JobPaused(app.opened.clock.now(), "ada"))
        assert stand(app, first, second) == ["paused", "pending"]
        cancel(app, first.id)
        assert stand(app, first, second) == ["cancelled", "running"]
        go(app, second.id)


def test_a_job_that_waits_may_be_cancelled_and_may_reach_its_time_limit(house):
    write(house, task(more="    timeout: 60\n"))
    with house.open() as app:
        jobs = [house.execute(app, "t") for _ in range(3)]
        app.engine.settle()
        cancel(app, jobs[1].id)
        house.finish(app)
        assert stand(app, *jobs) == ["timed_out", "cancelled", "timed_out"]


def test_child_jobs_and_hooks_share_the_place_of_their_root(house):
    write(
        house,
        task("t", "      call: {type: task, task: inner}\n", "    on_success: [{action: more}]\n"),
        task("inner", "      s: {type: shell, cmd: 'true'}\n"),
        "actions:\n  more: {type: task, task: inner}\n",
    )
    job = house.run("t")
    assert job.status == "completed"
    assert [(one.task_name, one.status, one.group) for one in house.jobs()] == [
        ("t", "completed", "g"),
        ("inner", "completed", None),
        ("_hook:more", "completed", None),
        ("inner", "completed", None),
    ]


def test_a_retry_takes_part_as_any_job(house):
    write(
        house,
        task(steps="      s: {type: shell, cmd: 'exit 1'}\n", more="    retry: {max_attempts: 3}\n"),
        task("other"),
    )
    with house.open() as app:
        first = house.execute(app, "t")
        other = house.execute(app, "other")
        house.finish(app)
        ends = sorted((job.started_at, job.completed_at) for job in house.of("t") + house.of("other"))
        assert app.opened.job(other.id).status == "failed"
    assert all(before[1] <= after[0] for before, after in pairwise(ends))
    assert [job.group for job in house.of("t")] == ["g"] * 3
    assert first.group == "g"


def test_the_next_try_of_a_job_that_is_not_to_wait_is_cancelled_where_there_is_no_place(house):
    write(
        house,
        task(
            steps="      s: {type: shell, cmd: 'exit 1'}\n",
            more="    retry: {max_attempts: 2, delay: 10}\n",
            on_limit="skip",
        ),
        task("other"),
    )
    with house.open() as app:
        house.execute(app, "t")
        seen = once(
            lambda app: len(open_jobs(app, "t")) and open_jobs(app, "t")[0].attempt == 2,
            lambda app: house.execute(app, "other"),
        )
        house.finish(app, seen)
    assert [(job.status, job.error_message) for job in house.of("t")][1] == (
        "cancelled",
        "cancelled by engine: concurrency group 'g' has no place for it",
    )


def test_an_ended_job_is_opened_again_only_where_there_is_a_place(house):
    write(house, task())
    with house.open() as app:
        first, second = house.execute(app, "t"), house.execute(app, "t")
        app.engine.settle()
        go(app, first.id)
        commit_queue = CommitQueue(app.orchestrator, app.engine.runner.wake)
        again = StepReset(app.opened.clock.now(), "w", "ada")
        refused = commit_queue.submit(lambda transaction: app.orchestrator.apply(transaction, first.id, again))
        app.engine.settle()
        with pytest.raises(Conflict, match="cannot be opened again now: concurrency group 'g' is full"):
            refused.result(0)
        go(app, second.id)
        accepted = commit_queue.submit(lambda transaction: app.orchestrator.apply(transaction, first.id, again))
        third = house.execute(app, "t")
        assert stand(app, first, second, third) == ["running", "completed", "pending"]
        accepted.result(0)
        cancel(app, first.id)
        cancel(app, third.id)
        app.engine.settle()


def test_a_triggers_own_rule_comes_first(house):
    write(house, "  t:\n    flow:\n" + WAITING)
    source = Source("trigger", "nightly", None)
    with house.serve() as app:
        commit_queue = CommitQueue(app.orchestrator, app.engine.runner.wake)
        seed = house.execute(app, "t")
        app.engine.settle()

        def start(rule: str):
            job = app.orchestrator.job_factory.make(
                app.opened.snapshots.of(seed.workspace, seed.revision), "t", {}, source
            )

            def work(transaction):
                app.orchestrator.groups.apply_trigger_rule(transaction, seed.workspace, source, rule)
                app.orchestrator.create(transaction, job)
                return job

            future = commit_queue.submit(work)
            app.engine.settle()
            return future

        first = start("skip").result(0)
        with pytest.raises(ConcurrencyLimit, match="trigger 'nightly' started, has not ended"):
            start("skip").result(0)
        second = start("cancel_previous").result(0)
        third = start("allow").result(0)
        assert stand(app, seed, first, second, third) == ["running", "cancelled", "running", "running"]
        for job in (seed, second, third):
            go(app, job.id)


def test_processes_share_a_group(house):
    write(house, task(limit=2))
    with house.serve() as one, house.open() as other:
        a, b = house.execute(one, "t"), house.execute(other, "t")
        one.engine.settle()
        other.engine.settle()
        c, d = house.execute(one, "t"), house.execute(other, "t")
        one.engine.settle()
        assert stand(other, a, b, c, d) == ["running", "running", "pending", "pending"]
        go(one, a.id)
        look(one, other)
        assert stand(other, c, d) == ["running", "pending"]
        go(one, c.id)
        look(one, other)
        assert stand(other, d) == ["running"]
        for job in (b, d):
            go(other, job.id)


def test_a_newer_job_has_what_another_process_runs_cancelled(house):
    write(house, task(), task("u", on_limit="cancel_running"))
    with house.serve() as one, house.open() as other:
        a, b = house.execute(one, "t"), house.execute(one, "t")
        one.engine.settle()
        c = house.execute(other, "u")
        other.engine.settle()
        look(other, one, other)
        assert stand(other, a, b, c) == ["cancelled", "cancelled", "running"]
        assert one.orchestrator.is_idle
        go(other, c.id)


def test_who_waits_behind_a_killed_command_line_begins_when_that_is_settled(house):
    write(house, task())
    body = "with house.open() as app:\n    house.execute(app, 't')\n    app.engine.settle()\n    print('up', flush=True)\n    sys.stdin.read()\n"
    process = house.elsewhere(body)
    assert process.stdout.readline() == "up\n"
    with house.open() as app:
        job = house.execute(app, "t")
        look(app)
        assert stand(app, job) == ["pending"]
        process.send_signal(signal.SIGSTOP)
        look(app)
        assert stand(app, job) == ["pending"]
        process.kill()
        process.communicate()
        look(app)
        assert stand(app, job) == ["running"]
        go(app, job.id)
    assert [one.status for one in house.of("t")] == ["failed", "completed"]


def test_what_waits_in_a_dead_server_holds_up_nobody_and_what_runs_there_keeps_its_place(house):
    write(house, task())
    with house.serve() as server:
        first, second = house.execute(server, "t"), house.execute(server, "t")
        server.engine.settle()
        go(server, first.id)
        third = house.execute(server, "t")
        server.engine.settle()
    with house.open() as app:
        job = house.execute(app, "t")
        look(app)
        assert stand(app, second, third, job) == ["running", "pending", "pending"]
        with house.serve() as server:
            go(server, second.id)
            look(server, app)
            assert stand(app, third, job) == ["running", "pending"]
            go(server, third.id)
        look(app)
        assert stand(app, job) == ["running"]
        go(app, job.id)


def test_a_retry_by_another_definition_is_of_the_group_that_this_names(house):
    write(house, task())
    with house.open() as app:
        job = house.execute(app, "t")
        app.engine.settle()
        go(app, job.id)
        ended = app.opened.job(job.id)
        free = replace(ended.plan, task=replace(ended.plan.task, concurrency=None))
        assert app.orchestrator.groups.enter(None, replace(ended, plan=free, group=None)).group is None
