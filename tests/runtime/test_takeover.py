# ruff: noqa: E501
"""What a server leaves when it dies, and what the next one makes of it."""

from __future__ import annotations

import os
import select
import signal
import time
from pathlib import Path

import pytest

from gitflow.runtime.engine.recovery import LOST
from gitflow.stores.protocols.jobs import JobFilter
from house import SERVER, House, statuses
from step_processes import marked


class Gate:
    """A pipe with a name, to which a step writes when it has come so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        os.mkfifo(path)
        self.fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def wait(self, process) -> str:
        """Until somebody writes to it; the process must live meanwhile."""
        ended = os.pidfd_open(process.pid)
        poll = select.poll()  # and not select, which takes no descriptor above 1023
        for fd in (self.fd, ended):
            poll.register(fd, select.POLLIN)
        ready = [fd for fd, _ in poll.poll(30_000)]
        os.close(ended)
        assert self.fd in ready, "it ended by itself"
        return os.read(self.fd, 4096).decode()


@pytest.fixture
def gate(tmp_path):
    gate = Gate(tmp_path / "gate")
    yield gate
    os.close(gate.fd)


@pytest.fixture
def server(house: House):
    """Another process that serves, and starts tasks; it is gone when the test ends."""
    begun = []

    def start(*tasks: str, drain_s: float = 0.0):
        begun.append(house.elsewhere(SERVER.format(tasks=tasks, drain_s=drain_s)))
        return begun[-1], begun[-1].stdout.readline().strip()

    yield start
    for process in begun:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def kill(process) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def tidy(app) -> None:
    """Until what dead processes left has been ended and settled."""
    until = time.monotonic() + 60
    while app.orchestrator.recover():
        assert time.monotonic() < until
        time.sleep(0.01)


def flow(steps: str, more: str = "", hooks: str = "") -> str:
    return f"actions:\n  tell: {{type: shell, cmd: 'true'}}\ntasks:\n  t:\n{more}{hooks}    flow:\n{steps}"


def test_command_lines_leave_the_jobs_of_a_dead_server_as_they_stand(house, gate, server):
    house.write(flow(f"      s: {{type: shell, cmd: 'echo up > {gate.path}; sleep 600'}}\n"))
    process, owner = server("t")
    gate.wait(process)
    kill(process)
    assert owner.startswith("server-")
    [job] = house.of("t")
    assert (job.status, job.steps["s"].status, job.owner_id) == ("running", "running", owner)
    assert house.run("t", None, lambda app: app.engine.runner.stop_all(0)).id != job.id
    with house.serve(lambda workspace: False):
        pass
    assert house.of("t")[0].owner_id == owner
    with house.serve() as app:
        house.finish(app)
    assert house.of("t")[0].status == "failed"


def test_a_server_goes_on_with_what_a_dead_one_left(house, gate, server, tmp_path):
    """A step with attempts left runs again, a sleep goes on, what was ready starts; the descendants are gone."""
    steps = (
        f"      lost: {{type: shell, retry: {{max_attempts: 2}}, cmd: 'test -e {tmp_path}/again && exit 0; touch {tmp_path}/again; setsid sleep 600 & echo up > {gate.path}; wait'}}\n"
        "      nap: {type: sleep, duration: 1h}\n"
        "      after: {type: shell, depends_on: [lost, nap], cmd: 'true'}\n"
    )
    house.write(flow(steps, hooks="    on_success: [{action: tell}]\n"))
    process, owner = server("t")
    gate.wait(process)
    kill(process)
    assert len(marked(tmp_path)) >= 1
    with house.serve() as app:
        assert marked(tmp_path) == []
        house.finish(app)
        assert app.orchestrator.owner_id != owner
    [job] = house.of("t")
    assert (job.status, statuses(job)) == ("completed", dict.fromkeys(("lost", "nap", "after"), "completed"))
    assert job.steps["lost"].attempt == 2
    assert [one.status for one in house.jobs() if one.source.type == "hook"] == ["completed"]
    assert [one.what for one in house.history(job.id)].count("job.taken_over") == 1


def test_a_step_that_was_lost_and_has_no_attempt_left_fails_and_says_why(house, gate, server):
    house.write(
        flow(
            f"      s: {{type: shell, cmd: 'echo up > {gate.path}; sleep 600'}}\n",
            hooks="    on_error: [{action: tell}]\n",
        )
    )
    process, _ = server("t")
    gate.wait(process)
    kill(process)
    with house.serve() as app:
        house.finish(app)
    [job] = house.of("t")
    assert (job.status, job.steps["s"].error_message) == ("failed", LOST)
    assert [one.status for one in house.jobs() if one.source.type == "hook"] == ["completed"]


def test_a_poison_step_that_kills_its_server_ends_after_its_attempts_and_others_go_on(house, gate, server):
    poison = f"      poison: {{type: shell, retry: {{max_attempts: 3}}, cmd: 'echo up > {gate.path}; kill -9 $PPID; sleep 600'}}\n"
    other = "  other:\n    flow:\n      o: {type: wait, event: go, timeout: 1h}\n"
    house.write(flow(poison) + other)
    process, _ = server("t", "other")
    for attempt in range(3):
        assert gate.wait(process) == "up\n"
        assert process.wait() == -signal.SIGKILL
        if attempt < 2:
            process, _ = server()
    with house.serve() as app:
        house.finish(app)
    [job], [waiting] = house.of("t"), house.of("other")
    assert (job.steps["poison"].status, job.steps["poison"].attempt) == ("failed", 3)
    assert waiting.steps["o"].error_message == "the event did not come within 3600 s"


def test_the_delay_of_an_automatic_retry_outlives_its_server(house, gate, server):
    """It is due when the clock says so, not when the next server starts."""
    house.write(
        flow("      s: {type: shell, cmd: 'exit 1'}\n", "    retry: {max_attempts: 2, delay: 1h}\n")
        + f"  told:\n    flow:\n      w: {{type: shell, cmd: 'echo up > {gate.path}; sleep 600'}}\n"
    )
    process, _ = server("t")
    while len(house.of("t")) < 2:
        assert process.poll() is None
    kill(process)
    first, again = house.of("t")
    with house.serve() as app:
        app.engine.settle()
        assert app.orchestrator.job(again.id).status == "pending"
        house.finish(app)
    again = house.of("t")[1]
    assert again.status == "failed"
    assert again.started_at >= first.completed_at + 3600


def test_a_stopped_server_is_never_taken_for_dead(house, gate, server):
    house.write(flow(f"      s: {{type: shell, cmd: 'echo up > {gate.path}; sleep 600'}}\n"))
    process, owner = server("t")
    gate.wait(process)
    process.send_signal(signal.SIGSTOP)
    with house.serve() as app:
        app.orchestrator.recover()
        assert app.orchestrator.open_ids() == []
    assert house.of("t")[0].owner_id == owner
    process.send_signal(signal.SIGCONT)
    kill(process)
    with house.serve() as app:
        house.finish(app)


def test_two_servers_that_start_at_once_take_each_job_once(house, gate, server):
    house.write(flow(f"      s: {{type: shell, cmd: 'echo up > {gate.path}; sleep 600'}}\n"))
    process, _ = server(*["t"] * 5)
    came = 0
    while came < 4:  # as many as it has slots for
        came += gate.wait(process).count("up")
    kill(process)
    both = [server(), server()]
    for process, _ in both:
        process.stdin.close()
        assert process.wait(30) == 0
    with house.serve() as app:
        house.finish(app)
    for job in house.of("t"):
        assert job.status.ended
        assert [one.what for one in house.history(job.id)].count("job.taken_over") <= 2


def test_a_server_that_stops_lets_what_runs_come_to_its_end(house, gate, server, tmp_path):
    house.write(
        flow(
            f"      s: {{type: shell, cmd: 'echo up > {gate.path}; until test -e {tmp_path}/go; do sleep 0.02; done'}}\n"
            "      later: {type: shell, depends_on: [s], cmd: 'true'}\n"
        )
    )
    process, _ = server("t", drain_s=60.0)
    gate.wait(process)
    process.stdin.close()
    assert process.stdout.readline() == "stopping\n"
    (tmp_path / "go").touch()
    assert process.wait(30) == 0
    assert statuses(house.of("t")[0]) == {"s": "completed", "later": "ready"}
    with house.serve() as app:
        house.finish(app)
    assert house.of("t")[0].status == "completed"


def test_what_a_stopping_server_has_to_end_is_lost_and_not_failed_where_attempts_are_left(
    house, gate, server, tmp_path
):
    house.write(
        flow(
            f"      s: {{type: shell, retry: {{max_attempts: 2}}, cmd: 'test -e {tmp_path}/m && exit 0; touch {tmp_path}/m; echo up > {gate.path}; sleep 600'}}\n"
        )
    )
    process, _ = server("t")
    gate.wait(process)
    process.stdin.close()
    assert process.wait(30) == 0
    assert marked(tmp_path) == []
    [job] = house.of("t")
    assert (job.status, job.steps["s"].status) == ("running", "pending")
    assert job.steps["s"].error_message == "interrupted: the server was stopped before it ended"
    with house.serve() as app:
        house.finish(app)
    assert house.of("t")[0].status == "completed"


SEALED = """
tasks:
  sealed:
    input: {{word: {{secret: true, default: s3cret/Value+1}}}}
    flow:
      s: {{type: shell, cmd: 'echo sealed > {gate}; sleep 600', retry: {{max_attempts: 2}}}}
  t:
    flow:
      w: {{type: wait, event: go}}
"""


def lost_and_found(house):
    key, aside = house.state / "secrets.key", house.state / "elsewhere.key"
    key.rename(aside)
    return lambda: aside.rename(key)


def test_a_server_that_lives_does_not_wait_for_what_a_dead_one_left_running(house, gate, server, tmp_path):
    """It ignores TERM, so it has its grace time before it is killed; meanwhile the engine goes on."""
    stubborn = f'trap "" TERM; echo up > {gate.path}; while :; do sleep 0.1; done'
    house.write(flow(f"      s: {{type: shell, cmd: '{stubborn}'}}\n"))
    with house.serve() as app:
        process, owner = server("t")
        gate.wait(process)
        kill(process)
        [job] = house.of("t")
        assert app.orchestrator.recover() is True
        assert app.opened.job(job.id).owner_id == owner
        assert marked(tmp_path)
        tidy(app)
        assert app.opened.job(job.id).owner_id == app.orchestrator.owner_id
        assert marked(tmp_path) == []


def test_a_job_whose_key_is_lost_waits_for_it_and_holds_up_no_other(house, gate, server, caplog):
    house.write(SEALED.format(gate=gate.path))
    process, owner = server("sealed", "t")
    gate.wait(process)
    kill(process)
    put_back = lost_and_found(house)
    with house.serve() as app:
        rows = {row.task_name: row.id for row in app.opened.stores.jobs.jobs(JobFilter())}
        assert app.opened.job(rows["t"]).owner_id == app.orchestrator.owner_id
        assert app.opened.stores.jobs.open_jobs(owner) == [rows["sealed"]]
        assert "cannot go on, and is left as it is" in caplog.text
        caplog.clear()
        tidy(app)
        assert "left as it is" not in caplog.text, "it is told once"
        put_back()
        tidy(app)
        assert app.opened.stores.jobs.open_jobs(owner) == []
        assert app.opened.job(rows["sealed"]).owner_id == app.orchestrator.owner_id
