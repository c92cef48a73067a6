"""Deadlines, in a real engine: hooks at the time, and nothing at the end."""

import json

from house import once, open_jobs

FLOW = """
actions:
  tell:
    type: shell
    input: {about: {type: object, required: true}}
    cmd: printf '%s\\n' {{ input.about }}
tasks:
  t:
    deadline: 45m
    on_late: [{action: tell, input: {about: '{{ hook }}'}}]
    flow:
      s: {type: sleep, duration: DURATION, deadline: 30m}
"""


def told(house, job):
    hooks = [one for one in house.jobs() if one.source.type == "hook" and one.source.id == job.id]
    return [json.loads(house.log(one.id)) for one in hooks]


def test_hooks_run_when_a_step_and_the_job_are_late_and_the_job_completes(house):
    house.write(FLOW.replace("DURATION", "1h"))
    job = house.run("t")
    assert job.status == "completed"
    assert [(about["status"], about["is_late"], about["late_steps"]) for about in told(house, job)] == [
        ("running", False, ["s"]),
        ("running", True, ["s"]),
    ]
    times = {entry.what: entry.at - job.created_at for entry in house.history(job.id) if entry.what.endswith(".late")}
    assert 1800.0 <= times["step.late"] < 1900.0
    assert 2700.0 <= times["job.late"] < 2800.0


def test_a_job_that_ends_in_time_runs_no_hook(house):
    house.write(FLOW.replace("DURATION", "10m"))
    job = house.run("t")
    assert (job.status, job.late_at, told(house, job)) == ("completed", None, [])


def test_a_takeover_tells_of_lateness_no_second_time(house):
    house.write(FLOW.replace("DURATION", "1h"))

    def is_late(app):
        return any(job.steps["s"].late_at for job in open_jobs(app, "t"))

    def take_over(app):
        app.orchestrator.adopt(app.orchestrator.job(open_jobs(app, "t")[0].id))

    job = house.run("t", None, once(is_late, take_over))
    assert len(told(house, job)) == 2
