"""Runs one test: creates its job, moves the clock to the next due time again and again, and checks the result."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gitflow.core.errors import GitflowError
from gitflow.core.jobs.job import Source
from gitflow.core.machine.explain import why
from gitflow.core.record import Record
from gitflow.core.status import StepStatus
from gitflow.runtime.testing.bench import open_bench
from gitflow.runtime.testing.course import Course
from gitflow.runtime.testing.coverage import reached_by
from gitflow.runtime.testing.expectations import Failure, failures_of
from gitflow.runtime.testing.interrupts import Interrupts
from gitflow.runtime.testing.people import REQUESTER, People

if TYPE_CHECKING:
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.language.sources import Revision
    from gitflow.core.problems import Place
    from gitflow.definitions.test_files.case import Case
    from gitflow.runtime.testing.bench import Bench
    from gitflow.runtime.testing.coverage import Part
    from gitflow.workspaces.base import Workspace


class Definitions(Record):
    """Of one revision."""

    workspace: Workspace
    revision: Revision
    snapshot: Snapshot


class Result(Record):
    """The result of a test, in plain values, so that it can come from another process."""

    file: str
    name: str
    where: Place
    failures: tuple[Failure, ...] = ()
    virtual_s: float = 0.0  #: how long the job and its hooks took, by the virtual clock
    real_s: float = 0.0
    reached: frozenset[Part] = frozenset()  #: which parts of the definitions the test has run

    @property
    def has_passed(self) -> bool:
        return not self.failures


def run_case(case: Case, definitions: Definitions, state_dir: str) -> Result:
    """Never raises for what the author of the test or of the task wrote. ``state_dir`` is for real steps alone."""
    began = time.monotonic()
    try:
        with open_bench(case, definitions.snapshot, state_dir) as bench:
            course = _run(case, bench, definitions)
            failures = (*_faults(case, bench), *failures_of(case, course))
            virtual_s = bench.clock.now() - case.now
            reached = reached_by(course.jobs.values(), course.history)
    except GitflowError as refused:
        failure = Failure(case.where, "the job cannot be made", hint=str(refused))
        return Result(case.file, case.name, case.where, (failure,), 0.0, time.monotonic() - began)
    took_s = time.monotonic() - began
    return Result(case.file, case.name, case.where, failures, virtual_s, took_s, reached)


def _run(case: Case, bench: Bench, definitions: Definitions) -> Course:
    orchestrator = bench.orchestrator
    job = orchestrator.job_factory.make(bench.snapshot, case.task, case.input, Source("user", None, REQUESTER))
    if case.real:
        bench.checkouts.ensure(definitions.workspace, definitions.revision)
    course = Course(job, [line.step for line in case.expect.logs])
    people = People(case, course, bench.operations, bench.faults)
    orchestrator.observers.append(course.on_moved)
    bench.log_writer.listeners.append(course.on_chunk)
    orchestrator.enqueue_job(job)
    people.begin()
    if not case.real:
        bench.engine.run(lambda: _is_over(bench, course))
        return course
    with Interrupts(bench.engine.runner.wake) as interrupts:
        bench.engine.run(lambda: interrupts.check() or _is_over(bench, course))
    return course


def _is_over(bench: Bench, course: Course) -> bool:
    """Called by the engine before it would wait: moves the clock, so that it has nothing to wait for."""
    if bench.orchestrator.is_idle:
        return True
    if bench.is_working_for_real:
        bench.clock.follow()
        return False
    bench.clock.halt()
    if bench.orchestrator.has_work():
        return False
    due = bench.timers.next_due()
    if due is None:
        _note_stuck(bench, course)
        return True
    bench.clock.move_to(due)
    return False


def _note_stuck(bench: Bench, course: Course) -> None:
    """Reports that the open jobs can never continue: the test lacks a decision or an event."""
    for job in course.jobs.values():
        for run in job.steps.values():
            awaited = job.plan.actions[run.loop_of or run.name].type
            if run.status is StepStatus.SUSPENDED and awaited in _REMEDIES:
                message = f'step "{run.name}" of task "{job.task_name}" waits for ever: {why(job, run)}'
                bench.faults.add((message, _REMEDIES[awaited].format(run.name)))
    if not any(True for _ in bench.faults):
        bench.faults.add(("the job waits for ever, and nothing is due", ""))


#: By the type of an action that waits for somebody: what the test has to say.
_REMEDIES = {
    "approval": "decide it: `approvals: {{{}: {{approved: true}}}}`",
    "wait": "send the event: `events: [{{type: …}}]`, with `after` where a step must have ended before",
}


def _faults(case: Case, bench: Bench) -> tuple[Failure, ...]:
    return tuple(Failure(case.where, message, hint=hint) for message, hint in bench.faults)
