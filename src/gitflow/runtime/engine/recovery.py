"""Recovers the jobs of dead processes: kills what they left running, then applies the events to their jobs.

An owner is dead when the kernel has released its lock (stores/owners.py); a slow or stopped process never counts as
dead. The jobs of a command line end with it: the next process settles them. The jobs of a server wait for the next
server, which takes them over and resumes them.
"""

from __future__ import annotations

import os

from gitflow.core.errors import GitflowError, OtherFormat, StoreError, Unreadable
from gitflow.core.jobs.effects import RetryJob, RunHooks
from gitflow.core.jobs.events import HistoryEntry
from gitflow.core.record import replace
from gitflow.stores.owners import is_server

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gitflow.core.jobs.effects import Effect
    from gitflow.core.jobs.job import Job, Plan, StepRun
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.engine.protocols import JobFolders
    from gitflow.stores.protocols.jobs import PlanOf
    from gitflow.stores.registry import Stores

#: How long a remaining process of a dead owner has between TERM and KILL, in seconds.
LEFT_BEHIND_GRACE_S = 2.0

#: The error of a step that its server left running when it died.
LOST = "interrupted: the server that ran it ended"


class Recovery:
    def __init__(self, stores: Stores, plan_of: PlanOf, step_dirs: JobFolders, clock: Clock, state_dir: str) -> None:
        self._stores = stores
        self._store = stores.jobs
        self._owners = stores.owners
        self._plan_of = plan_of
        self._step_dirs = step_dirs
        self._clock = clock
        self._state_dir = state_dir
        self._unreadable: set[str] = set()  #: jobs whose error has been logged
        self._ending: dict[str, Ending] = {}  #: dead owner -> the end of its remaining processes

    def settle_the_dead(self, own_id: str | None) -> list[Job]:
        """Settles every job of every dead command line: its running steps fail as interrupted.

        If the store cannot be written, this is logged and left to the next process; the command of this process goes
        on.
        """
        settled = self.settle_command_lines(own_id)
        self._owners.clear(self._store.owners)
        sweep_containers(self._state_dir)
        self._clear_left_over()
        return settled

    @property
    def is_ending(self) -> bool:
        """Whether there is more to do once processes have ended: call again soon."""
        return bool(self._ending)

    def settle_command_lines(self, own_id: str | None, *, aside: bool = False) -> list[Job]:
        """Settles the jobs of dead command lines. ``aside``: another thread ends their processes first, and a later
        call settles these jobs."""
        others = [owner for owner in self._store.owners() if owner != own_id and not is_server(owner)]
        settled: list[Job] = []
        for owner in self._take_dead_owners(others, aside):
            try:
                settled += self._settle_owner(owner)
            except StoreError as error:
                _warn(f"the jobs of the dead process {owner} cannot be settled yet: {error}")
                self._owners.settled(owner)  # another process may
        return settled

    def take_over(self, own_id: str, serves: Callable[[str], bool], *, aside: bool = False) -> list[Job]:
        """Takes over the open jobs of dead servers in the workspaces that this server serves.

        Remaining processes of dead servers are killed, also those of jobs that are not taken over. The caller adopts
        the jobs (``Orchestrator.recover``). Two servers never take over the same job: the dead owner's lock is held in
        the meantime, and the jobs change their owner in one transaction. ``aside``: see ``settle_command_lines``.
        """
        servers = [owner for owner in self._store.owners() if owner != own_id and is_server(owner)]
        taken: list[Job] = []
        for owner in self._take_dead_owners(servers, aside):
            try:
                taken += self._take_from(owner, own_id, serves)
            except StoreError as error:
                _warn(f"the jobs of the dead server {owner} cannot be taken over yet: {error}")
            finally:
                self._owners.settled(owner)
        return taken

    def _take_dead_owners(self, owners: Iterable[str], aside: bool) -> list[str]:
        """Dead owners whose processes have all ended, and which no other process settles."""
        owners = list(owners)
        for owner in self._owners.take_dead(owners):
            try:
                self._ending[owner] = Ending(self._stores.takeovers.run_tokens(owner), aside, self._state_dir)
            except StoreError as error:
                _warn(f"the jobs of the dead process {owner} cannot be settled yet: {error}")
                self._owners.settled(owner)  # another process may, and this one later
        ended = [owner for owner in owners if owner in self._ending and self._ending[owner].is_over]
        for owner in ended:
            del self._ending[owner]
        return ended

    def _take_from(self, owner_id: str, own_id: str, serves: Callable[[str], bool]) -> list[Job]:
        """Takes over the jobs of one owner. A job whose definitions cannot be read is settled instead."""
        takeovers = self._stores.takeovers
        wanted = [job_id for job_id, workspace in takeovers.open_with_workspace(owner_id) if serves(workspace)]
        if wanted:
            with self._store.transaction():
                takeovers.give(wanted, owner_id, own_id)
        found = self._readable(wanted)
        if len(found) < len(wanted):
            with self._store.transaction():  # another process may be able to read them
                takeovers.give(set(wanted) - {job.id for job, _ in found}, own_id, owner_id)
        for job, is_whole in found:
            if not is_whole:
                self._settle_job(job)
        return [job for job, is_whole in found if is_whole]

    def _settle_owner(self, owner_id: str) -> list[Job]:
        settled = [self._settle_job(job) for job, _ in self._readable(self._store.open_jobs(owner_id))]
        self._owners.settled(owner_id)
        return settled

    def _readable(self, job_ids: Iterable[str]) -> list[tuple[Job, bool]]:
        """Loads the jobs. A job that cannot be decrypted stays as it is, and does not block the others."""
        found: list[tuple[Job, bool]] = []
        for job_id in job_ids:
            try:
                found.append(self._load(job_id))
            except Unreadable as error:
                if job_id not in self._unreadable:
                    self._unreadable.add(job_id)
                    _warn(f"job {job_id} cannot go on, and is left as it is: {error}")
        return found

    def _load(self, job_id: str) -> tuple[Job, bool]:
        """The job, and whether its definitions can be read. Its step names alone are enough to end it."""
        try:
            return self._store.load(job_id, self._plan_of), True
        except (GitflowError, LookupError, TypeError, ValueError) as error:
            if isinstance(error, StoreError) and not isinstance(error, OtherFormat):
                raise
            _warn(f"the definitions of job {job_id} cannot be read: {error}")
            bare = self._store.load(job_id, lambda workspace, revision, task: _plan_without(task, ()))
            names = [step.name for step in bare.steps.values() if step.loop_of is None]
            return replace(bare, plan=_plan_without(bare.task_name, names)), False

    def _settle_job(self, job: Job) -> Job:
        """Ends the job as interrupted. Starts no hooks and retries: a person decides. The history says so."""
        from gitflow.core.jobs.events import OwnerLost
        from gitflow.core.machine.machine import advance

        result = advance(job, OwnerLost(self._clock.now()))
        with self._store.transaction():
            self._store.save(result.job, result.changed, (self._interrupted(job, result.effects), *result.history))
        self._step_dirs.clear_job(job.id)
        return result.job

    def _interrupted(self, job: Job, effects: Sequence[Effect]) -> HistoryEntry:
        not_started = [found for effect in effects for found in _left_out(effect)]
        details = {"owner": job.owner_id, **({"not_started": not_started} if not_started else {})}
        return HistoryEntry(self._clock.now(), "engine", "job.interrupted", details=details)

    def _clear_left_over(self) -> None:
        """Removes folders of ended jobs whose process died before it could remove them."""
        try:
            left_over = self._step_dirs.left_over()  # read first: a folder is created only after its job is stored
        except OSError as error:
            _warn(f"folders of ended jobs cannot be listed: {error.filename}: {error.strerror}")
            return
        if left_over:
            still_open = {job_id for owner in self._store.owners() for job_id in self._store.open_jobs(owner)}
            for job_id in left_over:
                if job_id not in still_open:
                    self._clear(job_id)

    def _clear(self, job_id: str) -> None:
        try:
            self._step_dirs.clear_job(job_id)
        except OSError as error:
            _warn(f"the folder of job {job_id} cannot be removed: {error}")


def _left_out(effect: Effect) -> list[str]:
    if isinstance(effect, RunHooks):
        return [effect.occasion]
    return ["retry"] if isinstance(effect, RetryJob) else []


def _plan_without(task_name: str, steps: Iterable[str]) -> Plan:
    """A plan in which only the names of the steps are known."""
    from gitflow.core.jobs.job import Plan
    from gitflow.core.language.definition import NO_HOOKS, Action, Step, Task
    from gitflow.core.language.graph import Graph

    unknown = Action("shell")
    flow = {name: Step(name, inline=unknown) for name in steps}
    graph = Graph.build(dict.fromkeys(flow, ()))
    return Plan(Task(task_name, flow), dict.fromkeys(flow, unknown), graph, NO_HOOKS)


class Takeover:
    """Recovery on behalf of this process: its owner, and the workspaces whose jobs it resumes."""

    def __init__(
        self,
        recovery: Recovery,
        owner_id: str,
        serves: Callable[[str], bool] | None = None,
        runs_elsewhere: Callable[[Job, StepRun], bool] | None = None,
    ) -> None:
        """``serves``: None for a command line, which settles jobs of other command lines and takes over none.

        ``runs_elsewhere``: whether an agent runs an attempt, so that it goes on without the server that began it.
        """
        self.owner_id = owner_id
        self.observers: list[Callable[[Sequence[Job]], None]] = []  #: called with jobs that were settled
        self.runs_elsewhere = runs_elsewhere
        self._recovery = recovery
        self._serves = serves

    @property
    def is_ending(self) -> bool:
        return self._recovery.is_ending

    def take_jobs(self, *, at_start: bool = False) -> list[Job]:
        """Settles what cannot be resumed, and returns the jobs to adopt, which belong to this process now.

        A server that runs already ends processes in another thread; their jobs come with a later call.
        """
        aside = self._serves is not None and not at_start
        settled = self._recovery.settle_command_lines(self.owner_id, aside=aside)
        for observer in self.observers if settled else ():
            observer(settled)
        return [] if self._serves is None else self._recovery.take_over(self.owner_id, self._serves, aside=aside)


class Ending:
    """Kills the remaining processes of a dead owner, and then its containers; ``is_over`` once they have ended."""

    def __init__(self, tokens: set[str], aside: bool, state_dir: str) -> None:
        self.is_over = not tokens
        self._state_dir = state_dir
        if tokens and aside:
            import threading

            threading.Thread(target=self._end, args=(tokens,), name="ending", daemon=True).start()
        elif tokens:
            self._end(tokens)

    def _end(self, tokens: set[str]) -> None:
        from gitflow.runners.process_tree import kill_marked

        try:
            kill_marked(tokens, LEFT_BEHIND_GRACE_S)  # first the clients: one of them may be creating a container
            sweep_containers(self._state_dir)
        finally:
            self.is_over = True


def sweep_containers(state_dir: str) -> None:
    """Removes the containers of dead processes, which may take long. Most state directories have had none."""
    if os.path.isdir(os.path.join(state_dir, "containers")):
        from gitflow.runners.containers import records

        records.sweep(state_dir)


def _warn(sentence: str) -> None:
    import logging  # not at the top: it is slow to import, and rarely wanted

    logging.getLogger("gitflow").warning("%s", sentence)
