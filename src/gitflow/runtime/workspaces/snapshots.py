"""Snapshots by workspace and revision: from memory, from the compiled cache, from the store, or from source.

A revision never changes, so its compiled form is kept: the second run of a revision reads one
file and parses no YAML, no schema and no git object.

Several threads of a server load at once, and none uses the connection of another. A thread with a store of its own
sets it once (``read_here``); for every other thread a store is opened each time (``open_store``). The thread that
constructs the Snapshots reads from the store that it passes, until it calls ``read_elsewhere``.
"""

from __future__ import annotations

import os

from gitflow import __version__
from gitflow.core.errors import Conflict, NotFound, OtherFormat, RevisionRefused
from gitflow.core.jobs.planning import plan_task
from gitflow.core.record import Record, replace
from gitflow.core.standard import suppress
from gitflow.definitions import compiled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Lock, local

    from gitflow.core.jobs.job import Plan
    from gitflow.core.language.snapshot import Commit, Snapshot
    from gitflow.core.language.sources import Revision
    from gitflow.core.problems import Problem
    from gitflow.definitions.cache import LoadCache
    from gitflow.definitions.source.base import Loaded
    from gitflow.stores.protocols.jobs import JobStore
    from gitflow.stores.registry import Stores
    from gitflow.workspaces.base import Source, Workspace

    At = tuple[Source, Revision]
else:
    from _thread import _local as local  # what threading calls so
    from _thread import allocate_lock as Lock


#: How many revisions are kept besides the active ones, and how many bytes of compiled snapshots. The few that were used
#: last stay whatever their size: a job may be about to be created and stored with one of them.
MAX_KEPT, MAX_BYTES, MIN_KEPT = 64, 16 << 20, 8
#: Characters of a commit's subject and author that a job keeps.
MAX_SUBJECT = 300


class Examined(Record):
    """A revision as it could be read: whole, or without the definitions that have errors."""

    snapshot: Snapshot
    problems: tuple[Problem, ...]
    broken: frozenset[tuple[str, str]] = frozenset()  #: (section, name) of definitions that were left out
    unreadable: frozenset[str] = frozenset()  #: files that were


class Snapshots:
    def __init__(self, store: JobStore | None, cache_dir: str, open_store: Callable[[], Stores] | None = None) -> None:
        """``open_store`` opens another connection; None: there is only one thread."""
        self._store = store
        self._local = local()
        self._local.store = store
        self._open_store = open_store
        self._cache_dir = os.path.join(cache_dir, "compiled")
        self._lock = Lock()  #: of the next two
        self._known: dict[tuple[str, str], tuple[Snapshot, bytes]] = {}  #: in the order of use, the latest last
        self._active: dict[str, str] = {}  #: by workspace
        self._load_caches: dict[str, LoadCache] = {}  #: by workspace, where revision after revision is loaded

    def load(self, workspace: Workspace, revision: Revision) -> Snapshot:
        """Raises RevisionRefused with all problems of the revision."""
        key = (workspace.identity, revision.id)
        known = self._find_known(key)
        if known is None:
            known = self._remember(key, self._cached(key) or self._compiled(workspace, revision))
        return self._with_commit(key, known, revision)

    def _with_commit(self, key: tuple[str, str], known: tuple[Snapshot, bytes], revision: Revision) -> Snapshot:
        """What is compiled does not say of which commit it is: only a Revision does. A folder with changes is of none,
        and the same files may be those of another commit later."""
        if revision.commit is None and not revision.dirty:
            return known[0]  # not known
        commit = None if revision.dirty or revision.commit is None else _shortened(revision.commit)
        if commit == known[0].commit:
            return known[0]
        made = replace(known[0], commit=commit), known[1]
        with self._lock:
            if key in self._known:
                self._known[key] = made
        return made[0]

    def examine(self, source: Source, revision: Revision) -> Examined:
        """The definitions and problems of a revision that is not trusted: nothing is decrypted."""
        return self.examine_both((source, revision), (source, revision))[0]

    def examine_both(self, base: At, head: At, *, decrypts: bool = False) -> tuple[Examined, Examined]:
        """Two revisions of one workspace. Of the second only what differs from the first is read and checked.
        ``decrypts``: encrypted files are decrypted, as when a revision is loaded."""
        known = self._examined(base, decrypts), self._examined(head, decrypts)
        if known[0] is not None and known[1] is not None:
            return known[0], known[1]
        memory = self._memory_of(base, known[0], head)
        before = known[0] or self._examine(base, memory, decrypts)
        return before, known[1] or self._examine(head, memory, decrypts)

    def _examined(self, at: At, decrypts: bool) -> Examined | None:
        key = (at[0].identity, at[1].id)
        known = self._find_known(key) or self._cached(key) or (None if decrypts else self._cached(_undecrypted(key)))
        if known is None:
            return None
        snapshot, blob = known
        as_stored = snapshot if compiled.is_stored(snapshot) else self._decoded(key, blob)
        return Examined(as_stored, snapshot.warnings)

    def _memory_of(self, base: At, known: Examined | None, head: At) -> LoadCache:
        """What loading ``base`` leaves for ``head``: where that is cached, its parts of the files that are the same.
        Where it is not, the files that were read of ``head`` serve for ``base`` too."""
        from gitflow.definitions.cache import LoadCache
        from gitflow.definitions.stored import remember

        memory = LoadCache()
        files, ids = head[0].definition_files(head[1]), head[0].definition_ids(head[1])
        if known is None:
            base[0].offer(files, ids)
        else:
            before = base[0].definition_ids(base[1])
            remember(memory, known.snapshot, [file for file in files if before.get(file.path) == ids[file.path]])
        return memory

    def _examine(self, at: At, memory: LoadCache, decrypts: bool) -> Examined:
        loaded = self._loaded(*at, memory, decrypts=decrypts)
        if loaded.snapshot is not None and loaded.compiled is not None:
            key = (at[0].identity, at[1].id)
            is_sure = decrypts or not _has_encrypted(loaded.snapshot)
            self._write(self._path(key if is_sure else _undecrypted(key)), loaded.compiled)
            return Examined(loaded.snapshot, loaded.problems)
        assert loaded.partial
        partial = loaded.partial
        return Examined(partial.snapshot, loaded.problems, partial.broken, partial.unreadable)

    def serve(self, workspace: Workspace, revision: Revision) -> Snapshot:
        """Loads a revision that becomes the active one of its workspace, which is always kept in memory."""
        snapshot = self.load(workspace, revision)
        with self._lock:
            self._active[workspace.identity] = revision.id
        return snapshot

    def read_here(self, store: JobStore) -> None:
        """From now on this thread reads from ``store``."""
        self._local.store = store

    def read_elsewhere(self) -> None:
        """From now on this thread reads from no store of its own: another thread uses it."""
        self._local.store = None

    def keep(self, workspace: str, revision: str) -> None:
        """Stores the snapshot, so that a job can refer to it. Call it in the transaction that creates the job.

        A snapshot that is not in memory is stored already if the job retries another; otherwise it was dropped since
        it was loaded. Raises Conflict if it is in no cache either.
        """
        if self._store is None:
            return
        key = (workspace, revision)
        known = self._find_known(key)
        if known is None:
            if self._store.snapshot(*key) is not None:
                return
            known = self._cached(key)
        if known is None:
            raise Conflict(f"revision {revision} of workspace {workspace} was dropped from memory; try again")
        self._store.put_snapshot(workspace, revision, known[1])

    def of(self, workspace: str, revision: str) -> Snapshot:
        """The snapshot of a stored job. Raises NotFound and OtherFormat."""
        key = (workspace, revision)
        known = self._find_known(key)
        if known is None:
            blob = self._blob(key)
            if blob is None:
                raise NotFound("stored revision", f"{workspace}@{revision}")
            known = self._remember(key, self._read(key, blob))
        return known[0]

    def _blob(self, key: tuple[str, str]) -> bytes | None:
        store: JobStore | None = getattr(self._local, "store", None)
        if store is None and self._open_store is not None:
            with self._open_store() as stores:
                return stores.jobs.snapshot(*key)
        store = store or self._store
        return None if store is None else store.snapshot(*key)

    def _find_known(self, key: tuple[str, str]) -> tuple[Snapshot, bytes] | None:
        with self._lock:
            known = self._known.pop(key, None)
            if known is not None:
                self._known[key] = known
        return known

    def _remember(self, key: tuple[str, str], found: tuple[Snapshot, bytes]) -> tuple[Snapshot, bytes]:
        """Keeps a snapshot in memory, and drops the least recently used ones above the limits."""
        with self._lock:
            known = self._known.setdefault(key, found)  # another thread may have been faster
            others = [each for each in self._known if self._active.get(each[0]) != each[1]]
            weight = sum(len(self._known[each][1]) for each in others)
            while len(others) > MIN_KEPT and (len(others) > MAX_KEPT or weight > MAX_BYTES):
                weight -= len(self._known.pop(others.pop(0))[1])
        return known

    def _read(self, key: tuple[str, str], blob: bytes) -> tuple[Snapshot, bytes]:
        """If another version compiled the stored snapshot, this version may have compiled it again in the cache."""
        try:
            return self._decoded(key, blob), blob
        except compiled.WrongFormat as error:
            found = self._cached(key)
            if found is None:
                raise _other_format(*key) from error
            return found

    def reuse_parts(self, workspace: str) -> None:
        """From now on each load of the workspace reuses parts of the one before; the caller serializes the loads."""
        from gitflow.definitions.cache import LoadCache

        self._load_caches.setdefault(workspace, LoadCache())

    def prune(self, unused_s: float, now: float) -> int:
        """Removes cache files that were not read for ``unused_s``; returns how many. ``now``: wall clock."""
        removed = 0
        with suppress(OSError), os.scandir(self._cache_dir) as members:
            for member in members:
                with suppress(OSError):
                    if now - member.stat(follow_symlinks=False).st_mtime > unused_s:
                        os.unlink(member.path)
                        removed += 1
        return removed

    def plan_of(self, workspace: str, revision: str, task_name: str) -> Plan:
        return plan_task(self.of(workspace, revision), task_name)

    def _decoded(self, key: tuple[str, str], blob: bytes) -> Snapshot:
        return replace(compiled.decode(blob), workspace=key[0], revision=key[1])

    def _path(self, key: tuple[str, str]) -> str:
        return os.path.join(self._cache_dir, f"{key[0]}-{key[1]}-{__version__}-{compiled.FORMAT}.json")

    def _cached(self, key: tuple[str, str]) -> tuple[Snapshot, bytes] | None:
        """None if it is missing, damaged or another user's; it is compiled from source then."""
        try:
            with open(self._path(key), "rb") as file:
                if os.fstat(file.fileno()).st_uid != os.geteuid():
                    return None  # another user could make us run its scripts
                blob = file.read()
                os.utime(file.fileno())  # so that it is not pruned
            return self._decoded(key, blob), blob
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return None

    def _loaded(self, source: Source, revision: Revision, known: LoadCache | None, *, decrypts: bool = True) -> Loaded:
        from gitflow.definitions.loader import load

        return load(
            source.definition_files(revision),
            workspace=source.identity,
            revision=revision.id,
            has_file=lambda path: source.has_file(revision, path),
            load_cache=known,
            decrypts=decrypts,
        )

    def _compiled(self, workspace: Workspace, revision: Revision) -> tuple[Snapshot, bytes]:
        loaded = self._loaded(workspace, revision, self._load_caches.get(workspace.identity))
        if loaded.snapshot is None or loaded.compiled is None:
            raise RevisionRefused(workspace.identity, revision.id, loaded.problems)
        self._write(self._path((workspace.identity, revision.id)), loaded.compiled)
        return loaded.snapshot, loaded.compiled

    def _write(self, path: str, blob: bytes) -> None:
        """Ignores errors: without the cache the next load is only slower."""
        aside = f"{path}.{os.urandom(6).hex()}"
        try:
            os.makedirs(self._cache_dir, mode=0o700, exist_ok=True)
            with open(aside, "xb") as file:
                file.write(blob)
            os.replace(aside, path)
        except OSError:
            with suppress(OSError):
                os.unlink(aside)


def _shortened(commit: Commit) -> Commit:
    """What a job keeps of it: a line of the message, and nothing of any length."""
    return replace(commit, message=commit.subject[:MAX_SUBJECT], author=commit.author[:MAX_SUBJECT])


def _undecrypted(key: tuple[str, str]) -> tuple[str, str]:
    """Where a revision is kept whose encrypted files were not decrypted: for comparisons, never to be run."""
    return key[0], f"{key[1]}-undecrypted"


def _has_encrypted(snapshot: Snapshot) -> bool:
    """Whether a secret stands in an encrypted file: that it can be decrypted was not tried."""
    return any("sops(" in str(value) for value in snapshot.secrets.values())


def _other_format(workspace: str, revision: str) -> OtherFormat:
    return OtherFormat(
        f"the definitions of {workspace} at {revision} were stored by another version of gitflow; "
        f"compile them again from their files with: gitflow tasks -w WORKSPACE --rev {revision}, then try again"
    )
