"""Which steps of a flow run, in what order, and why the others do not."""

import pytest
from engine import World, all_of, any_of, failed, finished, flow, job_of, need, statuses, step

from gitflow.core.jobs.effects import OfferStep
from gitflow.core.jobs.events import JobAdmitted
from gitflow.core.language.definition import Action, Retry
from gitflow.core.machine.machine import advance
from gitflow.core.status import JobStatus

FAILING = {"build": [failed()]}


def reason(world, name):
    return world.job.steps[name].skip_reason


def test_a_new_job_waits_to_be_admitted_with_every_step_pending():
    job = job_of(flow(build={}, test={"build"}))
    assert job.status is JobStatus.PENDING
    assert {run.status.value for run in job.steps.values()} == {"pending"}
    assert (job.open_steps, job.steps["test"].open_needs) == (2, 1)


def test_admission_offers_the_steps_that_need_nothing():
    result = advance(job_of(flow(build={}, lint={}, test={"build"})), JobAdmitted(5.0))
    assert result.effects == (OfferStep("build", 1), OfferStep("lint", 1))
    assert result.job.started_at == 5.0
    assert set(result.changed) == {"build", "lint"}


def test_a_step_runs_when_all_it_depends_on_has_completed():
    world = finished(flow(build={}, lint={}, ship={"build", "lint"}))
    assert world.started == ["build", "lint", "ship"]
    assert world.job.status is JobStatus.COMPLETED


def test_a_failed_step_skips_what_needs_it_and_all_behind_that():
    assert statuses(flow(build={}, test={"build"}, ship={"test"}), FAILING) == {
        "build": "failed",
        "test": "skipped",
        "ship": "skipped",
    }


def test_a_skip_names_the_dependency_that_caused_it():
    world = finished(flow(build={}, test={"build"}, ship={"test"}), FAILING)
    assert reason(world, "test") == 'it depends on "build", which failed'
    assert reason(world, "ship") == 'it depends on "test", which was skipped'


def test_a_skip_names_the_condition_that_caused_it():
    world = finished(flow(build=step(when="{{ false }}")))
    assert reason(world, "build") == "its condition is false: {{ false }}"


def test_a_skip_after_many_skips_names_the_first_few():
    gates = {f"s{n}": step(when="false") for n in range(5)}
    world = finished(flow(**gates, end=set(gates)))
    assert reason(world, "end") == 'everything it depends on was skipped: "s0", "s1", "s2" and 2 more'


@pytest.mark.parametrize(
    ("accept", "outcome", "runs"),
    [
        (["completed"], {}, True),
        (["completed"], failed(), False),
        (["failed"], failed(), True),
        (["failed"], {}, False),
        (["completed", "failed"], failed(), True),
        (["any"], failed(), True),
        (["any"], {}, True),
        (["skipped"], {}, False),
        (["cancelled"], failed(), False),
    ],
)
def test_a_need_accepts_the_ends_it_lists(accept, outcome, runs):
    world = finished(flow(build={}, then=step(need("build", *accept))), {"build": [outcome]})
    assert world.statuses()["then"] == ("completed" if runs else "skipped")


def test_a_need_that_accepts_skipped_runs_after_a_skip():
    steps = flow(build=step(when="false"), then=step(need("build", "skipped")))
    assert statuses(steps)["then"] == "completed"


def test_a_refusal_says_what_would_have_been_accepted():
    world = finished(flow(build={}, then=step(need("build", "failed", "cancelled"))))
    assert reason(world, "then") == 'it depends on "build", which completed and not failed or cancelled'


def test_any_is_content_with_one():
    steps = flow(a={}, b={}, then=step(any_of("a", "b")))
    assert statuses(steps, {"a": [failed()]})["then"] == "completed"
    world = finished(steps, {"*": [failed()]})
    assert reason(world, "then") == 'it depends on "a", which failed, "b", which failed'


def test_any_still_waits_until_every_named_step_has_ended():
    world = World(job_of(flow(a={}, b={}, then=step(any_of("a", "b"))))).admit()
    world.claim("a")
    world.exit("a")
    assert world.statuses()["then"] == "pending"
    world.claim("b")
    world.exit("b", **failed())
    assert world.statuses()["then"] == "ready"


@pytest.mark.parametrize(
    ("broken", "runs"), [(set(), True), ({"a"}, True), ({"c"}, True), ({"a", "c"}, False), ({"b", "c"}, False)]
)
def test_all_and_any_nest(broken, runs):
    steps = flow(a={}, b={}, c={}, d={}, then=step(any_of(all_of("a", "b"), all_of("c", "d"))))
    outcomes = {name: [failed()] for name in broken}
    assert statuses(steps, outcomes)["then"] == ("completed" if runs else "skipped")


def test_all_asks_for_every_one():
    steps = flow(a={}, b={}, then=step(all_of("a", need("b", "failed"))))
    assert statuses(steps, {"b": [failed()]})["then"] == "completed"
    assert statuses(steps)["then"] == "skipped"


def test_a_dependency_skipped_by_its_own_condition_is_neutral():
    steps = flow(maybe=step(when="false"), build={}, ship={"maybe", "build"})
    assert statuses(steps) == {"maybe": "skipped", "build": "completed", "ship": "completed"}


def test_when_all_dependencies_were_skipped_it_is_skipped_too():
    steps = flow(a=step(when="false"), b=step(when="false"), ship={"a", "b"})
    world = finished(steps)
    assert world.statuses()["ship"] == "skipped"
    assert world.job.status is JobStatus.COMPLETED


def test_a_step_skipped_with_all_its_dependencies_is_neutral_too():
    steps = flow(a=step(when="false"), b={"a"}, build={}, ship={"b", "build"})
    assert statuses(steps)["ship"] == "completed"


def test_a_step_skipped_because_of_a_failure_is_a_refusal():
    steps = flow(build={}, test={"build"}, lint={}, ship={"test", "lint"})
    assert statuses(steps, FAILING)["ship"] == "skipped"


def test_a_neutral_branch_of_any_counts_as_not_there():
    steps = flow(a=step(when="false"), b={}, then=step(any_of("a", "b")))
    assert statuses(steps)["then"] == "completed"
    assert statuses(steps, {"b": [failed()]})["then"] == "skipped"


def test_continue_on_failure_runs_after_a_failed_dependency():
    steps = flow(build={}, tidy=step("build", continue_on_failure=True))
    world = finished(steps, FAILING)
    assert world.statuses()["tidy"] == "completed"
    assert world.job.status is JobStatus.FAILED


def test_continue_on_failure_changes_nothing_about_needs_that_list_their_ends():
    steps = flow(build={}, tidy=step(need("build", "completed"), continue_on_failure=True))
    assert statuses(steps, FAILING)["tidy"] == "skipped"


def test_continue_on_failure_does_not_run_after_a_skip():
    steps = flow(build={}, test={"build"}, tidy=step("test", continue_on_failure=True))
    assert statuses(steps, FAILING)["tidy"] == "skipped"


def test_the_failure_of_a_step_that_continues_on_failure_does_not_fail_the_job():
    world = finished(flow(build=step(continue_on_failure=True)), FAILING)
    assert world.statuses() == {"build": "failed"}
    assert world.job.status is JobStatus.COMPLETED


@pytest.mark.parametrize("falsy", ["false", "0", "none", "''", "[]", "{{ {} }}", "'null'", "'none'", "'false'", "'0'"])
def test_a_falsy_condition_skips(falsy):
    assert statuses(flow(build=step(when=falsy))) == {"build": "skipped"}


@pytest.mark.parametrize("truthy", ["true", "1", "'no'", "[0]", "{{ input.go }}", "input.go == 'yes'"])
def test_a_truthy_condition_runs(truthy):
    assert statuses(flow(build=step(when=truthy)), input={"go": "yes"}) == {"build": "completed"}


def test_a_condition_sees_the_outputs_of_finished_steps():
    steps = flow(say__hello={}, loud=step("say-hello", when="say_hello.output.n > 1"))
    assert statuses(steps, {"say-hello": [{"output": {"n": 2}}]})["loud"] == "completed"
    assert statuses(steps, {"say-hello": [{"output": {"n": 1}}]})["loud"] == "skipped"


def test_a_condition_is_not_looked_at_when_a_dependency_is_refused():
    steps = flow(build={}, test=step("build", when="nonsense.here"))
    assert statuses(steps, FAILING)["test"] == "skipped"


def test_an_error_in_a_condition_fails_the_step_for_good():
    steps = flow(build=step(when="nonsense.here", retry=Retry(max_attempts=5)), test={"build"})
    world = finished(steps)
    assert world.statuses() == {"build": "failed", "test": "skipped"}
    assert world.job.steps["build"].error_message.startswith("when: ")
    assert world.started == []


def test_a_condition_holds_no_secret():
    world = finished(flow(build=step(when="secret.TOKEN")))
    assert world.statuses() == {"build": "failed"}


def test_a_flow_without_steps_completes_at_once():
    world = finished({})
    assert (world.job.status, world.job.output) == (JobStatus.COMPLETED, None)


def test_a_flow_whose_every_step_is_skipped_completes():
    assert finished(flow(a=step(when="false"), b={"a"})).job.status is JobStatus.COMPLETED


# Retries.


def test_a_failed_attempt_waits_for_its_timer_and_runs_again():
    world = World(job_of(flow(build=step(retry=Retry(max_attempts=2, delay_s=30.0))))).admit()
    world.claim("build")
    world.now = 10.0
    world.exit("build", **failed())
    run = world.job.steps["build"]
    assert (run.status.value, run.due_at, run.error_message, run.exit_code) == ("pending", 40.0, "Exit code: 1", 1)
    world.run()
    assert (world.now, world.job.steps["build"].attempt) == (40.0, 2)


def test_max_attempts_counts_all_attempts():
    world = finished(flow(build=step(retry=Retry(max_attempts=3))), FAILING)
    assert (world.started, world.statuses()) == (["build"] * 3, {"build": "failed"})


def test_a_success_ends_the_retries():
    world = finished(flow(build=step(retry=Retry(max_attempts=5))), {"build": [failed(), failed(), {}]})
    assert (len(world.started), world.job.status) == (3, JobStatus.COMPLETED)
    assert world.job.steps["build"].error_message is None


def test_the_retry_of_a_step_wins_over_its_actions():
    action = Action("shell", retry=Retry(max_attempts=4))
    assert len(finished(flow(build=step(action=action)), FAILING).started) == 4
    assert len(finished(flow(build=step(action=action, retry=Retry(max_attempts=2))), FAILING).started) == 2


@pytest.mark.parametrize(
    ("retry", "delays"),
    [
        (Retry(4, 10.0), [10, 10, 10]),
        (Retry(4, 10.0, "linear"), [10, 20, 30]),
        (Retry(4, 10.0, "exponential"), [10, 20, 40]),
        (Retry(4, 10.0, "exponential", max_delay_s=15.0), [10, 15, 15]),
    ],
)
def test_delays_grow_as_the_backoff_says(retry, delays):
    world = finished(flow(build=step(retry=retry)), FAILING)
    due = [entry.details["due_at"] - entry.at for entry in world.history if entry.what == "step.retrying"]
    assert due == delays


def test_jitter_takes_off_up_to_half_of_the_delay():
    for chance, due in ((0.0, 10.0), (0.5, 7.5), (0.999, 5.005)):
        world = World(job_of(flow(build=step(retry=Retry(2, 10.0, jitter=True))))).admit()
        world.claim("build")
        world.exit("build", **failed(), chance=chance)
        assert world.job.steps["build"].due_at == pytest.approx(due)


def test_only_the_listed_exit_codes_are_tried_again():
    steps = flow(build=step(retry=Retry(3, on_exit_codes=(75,))))
    assert len(finished(steps, {"build": [failed(75)]}).started) == 3
    assert len(finished(steps, {"build": [failed(1)]}).started) == 1


def test_an_attempt_that_cannot_help_is_not_tried_again():
    steps = flow(build=step(retry=Retry(3)))
    assert len(finished(steps, {"build": [failed(may_retry=False)]}).started) == 1


# Suspended steps.


def sleeping(**fields):
    return Action("sleep", fields=fields)


def test_a_sleep_holds_no_slot_and_ends_by_its_timer():
    world = World(job_of(flow(nap=step(action=sleeping(duration="1m30s")), then={"nap"}), max_parallel_steps=1))
    world.admit()
    assert (world.statuses()["nap"], world.job.steps["nap"].due_at, world.job.busy_steps) == ("suspended", 90.0, 0)
    world.run()
    assert (world.now, world.statuses()) == (90.0, {"nap": "completed", "then": "completed"})


def test_a_sleep_may_last_until_a_moment_from_the_input():
    steps = flow(nap=step(action=sleeping(until="{{ input.when }}")))
    world = World(job_of(steps, input={"when": "1970-01-01T00:05:00Z"})).run()
    assert (world.now, world.statuses()) == (300.0, {"nap": "completed"})


@pytest.mark.parametrize("duration", ["soon", "{{ nonsense }}", True, None, [], "-3", "1h 2m"])
def test_a_sleep_that_cannot_be_read_fails(duration):
    assert statuses(flow(nap=step(action=sleeping(duration=duration)))) == {"nap": "failed"}


CHILD = Action("task", fields={"task": "other"})


def test_a_child_job_gives_its_step_its_output():
    world = finished(flow(call=step(action=CHILD)), children={"call": [{"output": {"n": 1}}]})
    run = world.job.steps["call"]
    assert (run.status.value, run.output, run.child_job_id) == ("completed", {"n": 1}, "child-of-call-1")
    assert world.job.output == {"call": {"n": 1}}


def test_a_failed_child_fails_its_step():
    gone = {"status": JobStatus.FAILED, "error": 'step "x" failed'}
    world = finished(flow(call=step(action=CHILD), then={"call"}), children={"call": [gone]})
    assert world.statuses() == {"call": "failed", "then": "skipped"}
    assert world.job.steps["call"].error_message == 'step "x" failed'


def test_a_failed_child_is_tried_again_as_another_job():
    steps = flow(call=step(action=CHILD, retry=Retry(2)))
    world = finished(steps, children={"call": [{"status": JobStatus.FAILED}, {}]})
    assert world.job.steps["call"].child_job_id == "child-of-call-2"
    assert world.job.status is JobStatus.COMPLETED


def test_a_child_that_a_person_cancelled_is_not_tried_again():
    steps = flow(call=step(action=CHILD, retry=Retry(5)))
    assert statuses(steps, None) == {"call": "completed"}
    world = finished(steps, children={"call": [{"status": JobStatus.CANCELLED}]})
    assert (world.statuses(), world.job.steps["call"].attempt) == ({"call": "failed"}, 1)


# Output, failure and history of the job.


def test_the_output_is_that_of_the_steps_nothing_depends_on():
    outcomes = {"build": [{"output": {"a": 1}}], "test": [{"output": {"b": 2}}], "lint": [{}]}
    assert finished(flow(build={}, test={"build"}, lint={}), outcomes).job.output == {"test": {"b": 2}}


def test_the_output_is_null_when_no_step_gave_one():
    assert finished(flow(build={})).job.output is None


def test_a_task_may_say_its_output():
    outcomes = {"build": [{"output": {"n": 3}}]}
    world = finished(flow(build={}), outcomes, output={"count": "{{ build.output.n }}"}, has_output=True)
    assert world.job.output == {"count": 3}


def test_an_output_that_cannot_be_rendered_fails_the_job():
    world = finished(flow(build={}), output="{{ build.output.n }}", has_output=True)
    assert world.job.status is JobStatus.FAILED
    assert world.job.error_message.startswith("output: ")


def test_a_failed_job_names_the_step_that_failed():
    assert finished(flow(build={}), FAILING).job.error_message == 'step "build" failed: Exit code: 1'


def test_a_failed_job_names_all_steps_that_failed_but_those_that_may():
    world = finished(flow(a={}, b={}, c=step(continue_on_failure=True)), {"*": [failed()]})
    assert world.job.error_message == 'steps "a", "b" failed; the first: Exit code: 1'


def test_every_move_is_in_the_history_with_who_made_it():
    world = finished(flow(build={}, nap=step("build", action=sleeping(duration=5))))
    told = [(entry.what, entry.step, entry.actor) for entry in world.history]
    assert told == [
        ("job.running", None, "engine"),
        ("step.ready", "build", "engine"),
        ("step.running", "build", "worker"),
        ("step.completed", "build", "worker"),
        ("step.suspended", "nap", "engine"),
        ("step.completed", "nap", "timer"),
        ("job.completed", None, "engine"),
    ]
