"""What templates may see, and where."""

import pytest
from engine import SHELL, World, failed, flow, job_of, step

from gitflow.core.jobs.context import action_scope, step_scope
from gitflow.core.jobs.job import Source
from gitflow.core.jobs.planning import new_job, plan_task
from gitflow.core.language.definition import Action, Step, Task
from gitflow.core.language.snapshot import Snapshot
from gitflow.core.record import replace
from gitflow.core.templates.render import render

SECRETS = {"TOKEN": "s3cret"}


def halfway():
    """say-hello has completed, broken failed, maybe was skipped, late has not run."""
    steps = flow(say__hello={}, broken={}, maybe=step(when="false"), late={"say-hello"}, each=step(for_each=["x", "y"]))
    world = World(job_of(steps, input={"name": "World"}, at=1.5)).admit()
    for name, outcome in (("say-hello", {"output": {"text": "Hello"}}), ("broken", failed())):
        world.claim(name)
        world.exit(name, **outcome)
    return world.job


def test_a_step_sees_the_input_the_secrets_and_the_job():
    scope = step_scope(halfway(), "late", SECRETS)
    assert (scope["input"], scope["secret"]) == ({"name": "World"}, SECRETS)
    assert scope["job"] == {
        "id": "job-1",
        "task": "t",
        "workspace": "default",
        "revision": "abc123",
        "created_at": "1970-01-01T00:00:01.500Z",
        "attempt": 1,
    }


def test_a_step_sees_every_finished_step_by_both_spellings():
    scope = step_scope(halfway(), "late", {})
    seen = {"output": {"text": "Hello"}, "status": "completed", "error": None}
    assert scope["say-hello"] == scope["say_hello"] == seen
    assert scope["broken"] == {"output": None, "status": "failed", "error": "Exit code: 1"}
    assert scope["maybe"] == {"output": None, "status": "skipped", "error": None}


@pytest.mark.parametrize("name", ["late", "each", "hook", "nobody", "each[0]", "env"])
def test_what_has_not_finished_or_is_not_there_has_no_name(name):
    scope = step_scope(halfway(), "late", {})
    assert name not in scope
    with pytest.raises(KeyError):
        scope[name]


def test_an_instance_sees_its_item():
    assert step_scope(halfway(), "each[1]", {})["each"] == {"item": "y", "index": 1, "total": 2}


def test_a_loop_gives_the_list_of_its_outputs():
    steps = flow(all__of=step(for_each=[1, 2]), end={"all-of"})
    job = World(job_of(steps), {"all-of[0]": [{"output": {"n": 1}}]}).run().job
    assert step_scope(job, "end", {})["all_of"]["output"] == [{"n": 1}, None]


def test_a_hook_sees_what_it_is_about():
    job = replace(halfway(), hook={"status": "failed"})
    assert step_scope(job, "late", {})["hook"] == {"status": "failed"}


def test_all_names_can_be_listed():
    assert list(step_scope(halfway(), "each[0]", {})) == [
        "input",
        "secret",
        "job",
        "each",
        "say-hello",
        "broken",
        "maybe",
        "say_hello",
    ]
    assert len(step_scope(halfway(), "late", {})) == 7


def test_looking_up_one_name_looks_at_one_step():
    looked_at = []

    class Watched(dict):
        def __getitem__(self, name):
            looked_at.append(name)
            return super().__getitem__(name)

    job = halfway()
    scope = step_scope(replace(job, steps=Watched(job.steps)), "late", {})
    looked_at.clear()
    assert scope["say_hello"]["status"] == "completed"
    assert looked_at == ["say-hello"]


def test_a_named_action_sees_nothing_of_the_flow():
    steps = {"build": Step("build", inline=SHELL), "call": Step("call", action="greet")}
    shot = Snapshot("w", "r", actions={"greet": Action("shell", "greet")}, tasks={"t": Task("t", steps)})
    job = new_job(plan_task(shot, "t"), id="j", workspace="w", revision="r", input={"a": 1}, at=0.0, source=Source())
    scope = action_scope(World(job).run().job, "call", {"name": "x"}, SECRETS)
    assert sorted(scope) == ["input", "job", "secret"]
    assert (scope["input"], scope["secret"]) == ({"name": "x"}, SECRETS)
    assert render("{{ job.id }} of {{ job.task }}", scope) == "j of t"
    assert [name for name in ("each", "build", "call") if name in scope] == []


def test_an_inline_action_sees_all_its_step_sees_with_its_input_on_top():
    job = halfway()
    scope = action_scope(job, "each[0]", {"name": "step", "more": 1}, SECRETS)
    assert scope["input"] == {"name": "step", "more": 1}
    assert (scope["each"]["item"], scope["say_hello"]["status"]) == ("x", "completed")
    assert action_scope(job, "late", {"more": 1}, {})["input"] == {"name": "World", "more": 1}


def test_templates_read_the_scope():
    scope = step_scope(halfway(), "late", {})
    assert render("{{ say_hello.output.text }} {{ input.name }}", scope) == "Hello World"
    assert render({"n": "{{ broken.status == 'failed' }}"}, scope) == {"n": True}
