"""Worker slots, ``max_parallel_steps``, ``max_parallel`` and priorities, in any order of what may happen.

Steps start and end as they are told to here: no process is started.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import gitflow.app
from gitflow.core.jobs.events import JobPaused, JobResumed
from gitflow.core.jobs.job import Source
from gitflow.core.status import JobStatus, StepStatus
from gitflow.runners.base import Finished, Outcome
from gitflow.runtime.clock import Clock
from gitflow.workspaces.folder import FolderWorkspace
from house import House, LeapingClock, cancel

TASKS = """
tasks:
  wide:
    max_parallel_steps: 2
    flow: {a: {type: shell, cmd: x}, b: {type: shell, cmd: x}, c: {type: shell, cmd: x, depends_on: [a]}, d: {type: shell, cmd: x}}
  loop:
    flow:
      l: {type: shell, for_each: [1, 2, 3, 4, 5], max_parallel: 2, cmd: x, continue_on_failure: true}
  both:
    max_parallel_steps: 3
    retry: {max_attempts: 2}
    flow:
      l: {type: shell, for_each: [1, 2, 3, 4], max_parallel: 2, cmd: x, retry: {max_attempts: 2}}
      m: {type: shell, for_each: [1, 2, 3], sequential: true, cmd: x}
      n: {type: shell, cmd: x}
"""  # noqa: E501

MAX_STEPS = {"wide": 2, "loop": None, "both": 3}
MAX_INSTANCES = {"loop": {"l": 2}, "both": {"l": 2, "m": 1}, "wide": {}}
WHICH = st.integers(0, 30)


class Limits(RuleBasedStateMachine):
    @initialize(slots=st.integers(1, 5))
    def begin(self, slots: int) -> None:
        gitflow.app.Clock = LeapingClock
        self.folder = tempfile.TemporaryDirectory()
        self.house = House(Path(self.folder.name))
        self.house.slots = self.slots = slots
        self.house.write(TASKS)
        self.workspace = FolderWorkspace(str(self.house.folder), cache_dir=self.house.environ["GITFLOW_CACHE"])
        self.context = self.house.open()
        self.app = self.context.__enter__()
        self.running: dict[tuple[str, str, int], None] = {}
        self.began: list[str] = []  #: jobs in the order in which they came
        self.killed: list[tuple[str, str, int]] = []
        self.app.engine.runner.start = lambda context: self.started(context)
        self.app.engine.runner.stop = lambda key, grace_s: self.killed.append(key)

    def started(self, context) -> None:
        key = (context.job_id, context.step, context.attempt)
        assert key not in self.running
        self.running[key] = None
        assert len(self.running) <= self.slots

    def turn(self) -> None:
        self.app.engine.settle()

    @rule(task=st.sampled_from(sorted(MAX_STEPS)), priority=st.integers(0, 2))
    def arrive(self, task: str, priority: int) -> None:
        source, revision = Source("user", None, "ada"), self.workspace.resolve()
        self.app.operations.execute(self.workspace, revision, task, {}, source, priority=priority)
        self.turn()

    @rule(which=WHICH, code=st.sampled_from([0, 0, 1]), together=st.integers(1, 3))
    def end(self, which: int, code: int, together: int) -> None:
        """Several steps may end in one commit."""
        for _ in range(together):
            if self.running:
                key = list(self.running)[which % len(self.running)]
                del self.running[key]
                outcome = Outcome(code, error="failed" if code else None, killed=key in self.killed)
                self.app.worker.report(Finished(key, outcome))
        self.turn()

    @rule(which=WHICH, kind=st.sampled_from([JobPaused, JobResumed]))
    def pause_or_resume(self, which: int, kind: type) -> None:
        if ids := self.app.orchestrator.open_ids():
            self.app.orchestrator.post_event(ids[which % len(ids)], kind(self.app.opened.clock.now(), "ada"))
            self.turn()

    @rule(which=WHICH)
    def withdraw(self, which: int) -> None:
        if ids := self.app.orchestrator.open_ids():
            cancel(self.app, ids[which % len(ids)])
            self.turn()

    @rule()
    def time_passes(self) -> None:
        self.app.opened.clock.leapt += 5.0
        self.app.orchestrator.timers.fire(self.app.opened.clock.now())
        self.turn()

    @invariant()
    def every_limit_holds(self) -> None:
        jobs = [self.app.orchestrator.job(job_id) for job_id in self.app.orchestrator.open_ids()]
        for job in jobs:
            busy = [run for run in job.steps.values() if run.status is StepStatus.RUNNING and not run.is_loop]
            limit = MAX_STEPS[job.task_name]
            assert len(busy) == job.busy_steps == len([key for key in self.running if key[0] == job.id])
            assert limit is None or len(busy) <= limit
            for loop, most in MAX_INSTANCES[job.task_name].items():
                begun = [run for run in job.steps.values() if run.loop_of == loop and not run.status.ended]
                assert len([run for run in begun if run.status is not StepStatus.PENDING or run.due_at]) <= most
        assert len(self.running) <= self.slots

    @invariant()
    def no_slot_is_left_free_that_somebody_could_use(self) -> None:
        if len(self.running) < self.slots:
            assert not [job.id for job in self.open_jobs() if self.could_start(job)]

    @invariant()
    def nobody_who_could_start_is_passed_by_one_of_lower_priority(self) -> None:
        """What started since the last look had the highest priority of all that could."""
        new = [key for key in self.running if key not in self.seen_running]
        waiting = [job.priority for job in self.open_jobs() if self.could_start(job)]
        for job_id, *_ in new:
            job = self.app.orchestrator.job(job_id)
            assert job is None or not waiting or max(waiting) <= job.priority
        self.seen_running = set(self.running)

    seen_running: set[tuple[str, str, int]] = set()  # noqa: RUF012

    def open_jobs(self):
        return [self.app.orchestrator.job(job_id) for job_id in self.app.orchestrator.open_ids()]

    def could_start(self, job) -> bool:
        if job.status is not JobStatus.RUNNING or job.cancelling:
            return False
        limit = MAX_STEPS[job.task_name]
        has_room = limit is None or job.busy_steps < limit
        return has_room and any(run.status is StepStatus.READY for run in job.steps.values())

    def teardown(self) -> None:
        if hasattr(self, "context"):
            self.context.__exit__(None, None, None)
            self.folder.cleanup()
        gitflow.app.Clock = Clock


Limits.TestCase.settings = settings(max_examples=10, stateful_step_count=30, deadline=None)
TestLimits = Limits.TestCase


def test_within_a_priority_who_came_first_goes_first(house, tmp_path):
    """One slot: each step leaves its line when it runs."""
    house.slots = 1
    house.write(
        "tasks:\n"
        + "".join(
            f"  t{n}:\n    priority: {priority}\n    flow:\n"
            f"      s: {{type: shell, cmd: 'echo t{n} >> {tmp_path}/log'}}\n"
            for n, priority in enumerate((0, 3, 0, 3))
        )
    )
    with house.open() as app:
        for n in range(4):
            house.execute(app, f"t{n}")
        house.finish(app)
    assert (tmp_path / "log").read_text().split() == ["t1", "t3", "t0", "t2"]
