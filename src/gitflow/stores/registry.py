"""The types of stores, and how to open a store."""

from __future__ import annotations

import os
import sys

from gitflow.core.errors import StoreError
from gitflow.stores.owners import Owners

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from types import TracebackType
    from typing import Any

    from gitflow.stores.artifacts import ArtifactStore
    from gitflow.stores.protocols.artifacts import ArtifactNameStore
    from gitflow.stores.protocols.concurrency import GroupStore
    from gitflow.stores.protocols.identity import IdentityStore
    from gitflow.stores.protocols.instances import InstanceStore
    from gitflow.stores.protocols.jobs import JobStore, LogStore
    from gitflow.stores.protocols.numbers import NumberStore
    from gitflow.stores.protocols.outputs import OutputStore
    from gitflow.stores.protocols.reports import ReportStore
    from gitflow.stores.protocols.retention import RetentionStore
    from gitflow.stores.protocols.revisions import RevisionStore
    from gitflow.stores.protocols.takeovers import TakeoverStore
    from gitflow.stores.protocols.triggers import TriggerStore
    from gitflow.stores.protocols.workers import WorkerStore
    from gitflow.stores.sealing import Sealer
    from gitflow.stores.shared_files import SharedFiles

POSTGRESQL = "postgresql"

#: Scheme of ``db.url`` -> the module whose ``open_parts(state_dir, place, synchronous, owners, notice, sealer)``
#: opens it, and whose ``open_further(jobs, name)`` opens what else it has.
STORES = {
    "sqlite": "gitflow.stores.sqlite.store",
    POSTGRESQL: "gitflow.stores.postgres.store",
}

DEFAULT_URL = "sqlite:///gitflow.db"

#: The file that keeps some room free (reserve.py): named here, since most commands only ask whether it is there.
RESERVE = "reserve"


class Stores:
    """All stores of one state directory. Stores that only some commands need are opened on first use."""

    def __init__(
        self,
        state_dir: str,
        jobs: JobStore,
        logs: LogStore,
        owners: Owners,
        further: Callable[[str], Any],
        share: Callable[[str], SharedFiles] | None = None,
    ) -> None:
        """``further`` opens another store by its name. ``share``: see ArtifactStore."""
        self.jobs = jobs
        self.logs = logs
        self.owners = owners
        self._state_dir = state_dir
        self._further = further
        self._share = share
        self._opened: dict[str, Any] = {}

    @property
    def shares_artifacts(self) -> bool:
        """Whether several servers have the files that steps left."""
        return self._share is not None

    @property
    def artifacts(self) -> ArtifactStore:
        """The files that steps left."""
        if "artifacts" not in self._opened:
            from gitflow.stores.artifacts import ArtifactStore

            self._opened["artifacts"] = ArtifactStore(self._state_dir, self.artifact_names, self._share)
        return self._opened["artifacts"]

    @property
    def artifact_names(self) -> ArtifactNameStore:
        """Their names."""
        return self._part("artifact_names")

    @property
    def identity(self) -> IdentityStore:
        """Accounts, keys and the audit trail."""
        return self._part("identity")

    @property
    def triggers(self) -> TriggerStore:
        """The states and events of triggers."""
        return self._part("triggers")

    @property
    def revisions(self) -> RevisionStore:
        """The revisions that were loaded of each workspace."""
        return self._part("revisions")

    @property
    def retention(self) -> RetentionStore:
        """Deletes old data."""
        return self._part("retention")

    @property
    def groups(self) -> GroupStore:
        """Concurrency groups."""
        return self._part("groups")

    @property
    def takeovers(self) -> TakeoverStore:
        """Takes over jobs of dead servers."""
        return self._part("takeovers")

    @property
    def workers(self) -> WorkerStore:
        """The workers."""
        return self._part("workers")

    @property
    def reports(self) -> ReportStore:
        """The history of jobs, and statistics."""
        return self._part("reports")

    @property
    def instances(self) -> InstanceStore:
        """Jobs by the names that callers gave them."""
        return self._part("instances")

    @property
    def numbers(self) -> NumberStore:
        """Integer ids for dialects."""
        return self._part("numbers")

    @property
    def outputs(self) -> OutputStore:
        """Outputs of steps and firings of triggers, ordered by time."""
        return self._part("outputs")

    def _part(self, name: str) -> Any:
        if name not in self._opened:
            self._opened[name] = self._further(name)
        return self._opened[name]

    def close(self) -> None:
        self.logs.close()
        self.jobs.close()
        self.owners.close()

    def __enter__(self) -> Stores:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _ignore(notice: str) -> None:
    pass


def open_stores(
    state_dir: str,
    url: str | None = None,
    synchronous: str = "full",
    notice: Callable[[str], None] = _ignore,
    key_file: str | None = None,
    share: Callable[[str], SharedFiles] | None = None,
) -> Stores:
    """Opens the stores of a state directory, and creates or migrates them first if needed.

    ``url`` is ``sqlite:///<path>`` (relative to the state directory, unless absolute), ``sqlite:///:memory:``, which
    keeps jobs and logs in memory, or ``postgresql://…``, as libpq reads it. ``synchronous`` is ``full``, or ``normal``:
    then a commit survives the death of the process, but perhaps not that of the machine. ``notice`` is called with the
    reason when something is skipped. ``key_file`` has the keys that secrets are sealed with; without it, a file in the
    state directory has them. ``share`` opens the store of artifacts that several servers share, if they do. Raises
    StoreError.
    """
    scheme, place = _parsed(url)
    state_dir = os.path.abspath(state_dir)
    owners = Owners(state_dir)
    kind = load(STORES[scheme])
    jobs, logs = kind.open_parts(state_dir, place, synchronous, owners, notice, _sealing(state_dir, key_file))
    if scheme == POSTGRESQL:
        owners = kind.owners_of(state_dir, jobs)
    return Stores(state_dir, jobs, logs, owners, lambda name: kind.open_further(jobs, name), share)


async def listen(url: str, on_start: Callable[[], None], on_jobs: Callable[[Collection[str] | None], None]) -> None:
    """Hears which jobs the active server changes, in a database that several servers reach: calls ``on_start`` once it
    listens, and ``on_jobs`` after each commit, with None where any job may have changed. Raises StoreError when the
    connection breaks."""
    await load("gitflow.stores.postgres.listening").listen(url, on_start, on_jobs)


def load(module: str) -> Any:
    """Imports a module that may need an extra. Raises StoreError if the extra is not installed."""
    try:
        __import__(module)  # importlib brings warnings along
        return sys.modules[module]
    except ModuleNotFoundError as error:
        if error.name != "psycopg":
            raise
        raise StoreError("PostgreSQL needs an extra: pip install 'gitflow-runner[postgres]'") from error


def _sealing(state_dir: str, key_file: str | None) -> Callable[[], Sealer]:
    """One Sealer for all stores, created for the first secret."""
    made: list[Sealer] = []

    def sealer() -> Sealer:
        if not made:
            from gitflow.stores.sealing import sealer_of

            made.append(sealer_of(state_dir, key_file))
        return made[0]

    return sealer


def _parsed(url: str | None) -> tuple[str, str]:
    scheme, _, place = (url or DEFAULT_URL).partition("://")
    if scheme != POSTGRESQL:
        place = place[1:] if place.startswith("/") else ""
    if scheme not in STORES or not place:
        known = ", ".join(f"{name}://…" if name == POSTGRESQL else f"{name}:///…" for name in STORES)
        raise StoreError(f"{url!r} is not the address of a store; it must be one of {known}")
    return scheme, place


def is_on_server(url: str | None) -> bool:
    """Whether the store is in a database server, which other machines can reach."""
    return url is not None and url.startswith(POSTGRESQL + "://")


def place_of_url(url: str | None) -> str:
    """The path of the database, relative to the state directory unless absolute. Raises StoreError for a store without
    files."""
    scheme, place = _parsed(url)
    if scheme == POSTGRESQL:
        raise StoreError("the store is in PostgreSQL and has no files here; back it up with pg_dump")
    if place == ":memory:":
        raise StoreError(f"a store in memory ({scheme}:///{place}) has no files")
    return place
