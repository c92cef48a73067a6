"""Jobs of the store, of which a few stay loaded: a page asks several things of one job, and each needs its steps.

A job is kept with its version, which every save of it raises, so that what is kept is never older than the store.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gitflow.core.jobs.job import Job
    from gitflow.stores.protocols.jobs import PlanOf
    from gitflow.stores.registry import Stores

#: How many jobs are kept, and how many steps they have at most together. The last one is kept however many it has.
MAX_JOBS, MAX_STEPS = 8, 20_000


class LoadedJobs:
    """For several threads. Jobs with secrets are not kept: those are in memory only as long as they are needed."""

    def __init__(self, plan_of: PlanOf) -> None:
        self._plan_of = plan_of
        self._kept: dict[str, Job] = {}  #: the one that was used last is the last
        self._lock = threading.Lock()

    def load(self, stores: Stores, job_id: str) -> Job:
        """The current state of a job. Raises NotFound."""
        version = stores.jobs.state_of(job_id).version
        job = self._kept.get(job_id)
        if job is None or job.version != version:
            job = stores.jobs.load(job_id, self._plan_of)
        self._keep(job)
        return job

    def _keep(self, job: Job) -> None:
        with self._lock:
            self._kept.pop(job.id, None)
            if job.secrets or any(field.secret for field in job.plan.task.input.values()):
                return
            self._kept[job.id] = job
            while len(self._kept) > 1 and (len(self._kept) > MAX_JOBS or self._steps() > MAX_STEPS):
                del self._kept[next(iter(self._kept))]

    def _steps(self) -> int:
        return sum(len(job.steps) for job in self._kept.values())
