"""Statistics over jobs and steps, as each kind of store counts them."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitflow.core.jobs.job import StepRun, Steps
from gitflow.core.record import replace
from gitflow.core.status import JobStatus, StepStatus
from gitflow.stores.registry import open_stores


def ended(job_of, *steps, at, **fields):
    given = {"status": JobStatus.COMPLETED, "created_at": at, "started_at": at, "completed_at": at + 100.0, **fields}
    return job_of(steps=Steps.of({step.name: step for step in steps}), **given)


def run(name, at, took, waited=0.0, **fields):
    times = {"ready_at": at - waited, "started_at": at, "completed_at": at + took}
    return StepRun(name, **{"status": StepStatus.COMPLETED, **times, **fields})


def test_only_jobs_that_have_begun_and_ended_count_newest_first(stores, job_of):
    made = [ended(job_of, at=float(at), status=status) for at, status in enumerate(JobStatus)]
    never = ended(job_of, at=50.0, started_at=None, status=JobStatus.CANCELLED)
    for job in (*made, never):
        stores.jobs.create(job, [])
    found = stores.reports.ended_jobs("default", "hello")
    assert [job.id for job in found] == [job.id for job in made if job.status.ended][::-1]
    assert [job.created_at for job in stores.reports.ended_jobs("default", "hello", 5.0)] == [6.0, 5.0]
    assert stores.reports.ended_jobs("default", "other") == []


def test_a_step_waits_before_its_start_and_while_it_is_suspended_and_runs_while_its_child_does(stores, job_of):
    job = ended(
        job_of,
        run("build", 10.0, 3.0, waited=2.0),
        run("ask", 20.0, 5.0, suspended_at=20.0, waits_for="approval"),
        run("child", 30.0, 7.0, suspended_at=30.0, waits_for="child"),
        run("broken", 40.0, 9.0, status=StepStatus.FAILED),
        run("carried", 1.0, 9.0),
        at=5.0,
    )
    stores.jobs.create(job, [])
    found = {step.name: (step.run_half_s, step.wait_half_s) for step in stores.reports.step_times("default", "hello")}
    assert found == {"build": (3.0, 2.0), "ask": (0.0, 5.0), "child": (7.0, 0.0)}


def test_the_instances_of_a_loop_are_runs_of_its_step(stores, job_of):
    instances = [run(f"each[{n}]", 10.0, float(n + 1), loop_of="each", loop_index=n, loop_total=2) for n in range(2)]
    stores.jobs.create(ended(job_of, run("each", 10.0, 50.0, loop_total=2), *instances, at=5.0), [])
    [step] = stores.reports.step_times("default", "hello")
    assert (step.name, step.runs, step.run_half_s, step.run_most_s) == ("each", 2, 1.0, 2.0)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=60))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_at_least_that_part_of_the_runs_took_no_longer(job_of, tmp_path, times):
    with open_stores(str(tmp_path / "state"), "sqlite:///:memory:") as stores:
        for at, took in enumerate(times):
            stores.jobs.create(ended(job_of, run("a", at + 1.0, float(took)), at=float(at)), [])
        [step] = stores.reports.step_times("default", "hello")
    for part, value in ((50, step.run_half_s), (95, step.run_most_s)):
        assert value in times
        assert sum(took <= value for took in times) * 100 >= part * len(times)
        assert sum(took < value for took in times) * 100 < part * len(times)


def test_ends_of_jobs_are_totalled_by_task_and_state_and_stay_when_the_jobs_are_deleted(stores, job_of):
    def totals():
        found = stores.reports.task_totals()
        return {(total.task_name, total.status): (total.jobs, total.last_at) for total in found}

    going = job_of(status=JobStatus.RUNNING, created_at=1.0, started_at=1.0)
    stores.jobs.create(going, [])
    assert totals() == {}
    done = replace(going, status=JobStatus.COMPLETED, completed_at=9.0)
    stores.jobs.save(done, {}, [])
    stores.jobs.create(ended(job_of, at=2.0, completed_at=5.0), [])  # it ended before the other
    stores.jobs.create(ended(job_of, at=3.0, status=JobStatus.FAILED, completed_at=7.0), [])
    expected = {("hello", "completed"): (2, 9.0), ("hello", "failed"): (1, 7.0)}
    assert totals() == expected
    assert stores.jobs.delete([going.id]) == [going.id]
    assert totals() == expected
