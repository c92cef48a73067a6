"""Settles what dead processes left open: kills what they left running, then tells the core.

An owner is dead when the kernel has let go of its lock (stores/owners.py); a slow or stopped one
is never taken for dead.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.job import Job
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.folders import Folders
    from gitflow.stores.base import JobStore, PlanOf
    from gitflow.stores.owners import Owners

#: How long a process left behind has between TERM and KILL, in seconds.
LEFT_BEHIND_GRACE_S = 2.0


class Recovery:
    def __init__(self, store: JobStore, owners: Owners, plan_of: PlanOf, folders: Folders, clock: Clock) -> None:
        self._store = store
        self._owners = owners
        self._plan_of = plan_of
        self._folders = folders
        self._clock = clock

    def settle_the_dead(self, own_id: str | None) -> list[Job]:
        """Every job of every dead owner, settled: its running steps failed as interrupted."""
        others = [owner for owner in self._store.owners() if owner != own_id]
        return [job for owner in self._owners.take_dead(others) for job in self._settle_owner(owner)]

    def _settle_owner(self, owner_id: str) -> list[Job]:
        jobs = [self._store.load(job_id, self._plan_of) for job_id in self._store.open_jobs(owner_id)]
        _kill_left_behind(jobs)
        settled = [self._settled(job) for job in jobs]
        self._owners.settled(owner_id)
        return settled

    def _settled(self, job: Job) -> Job:
        """Starts nothing: hooks and retries of an interrupted job are for a person to decide."""
        from gitflow.core.events import OwnerLost
        from gitflow.core.machine import advance

        result = advance(job, OwnerLost(self._clock.now()))
        with self._store.transaction():
            self._store.save(result.job, result.changed, result.history)
        self._folders.clear_job(job.id)
        return result.job


def _kill_left_behind(jobs: list[Job]) -> None:
    tokens = {step.run_token for job in jobs for step in job.steps.values() if _may_run(step.run_token)}
    if tokens:
        from gitflow.actions.marks import kill_marked

        kill_marked({token for token in tokens if token}, LEFT_BEHIND_GRACE_S)


def _may_run(token: str | None) -> bool:
    return token is not None
