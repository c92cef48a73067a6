"""The folders of an attempt: its working copy, scratch, artifacts, and what upstream steps left it.

They lie under ``run/<job>/`` of the state directory and are removed when the attempt, or the job,
is over; only artifacts outlive it.
"""

from __future__ import annotations

import os

from gitflow.core.record import record
from gitflow.core.status import StepStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.job import Job
    from gitflow.stores.artifacts import ArtifactStore
    from gitflow.workspaces.checkouts import Checkout, Checkouts


@record
class LaidOut:
    workdir: str
    files: str
    workflows: str
    scratch: str
    artifacts: str
    needs: str


class Folders:
    def __init__(self, state_dir: str, checkouts: Checkouts, artifacts: ArtifactStore) -> None:
        self._root = os.path.join(state_dir, "run")
        self._checkouts = checkouts
        self._artifacts = artifacts
        self._made: set[str] = set()

    def lay_out(self, job: Job, name: str, attempt: int) -> LaidOut:
        """Raises OSError."""
        own = self._own(job.id, name, attempt)
        if job.id not in self._made:
            os.makedirs(os.path.dirname(own), mode=0o700, exist_ok=True)
            self._made.add(job.id)
        checkout = self._checkouts.at(job.workspace, job.revision)
        for folder in (own, f"{own}/scratch", f"{own}/artifacts", f"{own}/needs"):
            os.mkdir(folder, 0o700)
        self._lay_out_needs(job, name, f"{own}/needs")
        return LaidOut(
            workdir=self._working_copy(job, checkout, own),
            files=checkout.files,
            workflows=checkout.workflows,
            scratch=f"{own}/scratch",
            artifacts=f"{own}/artifacts",
            needs=f"{own}/needs",
        )

    def keep_artifacts(self, job: Job, name: str, attempt: int) -> None:
        """Inside the commit that says the step is completed. Raises OSError and StoreError."""
        folder = f"{self._own(job.id, name, attempt)}/artifacts"
        if os.path.isdir(folder) and os.listdir(folder):
            self._artifacts.keep(job.id, name, attempt, folder)

    def clear(self, job_id: str, name: str, attempt: int) -> None:
        self._remove(self._own(job_id, name, attempt))

    def clear_job(self, job_id: str) -> None:
        self._made.discard(job_id)
        self._remove(os.path.join(self._root, job_id))

    def _own(self, job_id: str, name: str, attempt: int) -> str:
        return os.path.join(self._root, job_id, f"{name}.{attempt}")

    def _working_copy(self, job: Job, checkout: Checkout, own: str) -> str:
        match job.plan.task.checkout:
            case "shared":
                return checkout.files
            case "job":
                return self._copied(checkout, os.path.join(self._root, job.id, ".work"))
            case "none":
                os.mkdir(f"{own}/work", 0o700)
                return f"{own}/work"
            case _:
                return self._copied(checkout, f"{own}/work")

    def _copied(self, checkout: Checkout, target: str) -> str:
        if not os.path.isdir(target):
            self._checkouts.working_copy(checkout, target)
        return target

    def _lay_out_needs(self, job: Job, name: str, target: str) -> None:
        written = job.steps[name].loop_of or name
        if not job.plan.graph.needs[written]:
            return
        upstream = [step for step in job.plan.graph.upstream(written) if _left_something(job, step)]
        self._artifacts.lay_out(job.id, upstream, target)

    def _remove(self, path: str) -> None:
        from gitflow.workspaces.checkouts import remove_tree

        remove_tree(path)


def _left_something(job: Job, step: str) -> bool:
    return job.steps[step].status is StepStatus.COMPLETED
