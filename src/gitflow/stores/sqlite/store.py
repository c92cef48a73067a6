"""``sqlite:///<path>``: jobs in one file, logs in files of their own beside it."""

from __future__ import annotations

import os

from gitflow.stores.queries import SHARED, load_queries
from gitflow.stores.sql.jobs import SqlJobs
from gitflow.stores.sqlite.database import JOB_MIGRATIONS, QUERIES, open_database
from gitflow.stores.sqlite.logs import SqliteLogs
from gitflow.stores.sqlite.migrations import MEMORY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.stores.owners import Owners
    from gitflow.stores.protocols.jobs import JobStore, LogStore
    from gitflow.stores.sealing import Sealer
    from gitflow.stores.sql.session import Session

#: The files of queries that every run needs.
ALWAYS = (f"{QUERIES}/jobs.sql", f"{QUERIES}/logs.sql", f"{SHARED}/jobs.sql")

_QUERIES: dict[str, str] = {}


def open_parts(
    state_dir: str,
    place: str,
    synchronous: str,
    owners: Owners,
    notice: Callable[[str], None],
    sealer: Callable[[], Sealer],
) -> tuple[JobStore, LogStore]:
    """Raises StoreError."""
    in_memory = place == MEMORY
    path = MEMORY if in_memory else os.path.join(state_dir, place)
    database = open_database(path, JOB_MIGRATIONS, synchronous=synchronous, blockers=owners.alive)
    queries = _all_queries() if in_memory else load_queries((QUERIES, SHARED), ALWAYS)
    logs = SqliteLogs(None if in_memory else os.path.join(state_dir, "logs"), queries, synchronous, notice)
    return SqlJobs(database, queries, before_commit=logs.sync, sealer=sealer), logs


def _all_queries() -> Mapping[str, str]:
    """Read once a process, because a process that opens one store in memory usually opens many."""
    if not _QUERIES:
        _QUERIES.update(load_queries((QUERIES, SHARED)))
    return _QUERIES


def open_further(jobs: Session, name: str) -> Session:
    """Another part of the same store."""
    from gitflow.stores.sql.parts import open_part  # not at the top: most runs need none

    return open_part(jobs, name)
