"""The folders of an attempt: its working copy, scratch, artifacts, and the artifacts of earlier steps.

They are in ``run/<job>/`` of the state directory. They are removed when the attempt or the job ends, except artifacts,
which are kept. Files that gitflow writes for an attempt with secrets are in memory, if the system supports it
(memory_files.py).
"""

from __future__ import annotations

import os

from gitflow.core.record import Record
from gitflow.core.standard import suppress
from gitflow.runners.base import StepContext

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.jobs.job import Job
    from gitflow.runners.base import Assignment
    from gitflow.stores.protocols.artifacts import Artifact
    from gitflow.stores.registry import Stores
    from gitflow.workspaces.checkouts import Checkout, Checkouts

    Key = tuple[str, str, int]  #: job, step, attempt
    StagedArtifacts = list[tuple[Artifact, str]]

#: Beside the folders of a job's attempts: an empty folder for steps that need no files, and the copy that
#: ``checkout: job`` shares. No step can have these names.
EMPTY, SHARED = ".empty", ".work"

#: A file system in memory, on every Linux (memory_files.py).
MEMORY = "/dev/shm"

#: Up to this size artifacts are copied in the engine's thread: starting a thread would take about as long.
QUICK_BYTES, QUICK_FILES = 1024 * 1024, 8


class StepPaths(Record):
    workdir: str
    files: str
    workflows: str
    scratch: str
    private: str  #: the folder of files that may hold secrets
    artifacts: str
    needs: str


def step_context(
    given: Assignment,
    paths: StepPaths,
    home: str,
    pass_env: Mapping[str, str] | None = None,
    inside: Mapping[str, str] | None = None,
) -> StepContext:
    """The assignment where it runs. ``inside``: see StepContext."""
    return StepContext(
        action=given.action,
        workspace=given.workspace,
        task=given.task,
        job_id=given.job_id,
        step=given.step,
        attempt=given.attempt,
        revision=given.revision,
        input=given.input,
        fields=given.fields,
        env=given.env,
        values=given.values,
        script=given.script,
        workdir=paths.workdir,
        files=paths.files,
        workflows=paths.workflows,
        scratch=paths.scratch,
        artifacts=paths.artifacts,
        needs=paths.needs,
        run_token=given.run_token,
        home=home,
        pass_env=pass_env or {},
        masks=given.masks,
        timeout_s=given.timeout_s,
        grace_s=given.grace_s,
        traceparent=given.traceparent,
        private=paths.private,
        inside=inside,
    )


class StepDirs:
    def __init__(self, state_dir: str, checkouts: Checkouts, stores: Stores, memory: str = MEMORY) -> None:
        self._root = os.path.join(state_dir, "run")
        self._memory = memory
        self._has_memory: bool | None = None  # not known yet
        self._in_memory: set[Key] = set()  # the attempts that have a folder in memory
        self._checkouts = checkouts
        self._stores = stores
        #: (job, step) -> the earlier steps that left artifacts; and job -> the steps that were counted
        self._left: dict[str, dict[str, list[str]]] = {}
        self._counted: dict[str, set[str]] = {}

    def lay_out(self, assignment: Assignment) -> StepPaths:
        """Raises OSError and WorkspaceError."""
        own = self._own(*assignment.key)
        checkout = self._checkouts.at(assignment.workspace, assignment.revision)
        try:
            os.mkdir(own, 0o700)
        except FileNotFoundError:
            self._begin(os.path.dirname(own))
            os.mkdir(own, 0o700)
        os.mkdir(f"{own}/artifacts", 0o700)
        return StepPaths(
            workdir=self._working_copy(assignment, checkout, own),
            files=checkout.files,
            workflows=checkout.workflows,
            scratch=own,
            private=self._make_private(assignment.key) if assignment.has_secrets else own,
            artifacts=f"{own}/artifacts",
            needs=self._needs(assignment, own),
        )

    def needs_of(self, job: Job, name: str) -> tuple[str, ...]:
        """The steps before this one that left artifacts. Raises StoreError."""
        if not job.plan.graph.needs.get(_written(name)):
            return ()
        self._load_steps(job)
        return tuple(self._left[job.id].get(_written(name), ()))

    def elsewhere(self, assignment: Assignment) -> list[Artifact]:
        """The artifacts that must be brought here before ``lay_out``. Raises StoreError."""
        if not self._stores.shares_artifacts:
            return []
        return self._stores.artifacts.elsewhere(assignment.job_id, assignment.needs)

    def bring(self, artifact: Artifact) -> None:
        """Callable from any thread; may take long. Raises OSError and StoreError."""
        self._stores.artifacts.bring(artifact)

    def stage_artifacts(self, key: Key) -> StagedArtifacts:
        """Copies the artifacts of the attempt, before the commit that keeps them. Raises OSError and StoreError."""
        folder = f"{self._own(*key)}/artifacts"
        return self._stores.artifacts.stage(folder) if os.path.isdir(folder) and os.listdir(folder) else []

    def are_artifacts_large(self, key: Key) -> bool:
        """Whether copying the artifacts of the attempt takes long. Raises OSError."""
        folder = f"{self._own(*key)}/artifacts"
        if self._stores.shares_artifacts:
            return _is_more_than(folder, 0, 0)  # over a network
        return _is_more_than(folder, QUICK_BYTES, QUICK_FILES)

    def keep_artifacts(self, job: Job, key: Key, staged: StagedArtifacts) -> None:
        """Call it in the commit that completes the step. Raises OSError and StoreError."""
        if staged:
            self._load_steps(job)
            self._stores.artifacts.keep_staged(*key, staged)
            self._count(job, _written(key[1]))

    def clear(self, key: Key) -> None:
        """Most attempts leave no files, and then five calls remove their folders."""
        own = self._own(*key)
        if key in self._in_memory:
            self._in_memory.discard(key)
            from gitflow.runtime.worker import memory_files

            memory_files.remove(self._own_in_memory(key[0]), os.path.basename(own))
        try:
            os.rmdir(f"{own}/artifacts")
            os.rmdir(f"{own}/work")
            os.unlink(f"{own}/input.json")
            os.rmdir(f"{own}/outputs")
            os.rmdir(own)
        except OSError:
            self._remove(own)

    def clear_job(self, job_id: str) -> None:
        """For most jobs, two calls remove everything."""
        self._left.pop(job_id, None)
        self._counted.pop(job_id, None)
        self._clear_memory(job_id)
        own = os.path.join(self._root, job_id)
        try:
            os.rmdir(f"{own}/{EMPTY}")
            os.rmdir(own)
        except OSError:
            self._remove(own)

    def left_over(self) -> list[str]:
        """The jobs that have folders here."""
        try:
            return os.listdir(self._root)
        except FileNotFoundError:
            return []

    def _clear_memory(self, job_id: str) -> None:
        own = self._own_in_memory(job_id)
        if os.path.lexists(own):  # few jobs have secrets
            from gitflow.runtime.worker import memory_files

            memory_files.remove_job(own)

    def _own_in_memory(self, job_id: str) -> str:
        return os.path.join(self._memory, f"gitflow-{job_id}")

    def _own(self, job_id: str, name: str, attempt: int) -> str:
        return os.path.join(self._root, job_id, f"{name}.{attempt}")

    def _make_private(self, key: Key) -> str:
        """Creates a folder in memory, or uses the attempt's folder if that is not possible."""
        from gitflow.runtime.worker import memory_files

        if self._has_memory is None:
            self._has_memory = memory_files.is_available(self._memory)
        if not self._has_memory:
            return self._own(*key)
        self._in_memory.add(key)
        return memory_files.make(self._own_in_memory(key[0]), os.path.basename(self._own(*key)))

    def _begin(self, folder: str) -> None:
        """The folder of a job."""
        try:
            os.mkdir(folder, 0o700)
        except FileNotFoundError:  # ``makedirs`` sets the mode only of the last folder
            with suppress(FileExistsError):
                os.mkdir(self._root, 0o700)
            os.mkdir(folder, 0o700)
        except FileExistsError:
            pass
        with suppress(FileExistsError):
            os.mkdir(os.path.join(folder, EMPTY), 0o700)

    def _load_steps(self, job: Job) -> None:
        """Those that left artifacts in an earlier process, or in the job that this one retries."""
        if job.id not in self._left:
            self._left[job.id], self._counted[job.id] = {}, set()
            steps = self._stores.artifacts.steps_of(job.id) if self._stores.jobs.has_artifacts(job.id) else ()
            for step in steps:
                self._count(job, step)

    def _count(self, job: Job, name: str) -> None:
        """Adds the step to all steps that come after it, once, so that these need not search the flow."""
        if name not in self._counted[job.id]:
            self._counted[job.id].add(name)
            for later in job.plan.graph.downstream(name):
                self._left[job.id].setdefault(later, []).append(name)

    def _working_copy(self, assignment: Assignment, checkout: Checkout, own: str) -> str:
        match assignment.checkout:
            case "shared":
                return checkout.files
            case "job":
                return self._copied(checkout, os.path.join(os.path.dirname(own), SHARED))
            case "none":
                os.mkdir(f"{own}/work", 0o700)
                return f"{own}/work"
            case _:
                return self._copied(checkout, f"{own}/work")

    def _copied(self, checkout: Checkout, target: str) -> str:
        if not os.path.isdir(target):
            self._checkouts.working_copy(checkout, target)
        return target

    def _needs(self, assignment: Assignment, own: str) -> str:
        """Most steps need no artifacts of other steps, so they share one empty folder."""
        if not assignment.needs:
            return os.path.join(os.path.dirname(own), EMPTY)
        os.mkdir(f"{own}/needs", 0o700)
        self._stores.artifacts.lay_out(assignment.job_id, assignment.needs, f"{own}/needs")
        return f"{own}/needs"

    def _remove(self, path: str) -> None:
        from gitflow.workspaces.copying import remove_tree

        remove_tree(path)


def _is_more_than(folder: str, size: int, count: int) -> bool:
    """Whether the folder has more bytes, or more files and folders."""
    ahead = [folder]
    while ahead:
        try:
            with os.scandir(ahead.pop()) as entries:
                for entry in entries:
                    count -= 1
                    if entry.is_dir(follow_symlinks=False):
                        ahead.append(entry.path)
                    else:
                        size -= entry.stat(follow_symlinks=False).st_size
                    if size < 0 or count < 0:
                        return True
        except FileNotFoundError:
            continue
    return False


def _written(name: str) -> str:
    """The name of the step in the definition of the flow: for an instance, that of its loop."""
    return name.partition("[")[0]
