"""Recovers the jobs of dead processes: kills what they left running, then applies the events to their jobs.

An owner is dead when the kernel has released its lock (stores/owners.py); a slow or stopped one
is never taken for dead. The jobs of a command line end with it: the next process settles them. Those
of a server wait for the next server, which takes them over and resumes them.
"""

from __future__ import annotations

from gitflow.core.errors import GitflowError, OtherFormat, StoreError, Unreadable
from gitflow.core.jobs.effects import RetryJob, RunHooks
from gitflow.core.jobs.events import HistoryEntry
from gitflow.core.record import replace
from gitflow.stores.owners import is_server

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gitflow.core.jobs.effects import Effect
    from gitflow.core.jobs.job import Job, Plan
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.engine.protocols import JobFolders
    from gitflow.stores.protocols.jobs import PlanOf
    from gitflow.stores.registry import Stores

#: How long a process left behind has between TERM and KILL, in seconds.
LEFT_BEHIND_GRACE_S = 2.0

#: The error of a step that its server left running when it died.
LOST = "interrupted: the server that ran it ended"


class Recovery:
    def __init__(self, stores: Stores, plan_of: PlanOf, folders: JobFolders, clock: Clock) -> None:
        self._stores = stores
        self._store = stores.jobs
        self._owners = stores.owners
        self._plan_of = plan_of
        self._folders = folders
        self._clock = clock
        self._unreadable: set[str] = set()  #: jobs for which that has been logged
        self._ending: dict[str, Ending] = {}  #: by dead owner, which is taken: what it left running is being ended

    def settle_the_dead(self, own_id: str | None) -> list[Job]:
        """Every job of every dead command line, settled: its running steps failed as interrupted.

        What cannot be settled now (the store cannot be written) is left to the next process, and this one logs
        that: the command of this process goes on all the same.
        """
        settled = self.settle_command_lines(own_id)
        self._owners.clear(self._store.owners)
        self._clear_left_over()
        return settled

    @property
    def is_ending(self) -> bool:
        """Whether there is more to do once processes have ended: call again soon."""
        return bool(self._ending)

    def settle_command_lines(self, own_id: str | None, *, aside: bool = False) -> list[Job]:
        """The same, and nothing else. ``aside``: what must be ended first is ended in another thread, and its jobs are
        settled by a later call."""
        others = [owner for owner in self._store.owners() if owner != own_id and not is_server(owner)]
        settled: list[Job] = []
        for owner in self._taken(others, aside):
            try:
                settled += self._settle_owner(owner)
            except StoreError as error:
                _warn(f"what an ended process left open is not settled yet: {error}")
                self._owners.settled(owner)  # another process may
        return settled

    def take_over(self, own_id: str, serves: Callable[[str], bool], *, aside: bool = False) -> list[Job]:
        """The open jobs of dead servers, as far as they are of workspaces that this one serves: they are its own now.

        Whatever the dead left running is killed, also of the jobs that stay with them. The jobs are to be adopted
        (``Orchestrator.recover``). Two that take over at once take each job once: the dead owner's lock
        is held meanwhile, and the jobs change hands in one transaction. ``aside``: as in ``settle_command_lines``.
        """
        servers = [owner for owner in self._store.owners() if owner != own_id and is_server(owner)]
        taken: list[Job] = []
        for owner in self._taken(servers, aside):
            try:
                taken += self._take_from(owner, own_id, serves)
            except StoreError as error:
                _warn(f"what an ended server left open is not taken over yet: {error}")
            finally:
                self._owners.settled(owner)
        return taken

    def _taken(self, owners: Iterable[str], aside: bool) -> list[str]:
        """Dead owners of which nothing is running any more, and which nobody else settles."""
        owners = list(owners)
        for owner in self._owners.take_dead(owners):
            try:
                self._ending[owner] = Ending(self._stores.takeovers.run_tokens(owner), aside)
            except StoreError as error:
                _warn(f"what an ended process left open is not settled yet: {error}")
                self._owners.settled(owner)  # another process may, and this one later
        ended = [owner for owner in owners if owner in self._ending and self._ending[owner].is_over]
        for owner in ended:
            del self._ending[owner]
        return ended

    def _take_from(self, owner_id: str, own_id: str, serves: Callable[[str], bool]) -> list[Job]:
        """A job whose definitions cannot be read any more cannot go on: it is settled."""
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
                self._settled(job)
        return [job for job, is_whole in found if is_whole]

    def _settle_owner(self, owner_id: str) -> list[Job]:
        settled = [self._settled(job) for job, _ in self._readable(self._store.open_jobs(owner_id))]
        self._owners.settled(owner_id)
        return settled

    def _readable(self, job_ids: Iterable[str]) -> list[tuple[Job, bool]]:
        """As loaded. A job that cannot be opened stays as it is, and does not hold up the others."""
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
        """With whether its definitions can be read. If not, its steps are known, and that is enough to end it."""
        try:
            return self._store.load(job_id, self._plan_of), True
        except (GitflowError, LookupError, TypeError, ValueError) as error:
            if isinstance(error, StoreError) and not isinstance(error, OtherFormat):
                raise
            _warn(f"the definitions of job {job_id} cannot be read: {error}")
            bare = self._store.load(job_id, lambda workspace, revision, task: _plan_without(task, ()))
            names = [step.name for step in bare.steps.values() if step.loop_of is None]
            return replace(bare, plan=_plan_without(bare.task_name, names)), False

    def _settled(self, job: Job) -> Job:
        """Starts nothing: hooks and retries of an interrupted job are for a person to decide. Its history says so."""
        from gitflow.core.jobs.events import OwnerLost
        from gitflow.core.machine.machine import advance

        result = advance(job, OwnerLost(self._clock.now()))
        with self._store.transaction():
            self._store.save(result.job, result.changed, (self._interrupted(job, result.effects), *result.history))
        self._folders.clear_job(job.id)
        return result.job

    def _interrupted(self, job: Job, effects: Sequence[Effect]) -> HistoryEntry:
        not_started = [found for effect in effects for found in _left_out(effect)]
        details = {"owner": job.owner_id, **({"not_started": not_started} if not_started else {})}
        return HistoryEntry(self._clock.now(), "engine", "job.interrupted", details=details)

    def _clear_left_over(self) -> None:
        """Folders of jobs that have ended, whose process died just before it could remove them."""
        try:
            left_over = self._folders.left_over()  # looked at first: a folder is made only after its job is stored
        except OSError as error:
            _warn(f"folders of ended jobs cannot be looked for: {error.filename}: {error.strerror}")
            return
        if left_over:
            still_open = {job_id for owner in self._store.owners() for job_id in self._store.open_jobs(owner)}
            for job_id in left_over:
                if job_id not in still_open:
                    self._clear(job_id)

    def _clear(self, job_id: str) -> None:
        try:
            self._folders.clear_job(job_id)
        except OSError as error:
            _warn(f"the folder of job {job_id} cannot be removed: {error}")


def _left_out(effect: Effect) -> list[str]:
    if isinstance(effect, RunHooks):
        return [effect.occasion]
    return ["retry"] if isinstance(effect, RetryJob) else []


def _plan_without(task_name: str, steps: Iterable[str]) -> Plan:
    """Steps of which nothing is known but their names."""
    from gitflow.core.jobs.job import Plan
    from gitflow.core.language.definition import NO_HOOKS, Action, Step, Task
    from gitflow.core.language.graph import Graph

    unknown = Action("shell")
    flow = {name: Step(name, inline=unknown) for name in steps}
    graph = Graph.build(dict.fromkeys(flow, ()))
    return Plan(Task(task_name, flow), dict.fromkeys(flow, unknown), graph, NO_HOOKS)


class Takeover:
    """Recovery on behalf of this process: its owner, and the workspaces whose jobs it resumes."""

    def __init__(self, recovery: Recovery, owner_id: str, serves: Callable[[str], bool] | None = None) -> None:
        """``serves`` is None for a command line, which settles the jobs of other command lines and takes none over."""
        self.owner_id = owner_id
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
        self._recovery.settle_command_lines(self.owner_id, aside=aside)
        return [] if self._serves is None else self._recovery.take_over(self.owner_id, self._serves, aside=aside)


class Ending:
    """Ends what a dead owner left running, which takes as long as the processes take, and /proc to be read."""

    def __init__(self, tokens: set[str], aside: bool) -> None:
        self.is_over = not tokens
        if tokens and aside:
            import threading

            threading.Thread(target=self._end, args=(tokens,), name="ending", daemon=True).start()
        elif tokens:
            self._end(tokens)

    def _end(self, tokens: set[str]) -> None:
        from gitflow.runners.process_tree import kill_marked

        try:
            kill_marked(tokens, LEFT_BEHIND_GRACE_S)
        finally:
            self.is_over = True


def _warn(sentence: str) -> None:
    import logging  # not at the top: it is slow to import, and rarely wanted

    logging.getLogger("gitflow").warning("%s", sentence)
