"""Hooks: jobs that an end, or a wait, starts."""

import json

import pytest

from gitflow.core.jobs.events import JobPaused, JobResumed, StepReset
from gitflow.core.jobs.hooks import hook_context
from gitflow.core.values import MASK
from gitflow.definitions.checks.scopes import END_MEMBERS, HOOK_MEMBERS
from gitflow.triggers.event import end_scope
from house import cancel, once, open_jobs

ACTIONS = """
actions:
  tell:
    type: shell
    input: {about: {type: object, required: true}}
    cmd: printf '%s\\n' {{ input.about }}
  fail: {type: shell, cmd: 'exit 9'}
"""


def told(house, job):
    """What the hooks of a job were told, in order."""
    hooks = [one for one in house.jobs() if one.source.type == "hook" and one.source.id == job.id]
    return [json.loads(house.log(one.id)) for one in hooks if one.task_name == "_hook:tell"]


def flow(steps: str, *occasions: str, more: str = "") -> str:
    hooks = "".join(f"    {one}: [{{action: tell, input: {{about: '{{{{ hook }}}}'}}}}]\n" for one in occasions)
    return f"{ACTIONS}tasks:\n  t:\n{hooks}{more}    flow:\n{steps}"


def test_what_templates_are_checked_against_is_what_hooks_and_triggers_are_told(house):
    house.write("tasks: {t: {flow: {s: {type: sleep, duration: 1ms}}}}\n")
    job = house.run("t")
    assert tuple(hook_context(job)) == HOOK_MEMBERS
    assert tuple(end_scope(job)["event"]) == END_MEMBERS


def test_a_hook_is_told_about_the_job(house):
    house.write(flow("      s: {type: shell, cmd: 'exit 3'}\n", "on_error", "on_success", "on_cancel"))
    job = house.run("t")
    [about] = told(house, job)
    assert about["job_id"] == job.id
    assert (about["task_name"], about["status"], about["is_success"]) == ("t", "failed", False)
    assert about["source_type"] == "user"
    assert about["error_message"] == job.error_message
    [failed] = about["failed_steps"]
    assert (failed["step_name"], failed["error_message"]) == ("s", "Exit code: 3")
    assert ("hook.started", "tell") in [(one.what, (one.details or {}).get("action")) for one in house.history(job.id)]


def test_hooks_on_an_error_wait_until_no_retry_is_left(house):
    house.write(flow("      s: {type: shell, cmd: 'exit 3'}\n", "on_error", more="    retry: {max_attempts: 3}\n"))
    house.run("t")
    first, second, third = house.of("t")
    assert (told(house, first), told(house, second)) == ([], [])
    assert [about["job_id"] for about in told(house, third)] == [third.id]


def test_a_hook_fires_no_hooks_and_neither_does_its_child(house):
    house.write(
        ACTIONS
        + """
  nest: {type: task, task: inner}
on_error: [{action: fail}, {action: nest}]
on_success: [{action: fail}]
tasks:
  inner:
    flow:
      s: {type: shell, cmd: 'exit 1'}
  t:
    flow:
      s: {type: shell, cmd: 'exit 1'}
"""
    )
    house.run("t")
    assert sorted(job.task_name for job in house.jobs()) == ["_hook:fail", "_hook:nest", "inner", "t"]


def test_a_hook_that_cannot_be_made_is_told_in_the_history_and_changes_no_end(house):
    house.write(
        ACTIONS
        + "tasks:\n  t:\n    on_success: [{action: tell, input: {about: '{{ hook.error_message }}'}}]\n"
        + "    flow:\n      s: {type: shell, cmd: 'true'}\n"
    )
    job = house.run("t")
    assert job.status == "completed"
    [refused] = [entry for entry in house.history(job.id) if entry.what == "hook.refused"]
    assert "about" in refused.details["error"]


def test_hooks_on_a_cancel_run_to_their_end(house):
    house.write(flow("      s: {type: shell, cmd: 'sleep 600'}\n", "on_cancel"))

    def is_running(app):
        return any(job.busy_steps for job in open_jobs(app, "t"))

    job = house.run("t", None, once(is_running, lambda app: [cancel(app, id) for id in app.orchestrator.open_ids()]))
    assert job.status == "cancelled"
    assert [about["status"] for about in told(house, job)] == ["cancelled"]


def test_hooks_of_a_wait_run_once_also_when_the_job_is_taken_over_again(house):
    house.write(flow("      s: {type: wait, event: go, timeout: 1h}\n", "on_suspended"))

    def take_over(app):
        app.orchestrator.adopt(app.orchestrator.job(open_jobs(app, "t")[0].id))

    job = house.run("t", None, once(lambda app: bool(open_jobs(app, "t")), take_over))
    assert job.status == "failed"
    assert [about["status"] for about in told(house, job)] == ["running"]


def test_hooks_of_a_wait_run_once_also_over_a_pause(house):
    house.write(flow("      s: {type: wait, event: go, timeout: 1h}\n", "on_suspended"))

    def pause_and_resume(app):
        job_id, now = open_jobs(app, "t")[0].id, app.opened.clock.now()
        app.orchestrator.post_event(job_id, JobPaused(now, "ada"))
        app.orchestrator.post_event(job_id, JobResumed(now, "ada"))

    job = house.run("t", None, once(lambda app: bool(open_jobs(app, "t")), pause_and_resume))
    assert job.status == "failed"
    assert [about["status"] for about in told(house, job)] == ["running"]


@pytest.mark.parametrize(("cmd", "occasion"), [("true", "on_success"), ("false", "on_error")])
def test_hooks_of_the_workspace_stand_in_for_those_a_task_lacks(house, cmd, occasion):
    house.write(
        f"{ACTIONS}{occasion}: [{{action: tell, input: {{about: '{{{{ hook }}}}'}}}}]\n"
        f"tasks:\n  t:\n    flow:\n      s: {{type: shell, cmd: '{cmd}'}}\n"
    )
    job = house.run("t")
    assert len(told(house, job)) == 1


def test_a_hook_that_fails_is_told_in_the_history_of_its_job(house):
    house.write(
        f"{ACTIONS}tasks:\n  t:\n    on_success: [{{action: fail}}, {{action: tell, input: {{about: {{}}}}}}]\n"
        "    flow:\n      s: {type: shell, cmd: 'true'}\n"
    )
    job = house.run("t")
    assert job.status == "completed"
    [failed] = [entry for entry in house.history(job.id) if entry.what == "hook.failed"]
    [made] = house.of("_hook:fail")
    assert failed.details == {"action": "fail", "job_id": made.id, "status": "failed"}


def test_a_hook_that_fails_while_its_job_still_waits_is_told_too(house):
    house.write(
        f"{ACTIONS}tasks:\n  t:\n    on_suspended: [{{action: fail}}]\n"
        "    flow:\n      s: {type: wait, event: go, timeout: 1h}\n"
    )
    job = house.run("t")
    assert [entry.what for entry in house.history(job.id)].count("hook.failed") == 1


def test_the_hooks_of_a_job_that_is_opened_again_run_again_and_are_told_so(house):
    house.write(flow("      s: {type: shell, cmd: 'exit 3'}\n", "on_error"))
    with house.open() as app:
        job = house.execute(app, "t")
        house.finish(app)
        again = StepReset(app.opened.clock.now(), "s", "ada")
        app.orchestrator.submit(lambda transaction: app.orchestrator.apply(transaction, job.id, again))
        house.finish(app)
    assert [about["reopened"] for about in told(house, job)] == [False, True]


def test_hooks_of_a_wait_run_once_also_when_a_server_goes_on_with_it_after_a_pause(house):
    house.write(flow("      s: {type: wait, event: go, timeout: 1h}\n", "on_suspended"))
    with house.serve() as app:
        job = house.execute(app, "t")
        app.engine.settle()
        house.finish(app, until=lambda app: not open_jobs(app, "_hook:tell"))
        app.orchestrator.post_event(job.id, JobPaused(app.opened.clock.now(), "ada"))
        app.engine.settle()
    with house.serve() as app:
        app.engine.settle()
        app.orchestrator.post_event(job.id, JobResumed(app.opened.clock.now(), "ada"))
        house.finish(app)
        assert app.opened.job(job.id).status == "failed"
    assert len(told(house, job)) == 1


def test_the_end_of_a_job_is_carried_out_once_also_when_it_is_taken_over_again(house):
    """Its hooks and its automatic retry, which were made in the commit that ended it."""
    house.write(flow("      s: {type: shell, cmd: 'exit 3'}\n", "on_error", more="    retry: {max_attempts: 2}\n"))
    with house.open() as app:
        house.execute(app, "t")
        house.finish(app)
        for job in house.of("t"):
            app.orchestrator.adopt(job)
            app.orchestrator.adopt(job)
        house.finish(app)
    first, second = house.of("t")
    assert (told(house, first), len(told(house, second))) == ([], 1)
    assert [entry.details["job_id"] for entry in house.history(first.id) if entry.what == "job.retried"] == [second.id]


READING = """
actions:
  notify:
    type: python
    input:
      job: {type: string, required: true}
      who: {type: string}
      urgent: {type: boolean, default: true}
      token: {type: string, secret: true}
    code: |
      import json, os
      print(open(os.environ["GITFLOW_INPUT"]).read())
  script:
    type: shell
    script: notify.sh
    input: {job: {type: object, required: true}}
  child:
    type: task
    task: told
    input: {who: {type: string}}
tasks:
  told:
    input: {who: {type: string, required: true}}
    flow: {s: {type: shell, cmd: 'echo told {{ input.who }}'}}
  t:
    input: {name: {type: string, default: ann}}
    HOOKS
    flow: {s: {type: shell, cmd: 'exit 3'}}
"""


def reading(house, hook: str):
    """The job of the hook, once it has run."""
    house.write('#!/bin/sh\ncat "$GITFLOW_INPUT"\n', "notify.sh")
    (house.folder / "notify.sh").chmod(0o755)
    house.write(READING.replace("HOOKS", f"on_error: [{hook}]"))
    job = house.run("t")
    [found] = [one for one in house.jobs() if one.source.type == "hook"]
    return job, found


def test_a_notifier_in_python_reads_what_the_hook_gives_it(house):
    job, hook = reading(house, "{action: notify, input: {job: '{{ hook.job_id }}', who: '{{ input.name }}'}}")
    assert json.loads(house.log(hook.id)) == {"job": job.id, "who": "ann", "urgent": True}
    assert hook.steps["run"].input == {"job": job.id, "who": "ann", "urgent": True}


def test_a_notifier_that_is_a_script_reads_the_whole_context(house):
    job, hook = reading(house, "{action: script, input: {job: '{{ hook }}'}}")
    given = json.loads(house.log(hook.id))["job"]
    assert given["job_id"] == job.id
    assert [step["error_message"] for step in given["failed_steps"]] == ["Exit code: 3"]


def test_a_secret_that_a_hook_gives_is_not_shown(house):
    _, hook = reading(house, "{action: notify, input: {job: x, token: hunter2-hunter2}}")
    assert hook.steps["run"].input["token"] == MASK
    assert json.loads(house.log(hook.id))["token"] == MASK


def test_a_hook_gives_its_input_to_the_task_that_its_action_runs(house):
    reading(house, "{action: child, input: {who: '{{ input.name }}'}}")
    [told_job] = house.of("told")
    assert told_job.input == {"who": "ann"}
    assert "told ann" in house.log(told_job.id)
