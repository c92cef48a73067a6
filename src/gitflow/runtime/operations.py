"""What a person can ask of a job; every face calls the same operation."""

from __future__ import annotations

from functools import partial

from gitflow.core.errors import Conflict
from gitflow.core.job import Source
from gitflow.core.planning import plan_task, retry_job
from gitflow.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.job import Job
    from gitflow.core.snapshot import Snapshot
    from gitflow.core.sources import Revision
    from gitflow.core.values import JsonObject
    from gitflow.runtime.orchestrator import Orchestrator
    from gitflow.runtime.snapshots import Snapshots
    from gitflow.stores.base import JobStore
    from gitflow.workspaces.base import Workspace
    from gitflow.workspaces.checkouts import Checkouts


@record
class Retry:
    """How a job is tried again."""

    from_start: bool = False
    from_step: str | None = None
    latest: Workspace | None = None  #: by its definition as it is now in this workspace


CARRY_OVER = Retry()


class Operations:
    def __init__(self, office: Orchestrator, snapshots: Snapshots, store: JobStore, checkouts: Checkouts) -> None:
        self._office = office
        self._snapshots = snapshots
        self._store = store
        self._checkouts = checkouts

    def execute(
        self,
        workspace: Workspace,
        revision: Revision,
        task_name: str,
        given: JsonObject,
        source: Source,
        *,
        from_text: bool = False,
    ) -> Job:
        """Creates a job; it starts with the next commit. Raises NotFound, InvalidInput and RevisionRefused."""
        snapshot: Snapshot = self._snapshots.load(workspace, revision)
        job = self._office.maker.make(snapshot, task_name, given, source, from_text=from_text)
        self._checkouts.ensure(workspace, revision)  # whatever the job needs is copied before the job exists
        workspace.keep(revision)
        self._office.bring(job, lambda: self._snapshots.keep(snapshot.workspace, snapshot.revision))
        return job

    def retry(self, job_id: str, actor: str, how: Retry = CARRY_OVER) -> Job:
        """A new job that carries over what was completed and runs the rest.

        Raises Conflict and NotFound; with the newest revision also what ``execute`` raises.
        """
        before = self._store.load(job_id, self._snapshots.plan_of)
        newest = self._newest(before, how.latest) if how.latest is not None else None
        plan = plan_task(newest, before.task_name) if newest else None
        job = retry_job(
            before,
            id=self._office.maker.new_id(),
            at=self._office.clock.now(),
            source=Source(before.source.type, before.source.id, actor),
            from_start=how.from_start,
            from_step=how.from_step,
            plan=plan,
            revision=newest and newest.revision,
            input=self._office.maker.checked(newest, plan.task, before.input) if newest and plan else None,
        )
        keep = partial(self._snapshots.keep, newest.workspace, newest.revision) if newest else None
        self._office.bring(job, keep, carried_from=before.id)
        return job

    def _newest(self, before: Job, workspace: Workspace) -> Snapshot:
        if workspace.identity != before.workspace:
            raise Conflict(
                f"job {before.id} is of workspace {before.workspace!r}, and this is {workspace.identity!r}; "
                "name its workspace with -w"
            )
        revision = workspace.resolve()
        snapshot = self._snapshots.load(workspace, revision)
        self._checkouts.ensure(workspace, revision)
        workspace.keep(revision)
        return snapshot
