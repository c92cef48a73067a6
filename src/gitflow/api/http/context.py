"""The server as handlers see it: one frozen record that every request holds, made by ``serve.py``.

It knows nothing of the layers above ``http``. Their objects that live as long as the server, such as login limits or
the cache of a dialect, are parts, created on first use (``part``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record, field

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar

    from gitflow.api.http.access import AccessPolicy
    from gitflow.api.http.following import PassOn
    from gitflow.api.http.loaded_jobs import LoadedJobs
    from gitflow.api.http.reader import Reader
    from gitflow.config import Config
    from gitflow.core.jobs.job import Job
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.values import JsonObject
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.engine.drain import Drain
    from gitflow.runtime.engine.job_factory import JobFactory
    from gitflow.runtime.engine.mailbox import CommitQueue
    from gitflow.runtime.engine.notifications import Notifications
    from gitflow.runtime.engine.server_events import ServerEvents
    from gitflow.runtime.operations.operations import Operations
    from gitflow.runtime.triggers.service import TriggerService
    from gitflow.runtime.worker.fleet import Fleet
    from gitflow.runtime.worker.kubernetes.target import Target
    from gitflow.runtime.worker.secrets import Secrets
    from gitflow.runtime.workspaces.acceptances import Acceptances
    from gitflow.runtime.workspaces.pauses import SyncPauses
    from gitflow.runtime.workspaces.served import ServedWorkspaces
    from gitflow.runtime.workspaces.snapshots import Snapshots
    from gitflow.stores.registry import Stores

    T = TypeVar("T")


def _no_parts() -> dict[Callable[[Context], Any], Any]:
    return {}


class EngineStatus(Record):
    """The current state of the engine and the embedded worker."""

    is_alive: Callable[[], bool]
    open_jobs: Callable[[], int]
    running_steps: Callable[[], int]
    dropped_spans: Callable[[], int] | None  #: None where no collector is configured
    worker_id: str


class Context(Record):
    config: Config
    environ: Mapping[str, str]  #: in which the server was started
    version: str  #: of gitflow
    started_at: float  #: seconds since the epoch
    stopping: asyncio.Event  #: set once the server stops
    clock: Clock
    access: AccessPolicy
    reader: Reader
    stores: Stores  #: of the engine thread: for work inside a commit, and for artifacts
    commits: CommitQueue
    operations: Operations
    workspaces: ServedWorkspaces
    sync: SyncPauses
    acceptances: Acceptances
    snapshots: Snapshots
    triggers: TriggerService
    drain: Drain
    notifications: Notifications
    server_events: ServerEvents
    open_job: Callable[[str], Job | None]  #: the current state of a job that this process runs
    loaded: LoadedJobs
    job_factory: JobFactory
    secrets_of: Callable[[Snapshot], Secrets]  #: the secrets that templates outside jobs may use
    engine: EngineStatus
    fleet: Fleet  #: the agents on other machines
    cluster: Target | None  #: the Kubernetes cluster that runs steps; None: none is configured
    describe_api: Callable[[str | None], JsonObject]  #: ``/openapi.json``; of one face, or (None) of all
    pass_on: PassOn | None = None  #: to the active server, which this one follows; None: this is the active one
    _parts: dict[Callable[[Context], Any], Any] = field(default_factory=_no_parts)

    def part(self, make: Callable[[Context], T]) -> T:
        """The object that ``make`` creates from this context at the first call; the same for every request."""
        found = self._parts.get(make)
        return self._parts.setdefault(make, make(self)) if found is None else found

    @property
    def role(self) -> str:
        """Of this server, among those of its database."""
        return "active" if self.pass_on is None else "follower"

    def job(self, stores: Stores, job_id: str) -> Job:
        """The current state of a job: from memory if this process runs it, else from the store. Raises NotFound."""
        return self.open_job(job_id) or self.loaded.load(stores, job_id)
