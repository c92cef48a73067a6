"""What holds of every job at every instant, whatever happened to it: each law takes the job alone."""

from engine import counters, recount

from gitflow.core.jobs.effects import CancelChild, KillStep, RunHooks
from gitflow.core.machine.explain import explain
from gitflow.core.machine.machine import outstanding, waiting_on
from gitflow.core.status import JobStatus, StepStatus

GOES_ON = (JobStatus.RUNNING, JobStatus.PAUSED)
HOLDS_A_PLACE = (StepStatus.READY, StepStatus.RUNNING, StepStatus.SUSPENDED)


def counters_equal_a_count_from_scratch(job):
    assert counters(job) == recount(job)


def a_job_is_never_stuck(job):
    if job.status in GOES_ON:
        movers = [run for run in job.steps.values() if waiting_on(job, run) not in ("dependencies", "slot")]
        assert any(not run.status.ended and not run.is_loop for run in movers) or job.busy_steps > 0


def a_skip_has_a_cause(job):
    for run in job.steps.values():
        if run.status is StepStatus.SKIPPED:
            assert run.skip_reason
            assert run.skipped_by in ("when", "need", "person")


def a_failure_says_why(job):
    assert all(run.error_message for run in job.steps.values() if run.status is StepStatus.FAILED)


def only_loops_run_without_a_worker(job):
    for run in job.steps.values():
        if run.status is StepStatus.RUNNING:
            assert run.is_loop or run.worker_id


def every_step_is_explained(job):
    assert all(explain(job).values())


def limits_hold(job):
    limit = job.plan.task.max_parallel_steps
    assert limit is None or job.busy_steps <= limit
    for loop in [run for run in job.steps.values() if run.is_loop]:
        step = job.plan.task.flow[loop.name]
        most = 1 if step.sequential else step.max_parallel or 10_000
        instances = [run for run in job.steps.values() if run.loop_of == loop.name]
        assert sum(run.status in HOLDS_A_PLACE for run in instances) <= most


def an_ended_job_has_no_open_step_and_says_how_it_ended(job):
    if job.ended:
        assert all(run.status.ended for run in job.steps.values())
        assert job.completed_at is not None
        assert job.status is JobStatus.COMPLETED or job.error_message
        assert not any(isinstance(effect, RunHooks) and effect.step for effect in outstanding(job))


def a_job_that_is_being_cancelled_waits_only_for_what_it_ends(job):
    if job.cancelling:
        open_runs = [run for run in job.steps.values() if not run.status.ended and not run.is_loop]
        ending = {effect.step for effect in outstanding(job) if isinstance(effect, KillStep | CancelChild)}
        assert ending == {run.name for run in open_runs}


def nothing_waits_for_what_has_ended(job):
    if job.status in GOES_ON and not job.cancelling:
        for name in job.plan.task.flow:
            run = job.steps[name]
            assert run.status is not StepStatus.PENDING or run.open_needs or run.due_at is not None


def what_has_not_begun_waits_for_nothing_that_runs(job):
    for name, run in job.steps.items():
        if run.status in (StepStatus.READY, StepStatus.SUSPENDED) and run.loop_of is None:
            assert all(job.steps[need].status.ended for need in job.plan.graph.needs[name])


def timers_belong_to_steps_that_wait(job):
    for run in job.steps.values():
        if run.due_at is not None:
            assert run.status in (StepStatus.PENDING, StepStatus.SUSPENDED)


def every_state_shows_how_it_came_about(job):
    for run in job.steps.values():
        if run.status is StepStatus.READY:
            assert run.ready_at is not None
            assert not job.plan.actions[run.loop_of or run.name].suspends or job.status is JobStatus.PAUSED
        elif run.status is StepStatus.SUSPENDED:
            assert run.suspended_at is not None
            assert job.plan.actions[run.loop_of or run.name].suspends
        elif run.status is StepStatus.RUNNING:
            assert run.started_at is not None
        elif run.status.ended:
            assert run.completed_at is not None


LAWS = (
    counters_equal_a_count_from_scratch,
    a_job_is_never_stuck,
    a_skip_has_a_cause,
    a_failure_says_why,
    only_loops_run_without_a_worker,
    every_step_is_explained,
    limits_hold,
    an_ended_job_has_no_open_step_and_says_how_it_ended,
    a_job_that_is_being_cancelled_waits_only_for_what_it_ends,
    nothing_waits_for_what_has_ended,
    what_has_not_begun_waits_for_nothing_that_runs,
    timers_belong_to_steps_that_wait,
    every_state_shows_how_it_came_about,
)
