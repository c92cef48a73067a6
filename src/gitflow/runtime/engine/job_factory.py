"""Makes all jobs: checks the input, plans the flow, and assigns the id."""

from __future__ import annotations

from gitflow.core.errors import Conflict, InvalidInput
from gitflow.core.jobs.job import Source
from gitflow.core.jobs.planning import new_job, plan_task
from gitflow.core.language.inputs import check_input
from gitflow.core.record import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from gitflow.core.jobs.job import Job
    from gitflow.core.language.definition import Task
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.values import JsonObject
    from gitflow.runtime.clock import Clock

#: The longest chain of triggers, child jobs and hooks.
MAX_DEPTH = 10


class JobFactory:
    def __init__(
        self,
        snapshot_of: Callable[[str, str], Snapshot],
        clock: Clock,
        new_id: Callable[[], str],
        traceparent: str | None = None,
    ) -> None:
        """``traceparent``: the trace that every job of this process belongs to."""
        self.snapshot_of = snapshot_of
        self._clock = clock
        self._new_id = new_id
        self._traceparent = traceparent

    def make(
        self,
        snapshot: Snapshot,
        task_name: str,
        given: Mapping[str, object],
        source: Source,
        *,
        from_text: bool = False,
        also_allowed: Collection[str] = (),
        labels: Mapping[str, str] | None = None,
        priority: int | None = None,
    ) -> Job:
        """Raises NotFound, or InvalidInput with every field that is wrong."""
        plan = plan_task(snapshot, task_name)
        values = self.checked(snapshot, plan.task, given, from_text=from_text, also_allowed=also_allowed)
        job = new_job(
            plan,
            id=self._new_id(),
            workspace=snapshot.workspace,
            revision=snapshot.revision,
            input=values,
            at=self._clock.now(),
            source=source,
            labels=labels,
            priority=priority,
        )
        if self._traceparent is not None or snapshot.commit is not None:
            job = replace(job, traceparent=self._traceparent, git_commit=snapshot.commit)
        if plan.task.concurrency is None:
            return job
        from gitflow.runtime.engine.concurrency import named

        return named(job)

    def make_under(self, parent: Job, task_name: str, given: Mapping[str, object], source: Source) -> Job:
        """A child or hook job, at its parent's revision. Raises Conflict if the chain is too deep.

        A job below a hook job keeps the hook's context: so the core knows that it runs no hooks itself.
        """
        if parent.depth + 1 > MAX_DEPTH:
            raise Conflict(f"job {parent.id} is at depth {parent.depth}; chains of jobs end at depth {MAX_DEPTH}")
        job = self.make(self.snapshot_of(parent.workspace, parent.revision), task_name, given, source)
        return replace(
            job,
            depth=parent.depth + 1,
            parent_job_id=parent.id,
            root_job_id=parent.root_job_id or parent.id,
            traceparent=parent.traceparent,
            git_commit=parent.git_commit,
            hook=parent.hook,
            also_requested_by=job.requested_also_by(parent.requesters),
            group=None,
        )

    def new_id(self) -> str:
        return self._new_id()

    @staticmethod
    def checked(
        snapshot: Snapshot,
        task: Task,
        given: Mapping[str, object],
        *,
        from_text: bool = False,
        also_allowed: Collection[str] = (),
    ) -> JsonObject:
        values, wrong = check_input(
            task.input,
            given,
            connections={name: connection.type for name, connection in snapshot.connections.items()},
            also_allowed=also_allowed,
            from_text=from_text,
        )
        if wrong:
            listed = "; ".join(f"{name}: {message}" for name, message in wrong)
            raise InvalidInput(f"the input of task {task.name!r} is wrong: {listed}", wrong)
        return values


def cause_of(job: Job) -> Source:
    return Source("task", job.id, job.source.actor)
