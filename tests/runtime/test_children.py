# ruff: noqa: E501
"""Steps whose action is a task: a job of its own, whose end is theirs."""

import pytest

from gitflow.core.jobs.events import JobRestarted, StepReset
from gitflow.runtime.operations.operations import RetryOptions
from gitflow.workspaces.folder import FolderWorkspace
from house import cancel, once, open_jobs, statuses

PARENT = """
tasks:
  parent:
    flow:
      call: {type: task, task: child, input: {n: 7}}
      after: {type: shell, depends_on: [call], cmd: 'echo "got={{ call.output.twice }}" >> "$GITFLOW_OUTPUT"'}
"""


def child(flow: str, more: str = "") -> str:
    return f"{PARENT}  child:\n    input: {{n: {{type: integer}}}}\n{more}    flow:\n{flow}"


def test_a_childs_output_is_its_steps_output(house):
    flow = "      s: {type: shell, cmd: 'echo twice=1{{ input.n }} >> \"$GITFLOW_OUTPUT\"'}\n"
    house.write(child(flow, "    output: {twice: '{{ s.output.twice }}'}\n"))
    job = house.run("parent")
    assert job.status == "completed"
    assert job.steps["call"].output == {"twice": "17"}
    assert job.output == {"after": {"got": "17"}}
    [made] = house.of("child")
    assert (made.parent_job_id, made.parent_step, made.depth, made.source.type) == (job.id, "call", 1, "task")
    assert job.steps["call"].child_job_id == made.id


def test_a_child_that_fails_fails_its_step_and_says_why(house):
    house.write(child("      s: {type: shell, cmd: 'exit 3'}\n"))
    job = house.run("parent")
    assert statuses(job) == {"call": "failed", "after": "skipped"}
    assert 'step "s" failed: Exit code: 3' in job.steps["call"].error_message


def test_a_child_whose_steps_are_all_skipped_ends_its_step(house):
    house.write(child("      s: {type: shell, when: 'false', cmd: 'true'}\n"))
    job = house.run("parent")
    assert job.steps["call"].status == "completed"
    assert [made.status for made in house.of("child")] == ["completed"]


def test_a_child_that_fails_in_the_moment_it_is_made_fails_its_step(house):
    house.write(child("      s: {type: shell, when: '{{ job.id | fromjson }}', cmd: 'true'}\n"))
    job = house.run("parent")
    assert job.steps["call"].status == "failed"


def test_a_child_that_cannot_be_made_fails_its_step_with_a_sentence(house):
    house.write(child("      s: {type: shell, cmd: 'true'}\n").replace("{n: 7}", "{n: '{{ job.id }}'}"))
    job = house.run("parent")
    step = job.steps["call"]
    assert (step.status, step.attempt) == ("failed", 1)
    assert "its child job could not be made: the input of task 'child' is wrong: n: " in step.error_message
    assert house.of("child") == []


def test_a_parent_waits_for_the_last_of_its_childs_retries(house, tmp_path):
    mark = tmp_path / "mark"
    flow = f"      s: {{type: shell, cmd: 'test -e {mark} || {{ touch {mark}; exit 1; }}; echo twice=2 >> \"$GITFLOW_OUTPUT\"'}}\n"
    more = "    retry: {max_attempts: 3, delay: 50}\n    output: {twice: '{{ s.output.twice }}'}\n"
    house.write(child(flow, more))
    job = house.run("parent")
    assert job.status == "completed"
    assert job.steps["call"].output == {"twice": "2"}
    first, second = house.of("child")
    assert (first.status, second.status, second.retry_of_job_id) == ("failed", "completed", first.id)
    assert second.started_at - first.completed_at >= 50


def test_a_parent_learns_of_a_retry_that_ends_in_the_turn_that_makes_it(house):
    flow = "      s: {type: shell, when: '{{ job.id | fromjson }}', cmd: 'true'}\n"
    house.write(child(flow, "    retry: {max_attempts: 3}\n"))
    job = house.run("parent")
    assert job.steps["call"].status == "failed"
    assert len(house.of("child")) == 3


def test_the_cancel_of_a_parent_ends_its_child_and_the_childs_child(house):
    house.write(
        child("      deeper: {type: task, task: grandchild}\n")
        + "  grandchild:\n    flow:\n      s: {type: shell, cmd: 'sleep 600'}\n"
    )

    def is_running(app):
        return any(job.busy_steps for job in open_jobs(app, "grandchild"))

    job = house.run("parent", None, once(is_running, lambda app: cancel(app, open_jobs(app, "parent")[0].id)))
    assert {one.task_name: one.status.value for one in house.jobs()} == dict.fromkeys(
        ("parent", "child", "grandchild"), "cancelled"
    )
    assert statuses(job) == {"call": "cancelled", "after": "cancelled"}


def test_the_cancel_of_a_parent_ends_a_childs_retry_that_is_not_due(house):
    house.write(child("      s: {type: shell, cmd: 'exit 1'}\n", "    retry: {max_attempts: 2, delay: 1h}\n"))

    def waits(app):
        return any(job.attempt == 2 for job in open_jobs(app, "child"))

    job = house.run("parent", None, once(waits, lambda app: cancel(app, open_jobs(app, "parent")[0].id)))
    assert job.status == "cancelled"
    assert [one.status for one in house.of("child")] == ["failed", "cancelled"]


def test_a_child_that_is_cancelled_fails_its_step(house):
    house.write(child("      s: {type: shell, cmd: 'sleep 600'}\n"))

    def is_running(app):
        return any(job.busy_steps for job in open_jobs(app, "child"))

    job = house.run("parent", None, once(is_running, lambda app: cancel(app, open_jobs(app, "child")[0].id)))
    assert statuses(job) == {"call": "failed", "after": "skipped"}


def test_the_time_limit_of_a_step_cancels_its_child(house):
    house.write(child("      s: {type: sleep, duration: 1h}\n").replace("task: child,", "task: child, timeout: 60,"))
    job = house.run("parent")
    assert job.steps["call"].error_message == "the child job did not end within 60 s"
    assert [one.status for one in house.of("child")] == ["cancelled"]


@pytest.mark.parametrize(("levels", "status"), [(10, "completed"), (11, "failed")])
def test_jobs_nest_ten_levels_deep_and_no_deeper(house, levels, status):
    tasks = [f"  t{i}:\n    flow:\n      s: {{type: task, task: t{i + 1}}}\n" for i in range(levels)]
    house.write("tasks:\n" + "".join(tasks) + f"  t{levels}:\n    flow:\n      s: {{type: shell, cmd: 'true'}}\n")
    job = house.run("t0")
    assert job.status == status
    assert max(one.depth for one in house.jobs()) == 10
    if status == "failed":
        assert "chains of jobs end at depth 10" in job.error_message


def counting(tmp_path) -> str:
    """A child that leaves a line each time it runs, and fails until it is allowed not to."""
    return child(
        f"      s: {{type: shell, cmd: 'echo ran >> {tmp_path}/ran; test -e {tmp_path}/ok; echo twice=2 >> \"$GITFLOW_OUTPUT\"'}}\n",
        "    output: {twice: '{{ s.output.twice }}'}\n",
    )


def test_a_retried_parent_takes_over_a_child_that_was_completed_meanwhile(house, tmp_path):
    house.write(counting(tmp_path))
    parent = house.run("parent")
    assert parent.status == "failed"
    (tmp_path / "ok").touch()
    [failed] = house.of("child")
    done = house.retry(failed.id)
    again = house.retry(parent.id)
    assert (again.status, again.output) == ("completed", {"after": {"got": "2"}})
    assert again.steps["call"].child_job_id == done.id
    assert (tmp_path / "ran").read_text().split() == ["ran", "ran"]


def test_a_parents_step_that_runs_again_takes_over_a_child_that_was_completed_meanwhile(house, tmp_path):
    house.write(counting(tmp_path))
    parent = house.run("parent")
    (tmp_path / "ok").touch()
    done = house.retry(house.of("child")[0].id)
    with house.open() as app:
        again = StepReset(app.opened.clock.now(), "call", "ada")
        app.orchestrator.submit(lambda transaction: app.orchestrator.apply(transaction, parent.id, again))
        house.finish(app)
        ended = app.opened.job(parent.id)
    assert (ended.status, ended.steps["call"].child_job_id, ended.steps["call"].attempt) == ("completed", done.id, 2)
    assert (tmp_path / "ran").read_text().split() == ["ran", "ran"]


def test_a_restarted_parent_runs_its_child_anew(house, tmp_path):
    house.write(counting(tmp_path))
    parent = house.run("parent")
    (tmp_path / "ok").touch()
    house.retry(house.of("child")[0].id)
    with house.open() as app:
        again = JobRestarted(app.opened.clock.now(), "ada")
        app.orchestrator.submit(lambda transaction: app.orchestrator.apply(transaction, parent.id, again))
        house.finish(app)
    assert len(house.of("child")) == 3
    assert (tmp_path / "ran").read_text().split() == ["ran"] * 3


def test_a_parents_step_that_completed_and_runs_again_has_a_new_child(house, tmp_path):
    (tmp_path / "ok").touch()
    house.write(counting(tmp_path))
    parent = house.run("parent")
    assert parent.status == "completed"
    with house.open() as app:
        again = StepReset(app.opened.clock.now(), "call", "ada")
        app.orchestrator.submit(lambda transaction: app.orchestrator.apply(transaction, parent.id, again))
        house.finish(app)
    assert len(house.of("child")) == 2


@pytest.mark.parametrize("how", [RetryOptions(from_start=True), RetryOptions(from_step="call")], ids=["start", "step"])
def test_a_parent_that_is_to_run_from_its_start_or_the_step_runs_its_child_anew(house, tmp_path, how):
    house.write(counting(tmp_path))
    parent = house.run("parent")
    (tmp_path / "ok").touch()
    done = house.retry(house.of("child")[0].id)
    with house.open() as app:
        job = app.operations.prepare_retry(app.opened.job(parent.id), "ada", how)
        app.operations.enqueue_job(job)
        house.finish(app)
        again = app.opened.job(job.id)
    assert (again.status, again.steps["call"].child_job_id == done.id) == ("completed", False)
    assert (tmp_path / "ran").read_text().split() == ["ran"] * 3


def test_a_loop_of_children_that_is_to_run_from_the_start_runs_them_anew(house, tmp_path):
    house.write(counting(tmp_path).replace("input: {n: 7}}", "for_each: [7], input: {n: '{{ each.item }}'}}"))
    parent = house.run("parent")
    (tmp_path / "ok").touch()
    house.retry(house.of("child")[0].id)
    with house.open() as app:
        app.operations.enqueue_job(
            app.operations.prepare_retry(app.opened.job(parent.id), "ada", RetryOptions(from_start=True))
        )
        house.finish(app)
    assert len(house.of("child")) == 3


def test_an_automatic_retry_of_a_job_that_was_run_from_its_start_takes_over_what_it_may(house, tmp_path):
    house.write(counting(tmp_path))
    parent = house.run("parent")
    with house.open() as app:
        again = app.operations.prepare_retry(app.opened.job(parent.id), "ada", RetryOptions(from_start=True))
        app.operations.enqueue_job(again)
        house.finish(app)
    (tmp_path / "ok").touch()
    done = house.retry(house.of("child")[1].id)
    last = house.retry(again.id)
    assert (again.anew, last.anew) == (frozenset({"call"}), None)
    assert last.steps["call"].child_job_id == done.id


def test_a_child_that_was_asked_for_something_else_is_not_taken_over(house, tmp_path):
    house.write(counting(tmp_path))
    parent = house.run("parent")
    (tmp_path / "ok").touch()
    house.retry(house.of("child")[0].id)
    house.write(counting(tmp_path).replace("n: 7", "n: 8"))
    with house.open() as app:
        workspace = FolderWorkspace(str(house.folder), cache_dir=house.environ["GITFLOW_CACHE"])
        app.operations.enqueue_job(
            app.operations.prepare_retry(app.opened.job(parent.id), "ada", RetryOptions(latest=workspace))
        )
        house.finish(app)
    assert len(house.of("child")) == 3


def test_a_child_is_made_once_however_often_its_parent_is_taken_over(house):
    house.write(child("      s: {type: wait, event: go, timeout: 1h}\n"))

    def take_over(app):
        for _ in range(2):
            app.orchestrator.adopt(app.orchestrator.job(open_jobs(app, "parent")[0].id))

    house.run("parent", None, once(lambda app: bool(open_jobs(app, "child")), take_over))
    assert len(house.of("child")) == 1


def test_hooks_and_retries_count_in_the_depth_of_a_chain(house):
    """A hook stands one deeper than its job, its child one deeper again, and a retry where the job stood."""
    house.write(
        "actions:\n  nest: {type: task, task: inner}\n"
        "tasks:\n  t:\n    retry: {max_attempts: 2}\n    on_error: [{action: nest}]\n"
        "    flow:\n      s: {type: shell, cmd: 'exit 1'}\n"
        "  inner:\n    retry: {max_attempts: 2}\n    flow:\n      s: {type: shell, cmd: 'exit 1'}\n"
    )
    house.run("t")
    assert [(job.task_name, job.depth) for job in house.jobs()] == [
        ("t", 0),
        ("t", 0),
        ("_hook:nest", 1),
        ("inner", 2),
        ("inner", 2),
    ]


def test_a_hook_of_a_job_at_the_deepest_level_is_refused_in_words(house):
    tasks = [f"  t{i}:\n    flow:\n      s: {{type: task, task: t{i + 1}}}\n" for i in range(10)]
    house.write(
        "actions:\n  tell: {type: shell, cmd: 'true'}\ntasks:\n"
        + "".join(tasks)
        + "  t10:\n    on_success: [{action: tell}]\n    flow:\n      s: {type: shell, cmd: 'true'}\n"
    )
    assert house.run("t0").status == "completed"
    [deepest] = house.of("t10")
    [refused] = [entry for entry in house.history(deepest.id) if entry.what == "hook.refused"]
    assert "chains of jobs end at depth 10" in refused.details["error"]
