"""Concurrency groups of two servers on one store, against a small model: any order of what may happen."""

from __future__ import annotations

import tempfile
from concurrent.futures import Future
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import gitflow.app
from gitflow.core.errors import ConcurrencyLimit, Conflict
from gitflow.core.jobs.events import EventReceived, JobPaused, JobResumed, StepReset
from gitflow.core.jobs.job import Source
from gitflow.core.status import JobStatus
from gitflow.runtime.clock import Clock
from gitflow.runtime.engine.mailbox import CommitQueue
from gitflow.workspaces.folder import FolderWorkspace
from house import House, LeapingClock, cancel

RULES = ("queue", "queue", "skip", "cancel_running")
WHICH = st.integers(0, 20)


class Groups(RuleBasedStateMachine):
    """The model keeps who runs and who waits; every commit is counted as it is made."""

    @initialize(limit=st.integers(1, 2))
    def begin(self, limit: int) -> None:
        gitflow.app.Clock = LeapingClock
        self.folder = tempfile.TemporaryDirectory()
        self.house = House(Path(self.folder.name))
        tasks = "".join(
            f"  {name}:\n    concurrency: {{group: g, limit: {limit}, on_limit: {name}}}\n"
            "    flow: {w: {type: wait, event: go, timeout: 30d}}\n"
            for name in dict.fromkeys(RULES)
        )
        self.house.write("tasks:\n" + tasks)
        self.workspace = FolderWorkspace(str(self.house.folder), cache_dir=self.house.environ["GITFLOW_CACHE"])
        self.revision = self.workspace.resolve()
        self.limit, self.most, self.events = limit, 0, 0
        self.running: list[str] = []
        self.waiting: list[tuple[int, int, str]] = []
        self.ended: list[tuple[str, int, str]] = []
        self.about: dict[str, tuple[int, str]] = {}
        self.servers = [self.open(), self.open()]

    def open(self):
        context = self.house.serve()
        app = context.__enter__()
        jobs = app.opened.stores.jobs
        before = jobs._before_commit

        def count() -> None:
            query = "SELECT count(*) FROM job WHERE group_name = 'g' AND status IN ('running', 'paused')"
            self.most = max(self.most, jobs._driver.connection.execute(query).fetchone()[0])
            before()

        jobs._before_commit = count
        return app, context

    def settle(self) -> None:
        """Until nobody has anything to do any more."""
        for _ in range(3):
            for app, _ in self.servers:
                app.opened.clock.leapt += 1.0
                app.engine._forwarded.poll_if_due()
                app.orchestrator.recover()
                app.orchestrator.poll()
                app.engine.settle()

    def owner(self, job_id: str):
        return next(app for app, _ in self.servers if app.orchestrator.job(job_id) is not None)

    def leave(self, job_id: str) -> None:
        """In the model, the job ends; who waits longest with the highest priority takes its place."""
        self.ended.append((job_id, *self.about[job_id]))
        if job_id in self.running:
            self.running.remove(job_id)
        self.waiting = [one for one in self.waiting if one[2] != job_id]
        while self.waiting and len(self.running) < self.limit:
            self.running.append(self.waiting.pop(0)[2])

    def enter(self, job_id: str, priority: int, on_limit: str) -> bool:
        """In the model, the job comes; whether it may be."""
        if len(self.running) >= self.limit and on_limit == "skip":
            return False
        self.about[job_id] = (priority, on_limit)
        if len(self.running) < self.limit:
            self.running.append(job_id)
        elif on_limit == "queue":
            self.waiting = sorted([*self.waiting, (-priority, len(self.about), job_id)])
        else:
            gone = [*self.running, *(one[2] for one in self.waiting)]
            self.ended += [(one, *self.about[one]) for one in gone]
            self.waiting, self.running = [], [job_id]
        return True

    def create(self, app, job, priority: int, on_limit: str) -> None:
        commit_queue = CommitQueue(app.orchestrator, app.engine.runner.wake)
        made: Future[str] = commit_queue.submit(lambda transaction: app.operations.create(transaction, job))
        app.engine.settle()
        may_be = self.enter(job.id, priority, on_limit)
        assert may_be is not isinstance(made.exception(0), ConcurrencyLimit), made.exception(0)
        assert isinstance(made.exception(0), ConcurrencyLimit | None)
        self.settle()

    @rule(server=st.integers(0, 1), priority=st.integers(0, 2), on_limit=st.sampled_from(RULES))
    def arrive(self, server: int, priority: int, on_limit: str) -> None:
        app = self.servers[server][0]
        source = Source("user", None, "ada")
        prepared = app.operations.prepare(self.workspace, self.revision, on_limit, {}, source, priority=priority)
        self.create(app, prepared, priority, on_limit)

    @rule(server=st.integers(0, 1), which=WHICH)
    def retry(self, server: int, which: int) -> None:
        cancelled = [one for one in self.ended if self.status(one[0]) is JobStatus.CANCELLED]
        if cancelled:
            job_id, priority, on_limit = cancelled[which % len(cancelled)]
            app = self.servers[server][0]
            self.create(app, app.operations.prepare_retry(app.opened.job(job_id), "ada"), priority, on_limit)

    @rule(which=WHICH)
    def end(self, which: int) -> None:
        running = [one for one in self.running if self.status(one) is JobStatus.RUNNING]
        if running:
            job_id = running[which % len(running)]
            app = self.owner(job_id)
            self.events += 1
            app.orchestrator.post_event(job_id, EventReceived(app.opened.clock.now(), str(self.events), "go"))
            app.engine.settle()
            self.leave(job_id)
            self.settle()

    @rule(which=WHICH)
    def withdraw(self, which: int) -> None:
        known = [*self.running, *(one[2] for one in self.waiting)]
        if known:
            job_id = known[which % len(known)]
            app = self.owner(job_id)
            cancel(app, job_id)
            app.engine.settle()
            self.leave(job_id)
            self.settle()

    @rule(which=WHICH, kind=st.sampled_from([JobPaused, JobResumed]))
    def pause_or_resume(self, which: int, kind: type) -> None:
        if self.running:
            job_id = self.running[which % len(self.running)]
            app = self.owner(job_id)
            app.orchestrator.post_event(job_id, kind(app.opened.clock.now(), "ada"))
            app.engine.settle()
            self.settle()

    @rule(server=st.integers(0, 1), which=WHICH)
    def open_again(self, server: int, which: int) -> None:
        if self.ended:
            job_id = self.ended[which % len(self.ended)][0]
            app = self.servers[server][0]
            commit_queue = CommitQueue(app.orchestrator, app.engine.runner.wake)
            event = StepReset(app.opened.clock.now(), "w", "ada")
            began = self.status(job_id) is not JobStatus.PENDING
            done = commit_queue.submit(lambda transaction: app.orchestrator.apply(transaction, job_id, event))
            app.engine.settle()
            assert began
            assert isinstance(done.exception(0), Conflict) is (len(self.running) >= self.limit), done.exception(0)
            if done.exception(0) is None:
                self.running.append(job_id)
                self.ended = [one for one in self.ended if one[0] != job_id]
            self.settle()

    @rule(server=st.integers(0, 1))
    def crash(self, server: int) -> None:
        """Nothing is told and nothing is stored any more; the other server goes on, or the next one."""
        _, context = self.servers[server]
        context.__exit__(None, None, None)
        self.servers[server] = self.open()
        self.settle()

    def status(self, job_id: str) -> JobStatus:
        return self.servers[0][0].opened.stores.jobs.state_of(job_id).status

    @invariant()
    def it_is_what_the_model_says(self) -> None:
        for job_id in self.running:
            assert self.status(job_id) in (JobStatus.RUNNING, JobStatus.PAUSED)
        for *_, job_id in self.waiting:
            assert self.status(job_id) is JobStatus.PENDING
        for job_id, *_ in self.ended:
            assert self.status(job_id).ended

    @invariant()
    def the_limit_held_at_every_commit(self) -> None:
        assert self.most <= self.limit

    @invariant()
    def every_open_job_has_one_owner(self) -> None:
        owned = [job_id for app, _ in self.servers for job_id in app.orchestrator.open_ids()]
        assert sorted(owned) == sorted([*self.running, *(one[2] for one in self.waiting)])

    def teardown(self) -> None:
        for _, context in getattr(self, "servers", ()):
            context.__exit__(None, None, None)
        gitflow.app.Clock = Clock
        if hasattr(self, "folder"):
            self.folder.cleanup()


Groups.TestCase.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
TestGroups = Groups.TestCase
