"""Loops: what ``for_each`` makes of a step."""

import pytest
from engine import World, failed, finished, flow, job_of, statuses, step

from gitflow.core.language.definition import Action, Retry
from gitflow.core.machine.loops import MAX_INSTANCES
from gitflow.core.status import JobStatus

THREE = ["a", "b", "c"]


def loop(**fields):
    return flow(each=step(**{"for_each": THREE, **fields}))


def outputs(**by_index):
    return {f"each[{index[1:]}]": [{"output": value}] for index, value in by_index.items()}


def test_each_item_is_an_instance_and_all_may_run_at_once():
    world = World(job_of(loop())).admit()
    assert world.statuses() == {"each": "running", "each[0]": "ready", "each[1]": "ready", "each[2]": "ready"}
    run = world.job.steps["each[1]"]
    assert (run.item, run.loop_index, run.loop_total, run.loop_of) == ("b", 1, 3, "each")
    assert world.job.busy_steps == 0


def test_an_expression_may_give_the_list():
    world = World(job_of(loop(for_each="{{ input.names }}"), input={"names": [{"n": 1}]})).admit()
    assert world.job.steps["each[0]"].item == {"n": 1}


def test_a_literal_list_may_hold_templates():
    world = World(job_of(loop(for_each=["{{ input.n }}", 2]), input={"n": 1})).admit()
    assert [world.job.steps[f"each[{index}]"].item for index in range(2)] == [1, 2]


def test_the_output_is_the_list_of_outputs_in_order_null_where_there_is_none():
    world = finished(loop(), outputs(i0={"n": 0}, i2={"n": 2}))
    assert world.job.steps["each"].output == [{"n": 0}, None, {"n": 2}]
    assert world.job.output == {"each": [{"n": 0}, None, {"n": 2}]}


def test_a_loop_whose_instances_gave_nothing_gives_the_job_nothing():
    assert finished(loop()).job.output is None


def test_an_empty_list_completes_with_an_empty_output():
    world = finished(flow(each=step(for_each=[]), then={"each"}))
    assert world.statuses() == {"each": "completed", "then": "completed"}
    assert world.job.steps["each"].output == []


@pytest.mark.parametrize("wrong", ["{{ input.n }}", "'text'", "{{ {} }}", "nonsense", "{{ none }}"])
def test_what_is_not_a_list_fails_the_step(wrong):
    world = finished(flow(each=step(for_each=wrong, retry=Retry(3)), then={"each"}), input={"n": 3})
    assert world.statuses() == {"each": "failed", "then": "skipped"}
    assert world.job.steps["each"].error_message.startswith("for_each: ")


def test_a_list_may_have_so_many_items_and_not_one_more():
    many = list(range(MAX_INSTANCES))
    assert len(World(job_of(loop(for_each=many))).admit().job.steps) == MAX_INSTANCES + 1
    world = finished(loop(for_each=[*many, 0]))
    assert world.job.steps["each"].error_message == ("for_each: the list has 10001 items; at most 10000 are allowed")


def test_a_false_condition_makes_no_instances():
    assert statuses(loop(when="false")) == {"each": "skipped"}


def test_a_failed_instance_fails_the_loop_once_the_others_have_ended():
    world = finished(flow(each=step(for_each=THREE), then={"each"}), {"each[1]": [failed()]})
    assert world.statuses() == {
        "each": "failed",
        "then": "skipped",
        "each[0]": "completed",
        "each[1]": "failed",
        "each[2]": "completed",
    }
    assert world.job.steps["each"].error_message == "1 of 3 instances failed: each[1]\nExit code: 1"


def test_a_failed_loop_keeps_the_outputs_it_has():
    world = finished(loop(), {**outputs(i0={"n": 0}), "each[1]": [failed()]})
    assert world.job.steps["each"].output == [{"n": 0}, None, None]


def test_a_sequential_loop_runs_one_after_the_other():
    world = World(job_of(loop(sequential=True))).admit()
    assert world.statuses() == {"each": "running", "each[0]": "ready", "each[1]": "pending", "each[2]": "pending"}
    world.run()
    assert (world.started, world.most_at_once) == (["each[0]", "each[1]", "each[2]"], 1)


def test_a_sequential_loop_stops_at_the_first_failure():
    world = finished(loop(sequential=True), {"each[1]": [failed()]})
    assert world.statuses() == {"each": "failed", "each[0]": "completed", "each[1]": "failed", "each[2]": "skipped"}
    assert world.job.steps["each[2]"].skip_reason == 'the loop is sequential, and "each[1]" failed'


def test_a_sequential_loop_that_continues_on_failure_runs_to_its_end():
    world = finished(loop(sequential=True, continue_on_failure=True), {"each[0]": [failed()]})
    assert world.statuses() == {"each": "failed", "each[0]": "failed", "each[1]": "completed", "each[2]": "completed"}
    assert world.job.status is JobStatus.COMPLETED


def test_no_more_instances_run_at_once_than_the_loop_allows():
    world = finished(loop(for_each=list(range(7)), max_parallel=3))
    assert (world.most_at_once, len(world.started), world.job.status) == (3, 7, JobStatus.COMPLETED)


def test_an_instance_that_waits_for_its_retry_keeps_its_place():
    world = World(job_of(loop(sequential=True, retry=Retry(2, 30.0)))).admit()
    world.claim("each[0]")
    world.exit("each[0]", **failed())
    assert world.statuses()["each[1]"] == "pending"
    world.run()
    assert world.started == ["each[0]", "each[1]", "each[2]"]
    assert world.job.steps["each[0]"].attempt == 2


def test_retries_are_counted_for_each_instance():
    world = finished(loop(retry=Retry(2)), {"each[0]": [failed(), {}], "each[2]": [failed(), {}]})
    assert [world.job.steps[f"each[{index}]"].attempt for index in range(3)] == [2, 1, 2]
    assert world.job.status is JobStatus.COMPLETED


def test_instances_may_sleep_one_after_the_other():
    nap = Action("sleep", fields={"duration": "{{ each.item }}"})
    world = finished(flow(each=step(action=nap, for_each=[5, 10], sequential=True)))
    assert (world.now, world.job.status) == (15.0, JobStatus.COMPLETED)


def test_instances_may_be_child_jobs():
    call = Action("task", fields={"task": "other"})
    steps = flow(each=step(action=call, for_each=THREE, max_parallel=2))
    world = finished(steps, children={f"each[{n}]": [{"output": n}] for n in range(3)})
    assert world.job.steps["each"].output == [0, 1, 2]


def test_an_instance_that_cannot_even_start_lets_the_others_go_on():
    nap = Action("sleep", fields={"duration": "{{ each.item }}"})
    steps = flow(each=step(action=nap, for_each=["soon", 10, "never"], max_parallel=1))
    assert statuses(steps) == {"each": "failed", "each[0]": "failed", "each[1]": "completed", "each[2]": "failed"}


def test_a_cancel_ends_the_loop_with_its_instances():
    world = World(job_of(loop(max_parallel=1))).admit()
    world.claim("each[0]")
    world.cancel()
    assert world.statuses() == {
        "each": "running",
        "each[0]": "running",
        "each[1]": "cancelled",
        "each[2]": "cancelled",
    }
    world.exit("each[0]", exit_code=None, killed=True)
    assert world.statuses()["each"] == "cancelled"
    assert world.job.status is JobStatus.CANCELLED
