# ruff: noqa: E501, PT012
"""What was told is never lost and never done twice, whichever commit fails."""

from __future__ import annotations

import sqlite3

import pytest

from gitflow.core.errors import StoreError
from gitflow.runtime.engine import engine
from house import statuses


def mixed(trace, mark) -> str:
    """A loop, a retry of a step, a child that is retried, a sleep, an artifact and a hook."""
    return f"""
actions:
  tell: {{type: shell, cmd: 'echo hook >> {trace}'}}
tasks:
  child:
    retry: {{max_attempts: 2, delay: 30}}
    flow:
      c: {{type: shell, cmd: 'echo c >> {trace}; test -e {mark}.c || {{ touch {mark}.c; exit 1; }}'}}
  t:
    on_success: [{{action: tell}}]
    flow:
      a: {{type: shell, cmd: 'echo a >> {trace}; echo file > $GITFLOW_ARTIFACTS/f; echo k=1 >> "$GITFLOW_OUTPUT"'}}
      each-of: {{type: shell, depends_on: [a], for_each: [x, y], sequential: true, cmd: 'echo {{{{ each.item }}}} >> {trace}'}}
      nap: {{type: sleep, duration: 60}}
      call: {{type: task, task: child, depends_on: [nap]}}
      r:
        type: shell
        depends_on: [each-of]
        retry: {{max_attempts: 2, delay: 30}}
        cmd: 'echo r$(cat $GITFLOW_NEEDS/a/f) >> {trace}; test -e {mark}.r || {{ touch {mark}.r; exit 1; }}'
"""


DONE = sorted(["hook", "c", "c", "a", "x", "y", "rfile", "rfile"])


def refusing(app, refused) -> list[int]:
    """Makes the commits with these numbers fail; counts them all."""
    jobs = app.opened.stores.jobs
    before, count = jobs._before_commit, [0]

    def before_commit() -> None:
        count[0] += 1
        if count[0] in refused:
            raise StoreError("the disk is full")
        before()

    jobs._before_commit = before_commit
    return count


def run_with(house, tmp_path, refused) -> int:
    """How many commits it took; the flow has run as it should."""
    trace, mark = tmp_path / "trace", tmp_path / "mark"
    house.write(mixed(trace, mark))
    with house.open() as app:
        count = refusing(app, refused)
        job = house.execute(app, "t")
        house.finish(app)
    [ended] = house.of("t")
    assert (ended.id, ended.status) == (job.id, "completed")
    assert set(statuses(ended).values()) == {"completed"}
    assert sorted(trace.read_text().split()) == DONE
    assert sorted((one.task_name, one.status.value) for one in house.jobs()) == [
        ("_hook:tell", "completed"),
        ("child", "completed"),
        ("child", "failed"),
        ("t", "completed"),
    ]
    whats = [(one.what, one.step, one.attempt) for one in house.history(ended.id) if one.what != "hook.started"]
    assert len(whats) == len(set(whats)), "something was stored twice"
    return count[0]


@pytest.fixture
def patient(monkeypatch):
    monkeypatch.setattr(engine, "STORE_PAUSE_S", 0.0)


#: At least so many commits the flow takes.
COMMITS = 12


@pytest.mark.parametrize("refused", range(1, COMMITS + 1))
def test_a_commit_that_fails_is_made_again_and_nothing_is_lost_or_repeated(house, tmp_path, patient, refused):
    assert run_with(house, tmp_path, {refused}) >= COMMITS


def test_steps_offered_before_a_commit_that_fails_are_offered_again(house, tmp_path, patient):
    """There is one slot, so each commit takes an offer that an earlier one made."""
    house.slots = 1
    trace = tmp_path / "trace"
    steps = "".join(f"      s{i}: {{type: shell, cmd: 'echo s{i} >> {trace}'}}\n" for i in range(4))
    house.write(f"tasks:\n  t:\n    flow:\n{steps}")
    with house.open() as app:
        refusing(app, {2, 4, 5, 7})
        job = house.execute(app, "t")
        house.finish(app)
        assert app.opened.job(job.id).status == "completed"
    assert sorted(trace.read_text().split()) == ["s0", "s1", "s2", "s3"]


def test_every_commit_may_fail_at_first(house, tmp_path, patient):
    run_with(house, tmp_path, set(range(1, 100, 2)))


def test_a_store_that_another_process_keeps_locked_is_waited_for(house, tmp_path, patient):
    house.write(f"tasks:\n  t:\n    flow:\n      s: {{type: shell, cmd: 'echo s >> {tmp_path}/trace'}}\n")
    with house.open() as app:
        app.opened.stores.jobs._driver.connection.execute("PRAGMA busy_timeout = 1")
        other = sqlite3.connect(house.state / "gitflow.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        job = house.execute(app, "t")
        turns: list[int] = []

        def let_go(app) -> None:
            turns.append(1)
            if len(turns) == 5:
                assert app.orchestrator.job(job.id) is None
                assert app.orchestrator.open_ids() == [job.id]
                other.execute("ROLLBACK")

        house.finish(app, let_go)
        assert app.opened.job(job.id).status == "completed"
        other.close()
    assert (tmp_path / "trace").read_text() == "s\n"


def test_a_store_that_stays_full_ends_the_run_and_all_that_it_runs(house, tmp_path, monkeypatch):
    """The job is settled as interrupted once there is room again."""
    monkeypatch.setattr(engine, "STORE_TIMEOUT_S", 0.0)
    house.write(
        "tasks:\n  t:\n    flow:\n      long: {type: shell, cmd: 'sleep 600'}\n"
        '      each-of: {type: shell, for_each: [1, 2, 3], sequential: true, cmd: \'head -c 100000 /dev/zero | tr "\\0" x > big;'
        ' echo k=$(cat big) >> "$GITFLOW_OUTPUT"\'}\n'
    )
    with pytest.raises(StoreError, match="the disk is full"), house.open() as app:
        execute = app.opened.stores.jobs._driver.connection.execute
        [(pages,)] = execute("PRAGMA page_count")
        execute(f"PRAGMA max_page_count = {pages + 20}")
        house.execute(app, "t")
        house.finish(app)
    assert app.engine.runner.running == 0
    [job] = house.of("t")
    assert (job.status, job.error_message) == ("failed", "interrupted: the process that ran it ended")


def test_whatever_is_raised_in_the_loop_nothing_goes_on_running(house):
    house.write("tasks:\n  t:\n    flow:\n      s: {type: shell, cmd: 'sleep 600'}\n")

    def fail(app) -> None:
        if app.engine.runner.running:
            raise RuntimeError("a mistake")

    with pytest.raises(RuntimeError, match="a mistake"), house.open() as app:
        house.execute(app, "t")
        house.finish(app, fail)
    assert app.engine.runner.running == 0


def test_what_a_step_printed_is_stored_before_the_word_that_it_ended(house):
    house.write("tasks:\n  t:\n    flow:\n      s: {type: shell, cmd: 'echo printed'}\n")
    with house.open() as app:
        job = house.execute(app, "t")
        logs = app.opened.stores.logs
        seen: list[tuple[str, int]] = []
        app.orchestrator.observers.append(lambda job, entries: seen.append((job.status.value, logs.last_seq(job.id))))
        house.finish(app)
    assert seen[-1] == ("completed", 1), job.id
