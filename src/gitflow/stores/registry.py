"""Which kinds of store there are, and the opening of all parts of one."""

from __future__ import annotations

import importlib
import os

from gitflow.core.errors import StoreError
from gitflow.stores.artifacts import ArtifactStore
from gitflow.stores.owners import Owners

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from gitflow.stores.base import JobStore, LogStore

#: Scheme of ``db.url`` -> the module whose ``open_parts(state_dir, place, synchronous, owners, notice)`` opens it.
STORES = {
    "sqlite": "gitflow.stores.sqlite.parts",
}

DEFAULT_URL = "sqlite:///gitflow.db"


class Stores:
    """Everything that is kept in one state directory."""

    def __init__(self, jobs: JobStore, logs: LogStore, artifacts: ArtifactStore, owners: Owners) -> None:
        self.jobs = jobs
        self.logs = logs
        self.artifacts = artifacts
        self.owners = owners

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
    state_dir: str, url: str | None = None, synchronous: str = "full", notice: Callable[[str], None] = _ignore
) -> Stores:
    """Opens, and makes or migrates, what a state directory holds.

    ``url`` is ``sqlite:///<path>`` (from the state directory, unless absolute) or ``sqlite:///:memory:``, which keeps
    jobs and logs in memory. ``synchronous`` is ``full``, or ``normal``: safe against the death of the process only.
    ``notice`` is told of what had to be left out. Raises StoreError.
    """
    scheme, _, place = (url or DEFAULT_URL).partition(":///")
    if scheme not in STORES or not place:
        known = ", ".join(f"{name}:///…" for name in STORES)
        raise StoreError(f"{url!r} is not the address of a store; it must be one of {known}")
    state_dir = os.path.abspath(state_dir)
    owners = Owners(state_dir)
    jobs, logs = importlib.import_module(STORES[scheme]).open_parts(state_dir, place, synchronous, owners, notice)
    return Stores(jobs, logs, ArtifactStore(state_dir, jobs), owners)
