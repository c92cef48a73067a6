"""Snapshots by workspace and revision: from memory, from the compiled cache, from the store, or from source.

A revision never changes, so what it compiles to is kept: the second run of a revision reads one
file and parses no YAML, no schema and no git object.

Several threads of a server ask at once, and none reads by the connection of another: a thread that has a store names
it, once (``read_here``); for all others one is opened each time (``open_store``).
"""

from __future__ import annotations

import os
from contextlib import suppress
from threading import Lock, local

from gitflow import __version__
from gitflow.core.errors import NotFound, RevisionRefused, StoreError
from gitflow.core.planning import plan_task
from gitflow.core.record import replace
from gitflow.definitions import compiled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from gitflow.core.job import Plan
    from gitflow.core.snapshot import Snapshot
    from gitflow.core.sources import Revision
    from gitflow.definitions.memory import Memory
    from gitflow.stores.base import JobStore
    from gitflow.stores.registry import Stores
    from gitflow.workspaces.base import Workspace


#: How many revisions are kept that were read from the store, and how many bytes of them, as compiled.
MOST_READ, MOST_READ_BYTES = 256, 32 << 20


class OtherFormat(StoreError):
    """Definitions as another version of gitflow has compiled them."""

    def __init__(self, workspace: str, revision: str) -> None:
        super().__init__(
            f"the definitions of {workspace} at {revision} were stored by another version of gitflow; "
            f"make them anew from their files with: gitflow tasks -w WORKSPACE --rev {revision}, then try again"
        )


class Snapshots:
    def __init__(self, store: JobStore | None, cache_dir: str) -> None:
        self._store = store
        self._local = local()
        self.open_store: Callable[[], Stores] | None = None  #: None: there is but one thread
        self._cache_dir = os.path.join(cache_dir, "compiled")
        self._known: dict[tuple[str, str], tuple[Snapshot, bytes]] = {}  #: read and written by several threads
        self._memories: dict[str, Memory] = {}  #: by workspace, where revision after revision is loaded
        self._fading: set[tuple[str, str]] = set()  #: known, and not asked for since the last ``forget``
        self._read_lock = Lock()
        self._were_read: dict[tuple[str, str], int] = {}  #: known, and stored: with their bytes, longest known first

    def load(self, workspace: Workspace, revision: Revision) -> Snapshot:
        """Raises RevisionRefused with all its problems."""
        key = (workspace.identity, revision.id)
        known = self._recalled(key)
        if known is None:
            known = self._known[key] = self._cached(key) or self._compiled(workspace, revision)
        with self._read_lock:
            self._were_read.pop(key, None)  # it may be wanted for a new job, with which it is stored (``keep``)
        self._known.setdefault(key, known)
        return known[0]

    def read_here(self, store: JobStore) -> None:
        """This thread reads what nobody has read yet from a store of its own."""
        self._local.store = store

    def keep(self, workspace: str, revision: str) -> None:
        """Stores it, so that a job may refer to it. Call it in the transaction that creates the job.

        One that was never loaded here is stored already: the job retries another.
        """
        known = self._recalled((workspace, revision))
        if self._store is not None and known is not None:
            self._store.put_snapshot(workspace, revision, known[1])

    def of(self, workspace: str, revision: str) -> Snapshot:
        """The snapshot of a job that exists. Raises NotFound, and OtherFormat."""
        key = (workspace, revision)
        known = self._recalled(key)
        if known is None:
            blob = self._blob(key)
            if blob is None:
                raise NotFound("stored revision", f"{workspace}@{revision}")
            known = self._read(key, blob)
            self._remember(key, known)
        return known[0]

    def _blob(self, key: tuple[str, str]) -> bytes | None:
        store: JobStore | None = getattr(self._local, "store", None)
        if store is None and self.open_store is not None:
            with self.open_store() as stores:
                return stores.jobs.snapshot(*key)
        store = store or self._store
        return None if store is None else store.snapshot(*key)

    def _remember(self, key: tuple[str, str], known: tuple[Snapshot, bytes]) -> None:
        """What was read can be read again, so only so much of it is kept."""
        with self._read_lock:
            if self._known.setdefault(key, known) is not known:
                return  # another thread was quicker
            self._were_read[key] = len(known[1])
            weight = sum(self._were_read.values())
            while len(self._were_read) > 1 and (len(self._were_read) > MOST_READ or weight > MOST_READ_BYTES):
                oldest = next(iter(self._were_read))
                weight -= self._were_read.pop(oldest)
                self._known.pop(oldest, None)

    def _read(self, key: tuple[str, str], blob: bytes) -> tuple[Snapshot, bytes]:
        """What another gitflow has stored may have been compiled again meanwhile, by this one, from the same files."""
        try:
            return self._decoded(key, blob), blob
        except compiled.WrongFormat as error:
            found = self._cached(key)
            if found is None:
                raise OtherFormat(*key) from error
            return found

    def remember_parts(self, workspace: str) -> None:
        """From now on loads of the workspace, one at a time, build on the one before."""
        from gitflow.definitions.memory import Memory

        self._memories.setdefault(workspace, Memory())

    def forget(self, in_use: Collection[tuple[str, str]]) -> int:
        """Lets go of what is not in use and was not asked for since the last call; how many that were."""
        faded = self._fading - set(in_use)
        for key in faded:
            self._known.pop(key, None)
            with self._read_lock:
                self._were_read.pop(key, None)
        self._fading = set(self._known)
        return len(faded)

    def prune(self, unused_s: float, now: float) -> int:
        """Removes from the disk what has not been read for so long; how many files that were. ``now``: wall clock."""
        removed = 0
        with suppress(OSError), os.scandir(self._cache_dir) as members:
            for member in members:
                with suppress(OSError):
                    if now - member.stat(follow_symlinks=False).st_mtime > unused_s:
                        os.unlink(member.path)
                        removed += 1
        return removed

    def _recalled(self, key: tuple[str, str]) -> tuple[Snapshot, bytes] | None:
        self._fading.discard(key)
        return self._known.get(key)

    def plan_of(self, workspace: str, revision: str, task_name: str) -> Plan:
        return plan_task(self.of(workspace, revision), task_name)

    def _decoded(self, key: tuple[str, str], blob: bytes) -> Snapshot:
        return replace(compiled.decode(blob), workspace=key[0], revision=key[1])

    def _path(self, key: tuple[str, str]) -> str:
        return os.path.join(self._cache_dir, f"{key[0]}-{key[1]}-{__version__}-{compiled.FORMAT}.json")

    def _cached(self, key: tuple[str, str]) -> tuple[Snapshot, bytes] | None:
        """None where it is not there, not whole, or not ours: it is then made again from source."""
        try:
            with open(self._path(key), "rb") as file:
                if os.fstat(file.fileno()).st_uid != os.geteuid():
                    return None  # what it says would be run
                blob = file.read()
                os.utime(file.fileno())  # so that it is not pruned
            return self._decoded(key, blob), blob
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return None

    def _compiled(self, workspace: Workspace, revision: Revision) -> tuple[Snapshot, bytes]:
        from gitflow.definitions.loader import load

        loaded = load(
            workspace.definition_files(revision),
            workspace=workspace.identity,
            revision=revision.id,
            has_file=lambda path: workspace.has_file(revision, path),
            known=self._memories.get(workspace.identity),
        )
        if loaded.snapshot is None or loaded.compiled is None:
            raise RevisionRefused(workspace.identity, revision.id, loaded.problems)
        self._write(self._path((workspace.identity, revision.id)), loaded.compiled)
        return loaded.snapshot, loaded.compiled

    def _write(self, path: str, blob: bytes) -> None:
        """A cache that cannot be written is only slower."""
        aside = f"{path}.{os.urandom(6).hex()}"
        try:
            os.makedirs(self._cache_dir, mode=0o700, exist_ok=True)
            with open(aside, "xb") as file:
                file.write(blob)
            os.replace(aside, path)
        except OSError:
            with suppress(OSError):
                os.unlink(aside)
