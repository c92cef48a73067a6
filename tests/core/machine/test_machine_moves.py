"""The tables: every row is made by some event, and every event keeps to them."""

import pytest
from engine import World, failed, flow, job_of, step

from gitflow.core.jobs.events import (
    JobExpired,
    JobPaused,
    JobRestarted,
    JobResumed,
    OwnerLost,
    StepDue,
    StepExited,
    StepForced,
    StepReset,
    StepSkipped,
    SubtreeReplayed,
)
from gitflow.core.jobs.job import Source
from gitflow.core.jobs.planning import retry_job
from gitflow.core.language.definition import Action, Retry
from gitflow.core.machine.moves import JOB_MOVES, MOVES, diagram
from gitflow.core.status import ENDED_JOB, ENDED_STEP, JobStatus, StepStatus

PENDING, READY, RUNNING = StepStatus.PENDING, StepStatus.READY, StepStatus.RUNNING
SUSPENDED, FAILED = StepStatus.SUSPENDED, StepStatus.FAILED
COMPLETED, SKIPPED, CANCELLED = StepStatus.COMPLETED, StepStatus.SKIPPED, StepStatus.CANCELLED

NAP = Action("sleep", fields={"duration": 5})
CALL = Action("task", fields={"task": "other"})


def pending(**fields):
    """``it`` waits for ``first``, which runs."""
    world = World(job_of(flow(first={}, it=step("first", **fields)))).admit()
    world.claim("first")
    return world


def ready(**fields):
    return World(job_of(flow(it=step(**fields)))).admit()


def running(**fields):
    world = ready(**fields)
    world.claim("it")
    return world


def paused_and_ready():
    world = pending(action=NAP)
    world.tell(JobPaused(0.0, "ada"))
    world.exit("first")
    return world


def beyond(*outcomes, **fields):
    """``first`` has completed; so many attempts at ``it`` came to this, and ``other`` runs on."""
    world = World(job_of(flow(first={}, it=step("first", **fields), other={}))).admit()
    for name in ("other", "first"):
        world.claim(name)
    world.exit("first")
    for outcome in outcomes:
        world.claim("it")
        world.exit("it", **outcome)
    return world


def skipped():
    world = World(job_of(flow(first={}, it={"first"}))).admit()
    world.claim("first")
    world.exit("first", **failed())
    return world


def cancelled():
    world = pending()
    world.cancel()
    world.exit("first", killed=True)
    return world


def looped(*outcomes, cancel=False):
    world = ready(for_each=list(outcomes))
    for index in range(len(outcomes)):
        world.claim(f"it[{index}]")
    if cancel:
        world.cancel()
    for index, outcome in enumerate(outcomes):
        world.exit(f"it[{index}]", **outcome)
    return world


def go(world):
    world.exit("first")


def tell(event):
    return lambda world: world.tell(event)


CANCEL = World.cancel
SKIP = tell(StepSkipped(0.0, "it", "ada"))
FORCE = tell(StepForced(0.0, "it", "ada"))
REPLAY = tell(SubtreeReplayed(0.0, "first", "ada"))
AGAIN = tell(StepReset(0.0, "first", "ada"))
ONE_AGAIN = tell(StepReset(0.0, "it[0]", "ada"))
BROKEN = StepExited(0.0, "it", 1, error="it cannot start")

#: How ``it`` comes to stand before the move, what makes the move, and how it stands then (not read off the table).
STORIES = {
    (PENDING, "unblocked"): (pending, go, READY),
    (PENDING, "suspended"): (lambda: pending(action=NAP), go, SUSPENDED),
    (READY, "suspended"): (paused_and_ready, tell(JobResumed(0.0, "ada")), SUSPENDED),
    (PENDING, "expanded"): (lambda: pending(for_each=[1]), go, RUNNING),
    (PENDING, "bypassed"): (pending, lambda world: world.exit("first", **failed()), SKIPPED),
    (PENDING, "completed"): (lambda: pending(for_each=[]), go, COMPLETED),
    (PENDING, "failed"): (lambda: pending(when="nonsense.here"), go, FAILED),
    (READY, "claimed"): (ready, lambda world: world.claim("it"), RUNNING),
    (READY, "failed"): (ready, tell(BROKEN), FAILED),
    (READY, "sent back"): (lambda: ready(retry=Retry(2)), tell(BROKEN), PENDING),
    (RUNNING, "completed"): (running, lambda world: world.exit("it"), COMPLETED),
    (RUNNING, "failed"): (running, lambda world: world.exit("it", **failed()), FAILED),
    (RUNNING, "sent back"): (lambda: running(retry=Retry(2)), lambda world: world.exit("it", **failed()), PENDING),
    (SUSPENDED, "completed"): (lambda: ready(action=NAP), tell(StepDue(5.0, "it", 1)), COMPLETED),
    (SUSPENDED, "failed"): (lambda: ready(action=CALL), tell(BROKEN), FAILED),
    (SUSPENDED, "sent back"): (lambda: ready(action=CALL, retry=Retry(2)), tell(BROKEN), PENDING),
    (PENDING, "cancelled"): (pending, CANCEL, CANCELLED),
    (READY, "cancelled"): (ready, CANCEL, CANCELLED),
    (RUNNING, "cancelled"): (running, lambda world: (world.cancel(), world.exit("it", killed=True)), CANCELLED),
    (SUSPENDED, "cancelled"): (lambda: ready(action=NAP), CANCEL, CANCELLED),
    (PENDING, "skipped"): (pending, SKIP, SKIPPED),
    (READY, "skipped"): (ready, SKIP, SKIPPED),
    (SUSPENDED, "skipped"): (lambda: ready(action=NAP), SKIP, SKIPPED),
    (PENDING, "forced"): (pending, FORCE, COMPLETED),
    (READY, "forced"): (ready, FORCE, COMPLETED),
    (SUSPENDED, "forced"): (lambda: ready(action=NAP), FORCE, COMPLETED),
    (FAILED, "forced"): (lambda: beyond(failed()), FORCE, COMPLETED),
    (PENDING, "reset"): (lambda: beyond(failed(), retry=Retry(2, 5.0)), AGAIN, PENDING),
    (READY, "reset"): (beyond, AGAIN, PENDING),
    (SUSPENDED, "reset"): (lambda: beyond(action=NAP), AGAIN, PENDING),
    (COMPLETED, "reset"): (lambda: beyond({}), REPLAY, PENDING),
    (FAILED, "reset"): (lambda: beyond(failed()), REPLAY, PENDING),
    (SKIPPED, "reset"): (skipped, AGAIN, PENDING),
    (CANCELLED, "reset"): (cancelled, AGAIN, PENDING),
    (COMPLETED, "reopened"): (lambda: looped({}, {}), ONE_AGAIN, RUNNING),
    (FAILED, "reopened"): (lambda: looped(failed(), {}), ONE_AGAIN, RUNNING),
    (CANCELLED, "reopened"): (lambda: looped({}, {"killed": True}, cancel=True), ONE_AGAIN, RUNNING),
}


@pytest.mark.parametrize("row", STORIES, ids=lambda row: f"{row[0].value}-{row[1]}")
def test_a_row_is_made_by_an_event(row):
    begin, move, after = STORIES[row]
    world = begin()
    assert world.job.steps["it"].status is row[0]
    move(world)
    assert world.job.steps["it"].status is after


def test_every_row_has_a_story():
    assert STORIES.keys() == MOVES.keys()


def a_job(**task):
    return World(job_of(flow(it={}), timeout_s=5.0, **task))


def a_running_job(**task):
    world = a_job(**task).admit()
    world.claim("it")
    return world


def a_paused_job():
    world = a_running_job()
    world.tell(JobPaused(0.0, "ada"))
    return world


EXPIRE, LOSE = tell(JobExpired(5.0)), tell(OwnerLost(1.0))


def killed(order):
    return lambda world: (order(world), world.exit("it", killed=True))


def an_ended_job(**outcome):
    world = a_running_job()
    world.exit("it", **outcome)
    return world


def a_retried_job():
    world = World(job_of(flow(it={}, other={}), timeout_s=5.0), {"other": [failed()]}).run()
    return World(retry_job(world.job, id="job-2", at=0.0, source=Source()))


def stopped(order):
    world = a_running_job()
    killed(order)(world)
    return world


RETRY = tell(StepReset(9.0, "it", "ada"))
RESTART = tell(JobRestarted(0.0, "ada"))

JOB_STORIES = {
    (JobStatus.PENDING, "admitted"): (a_job, World.admit, JobStatus.RUNNING),
    (JobStatus.PENDING, "failed"): (a_job, LOSE, JobStatus.FAILED),
    (JobStatus.PENDING, "cancelled"): (a_job, CANCEL, JobStatus.CANCELLED),
    (JobStatus.PENDING, "timed_out"): (a_job, EXPIRE, JobStatus.TIMED_OUT),
    (JobStatus.RUNNING, "paused"): (a_running_job, tell(JobPaused(0.0, "ada")), JobStatus.PAUSED),
    (JobStatus.PAUSED, "resumed"): (a_paused_job, tell(JobResumed(0.0, "ada")), JobStatus.RUNNING),
    **{
        (status, after.value): (begin, end, after)
        for status, begin in ((JobStatus.RUNNING, a_running_job), (JobStatus.PAUSED, a_paused_job))
        for after, end in (
            (JobStatus.COMPLETED, lambda world: world.exit("it")),
            (JobStatus.FAILED, lambda world: world.exit("it", **failed())),
            (JobStatus.CANCELLED, killed(CANCEL)),
            (JobStatus.TIMED_OUT, killed(EXPIRE)),
        )
    },
    (JobStatus.PENDING, "restarted"): (a_retried_job, RESTART, JobStatus.PENDING),
    (JobStatus.RUNNING, "restarted"): (a_running_job, killed(RESTART), JobStatus.RUNNING),
    (JobStatus.PAUSED, "restarted"): (a_paused_job, killed(RESTART), JobStatus.RUNNING),
    (JobStatus.COMPLETED, "reopened"): (an_ended_job, RETRY, JobStatus.RUNNING),
    (JobStatus.FAILED, "reopened"): (lambda: an_ended_job(**failed()), RETRY, JobStatus.RUNNING),
    (JobStatus.CANCELLED, "reopened"): (lambda: stopped(CANCEL), RETRY, JobStatus.RUNNING),
    (JobStatus.TIMED_OUT, "reopened"): (lambda: stopped(EXPIRE), RETRY, JobStatus.RUNNING),
}


@pytest.mark.parametrize("row", JOB_STORIES, ids=lambda row: f"{row[0].value}-{row[1]}")
def test_a_row_of_jobs_is_made_by_an_event(row):
    begin, move, after = JOB_STORIES[row]
    world = begin()
    assert world.job.status is row[0]
    move(world)
    assert world.job.status is after


def test_every_row_of_jobs_has_a_story():
    assert JOB_STORIES.keys() == JOB_MOVES.keys()


def test_what_has_ended_moves_only_when_it_is_reopened():
    assert {move for status, move in MOVES if status in ENDED_STEP} == {"reset", "reopened", "forced"}
    assert {move for status, move in JOB_MOVES if status in ENDED_JOB} == {"reopened"}


def test_the_diagram_names_every_state_and_every_move():
    drawn = diagram()
    assert drawn.count("```mermaid") == 2
    for (before, move), after in [*MOVES.items(), *JOB_MOVES.items()]:
        arrows = [line for line in drawn.splitlines() if line.startswith(f"    {before.value} --> {after.value}: ")]
        assert any(move in line.partition(": ")[2].split(", ") for line in arrows)
