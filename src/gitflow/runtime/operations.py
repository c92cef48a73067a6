"""What a person can ask of a job; every face calls the same operation."""

from __future__ import annotations

from gitflow.core.job import Source
from gitflow.core.planning import retry_job

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

    def retry(self, job_id: str, actor: str) -> Job:
        """A new job that carries over what was completed and runs the rest. Raises Conflict and NotFound."""
        before = self._store.load(job_id, self._snapshots.plan_of)
        source = Source(before.source.type, before.source.id, actor)
        job = retry_job(before, id=self._office.maker.new_id(), at=self._office.clock.now(), source=source)
        self._office.bring(job, carried_from=before.id)
        return job
