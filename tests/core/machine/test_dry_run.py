"""What a dry run tells before anything runs, and what it never tells."""

import json

from engine import flow, job_of, step

from gitflow.core.language.definition import Action, Field
from gitflow.core.machine.dry_run import preview
from gitflow.core.values import MASK


def told(job, secrets=None):
    return {one["step_name"]: one for one in preview(job, secrets or {})["steps"]}


def test_steps_come_in_an_order_in_which_they_could_run():
    job = job_of(flow(ship={"build", "test"}, test={"build"}, build={}))
    assert [one["step_name"] for one in preview(job, {})["steps"]] == ["build", "test", "ship"]
    assert told(job)["ship"]["depends_on"] == ["build", "test"]


def test_inputs_are_rendered_as_far_as_they_are_known():
    steps = flow(a=step(input={"who": "{{ input.name }}!"}), b=step("a", input={"from": "{{ a.output.x }}"}))
    job = job_of(steps, input={"name": "World"})
    assert told(job)["a"]["input"] == {"who": "World!"}
    assert told(job)["b"]["input"] == {"from": "{{ a.output.x }}"}


def test_no_secret_is_shown_wherever_it_would_be():
    action = Action("shell", name="act", input={"token": Field("token", secret=True)})
    steps = flow(
        a=step(input={"plain": "{{ secret.db.password }}", "given": "{{ input.key }}", "both": "x{{ input.key }}"}),
        b=step(action=action, input={"token": "hidden-literal"}),
    )
    job = job_of(steps, input={"key": "hidden-input"})
    job = with_secret_input(job)
    secrets = {"db": {"password": "{{ env('hidden-name') }}"}}
    shown = preview(job, secrets)
    assert shown["input"] == {"key": MASK}
    assert told(job, secrets)["a"]["input"] == {"plain": MASK, "given": MASK, "both": f"x{MASK}"}
    assert told(job, secrets)["b"]["input"] == {"token": MASK}
    assert "hidden" not in json.dumps(shown)


def with_secret_input(job):
    from gitflow.core.record import replace

    task = replace(job.plan.task, input={"key": Field("key", secret=True)})
    return replace(job, plan=replace(job.plan, task=task))


def test_what_is_decided_already_is_told_and_the_rest_is_left_open():
    job = job_of(
        flow(
            yes=step(when="input.go"),
            no=step(when="not input.go"),
            after=step("no"),
            mixed=step("no", "yes"),
            late=step("yes", when="yes.output.x == 1"),
            hidden=step(when="secret.token == 'x'"),
            each=step(for_each=[1, 2, 3]),
            some=step(for_each="{{ yes.output.list }}"),
        ),
        input={"go": True},
    )
    decisions = {name: one["decision"] for name, one in told(job, {"token": "x"}).items()}
    assert decisions == {
        "yes": "would run: input.go",
        "no": "would be skipped: not input.go",
        "after": 'would be skipped: everything it depends on was skipped: "no"',
        "mixed": "",
        "late": "decided when it is reached: yes.output.x == 1",
        "hidden": "decided when it is reached: secret.token == 'x'",
        "each": "3 times",
        "some": "once for each of {{ yes.output.list }}",
    }
