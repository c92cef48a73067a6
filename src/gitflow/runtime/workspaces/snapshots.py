"""Snapshots by workspace and revision: from memory, from the compiled cache, from the store, or from source.

A revision never changes, so what it compiles to is kept: the second run of a revision reads one
file and parses no YAML, no schema and no git object.

Several threads of a server ask at once, and none reads by the connection of another: a thread that has a store names
it, once (``read_here``); for all others one is opened each time (``open_store``). The thread that builds the Snapshots
reads by the store that it gives them, until it calls ``read_elsewhere``.
"""

from __future__ import annotations

import os
from contextlib import suppress
from threading import Lock, local

from gitflow import __version__
from gitflow.core.errors import Conflict, NotFound, RevisionRefused, StoreError
from gitflow.core.jobs.planning import plan_task
from gitflow.core.record import record, replace
from gitflow.definitions import compiled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.jobs.job import Plan
    from gitflow.core.language.snapshot import Commit, Snapshot
    from gitflow.core.language.sources import Revision
    from gitflow.core.problems import Problem
    from gitflow.definitions.cache import Memory
    from gitflow.definitions.source.base import Loaded
    from gitflow.stores.protocols.jobs import JobStore
    from gitflow.stores.registry import Stores
    from gitflow.workspaces.base import Source, Workspace

    At = tuple[Source, Revision]


#: How many revisions are kept beside those in force, and how many bytes of them, as compiled. The last few that were
#: asked for stay whatever they weigh: a job may just be made of one, with which it is stored.
MOST_KEPT, MOST_BYTES, LEAST_KEPT = 64, 16 << 20, 8
#: Characters of a commit's subject and author that a job keeps.
MOST_SUBJECT = 300


class OtherFormat(StoreError):
    """Definitions as another version of gitflow has compiled them."""

    def __init__(self, workspace: str, revision: str) -> None:
        super().__init__(
            f"the definitions of {workspace} at {revision} were stored by another version of gitflow; "
            f"make them anew from their files with: gitflow tasks -w WORKSPACE --rev {revision}, then try again"
        )


@record
class Examined:
    """A revision as it could be read: whole, or without the definitions that have errors."""

    snapshot: Snapshot
    problems: tuple[Problem, ...]
    broken: frozenset[tuple[str, str]] = frozenset()  #: (section, name) of definitions that were left out
    unreadable: frozenset[str] = frozenset()  #: files that were


class Snapshots:
    def __init__(self, store: JobStore | None, cache_dir: str, open_store: Callable[[], Stores] | None = None) -> None:
        """``open_store`` opens another connection; None: there is but one thread."""
        self._store = store
        self._local = local()
        self._local.store = store
        self._open_store = open_store
        self._cache_dir = os.path.join(cache_dir, "compiled")
        self._lock = Lock()  #: of the next two
        self._known: dict[tuple[str, str], tuple[Snapshot, bytes]] = {}  #: the one last asked for is the last
        self._in_force: dict[str, str] = {}  #: by workspace
        self._memories: dict[str, Memory] = {}  #: by workspace, where revision after revision is loaded

    def load(self, workspace: Workspace, revision: Revision) -> Snapshot:
        """Raises RevisionRefused with all its problems."""
        key = (workspace.identity, revision.id)
        known = self._recalled(key)
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
        """What can be said of a revision that nobody has reason to trust: nothing is decrypted, and errors are told."""
        return self.examine_both((source, revision), (source, revision))[0]

    def examine_both(self, base: At, head: At) -> tuple[Examined, Examined]:
        """Two revisions of one workspace. Of the second only what differs from the first is read and checked."""
        known = self._examined(base), self._examined(head)
        if known[0] is not None and known[1] is not None:
            return known[0], known[1]
        memory = self._memory_of(base, known[0], head)
        before = known[0] or self._examine(base, memory)
        return before, known[1] or self._examine(head, memory)

    def _examined(self, at: At) -> Examined | None:
        key = (at[0].identity, at[1].id)
        known = self._recalled(key) or self._cached(key)
        if known is None:
            return None
        snapshot, blob = known
        as_stored = snapshot if compiled.is_stored(snapshot) else self._decoded(key, blob)
        return Examined(as_stored, snapshot.warnings)

    def _memory_of(self, base: At, known: Examined | None, head: At) -> Memory:
        """What loading ``base`` leaves for ``head``: where that is cached, its parts of the files that are the same.
        Where it is not, the files that were read of ``head`` serve for ``base`` too."""
        from gitflow.definitions.cache import Memory
        from gitflow.definitions.stored import remember

        memory = Memory()
        files, ids = head[0].definition_files(head[1]), head[0].definition_ids(head[1])
        if known is None:
            base[0].offer(files, ids)
        else:
            before = base[0].definition_ids(base[1])
            remember(memory, known.snapshot, [file for file in files if before.get(file.path) == ids[file.path]])
        return memory

    def _examine(self, at: At, memory: Memory) -> Examined:
        loaded = self._loaded(*at, memory, decrypts=False)
        if loaded.snapshot is not None and loaded.compiled is not None:
            if not _has_encrypted(loaded.snapshot):
                self._write(self._path((at[0].identity, at[1].id)), loaded.compiled)
            return Examined(loaded.snapshot, loaded.problems)
        assert loaded.partial
        partial = loaded.partial
        return Examined(partial.snapshot, loaded.problems, partial.broken, partial.unreadable)

    def serve(self, workspace: Workspace, revision: Revision) -> Snapshot:
        """``load``, of what stays at hand from now on, in place of what did before."""
        snapshot = self.load(workspace, revision)
        with self._lock:
            self._in_force[workspace.identity] = revision.id
        return snapshot

    def read_here(self, store: JobStore) -> None:
        """This thread reads what nobody has read yet from a store of its own."""
        self._local.store = store

    def read_elsewhere(self) -> None:
        """This thread no longer reads from a store of its own: another thread has it from now on."""
        self._local.store = None

    def keep(self, workspace: str, revision: str) -> None:
        """Stores it, so that a job may refer to it. Call it in the transaction that creates the job.

        One that is not known here is stored already, where the job retries another, or was let go since it was loaded.
        Raises Conflict where it is nowhere any more.
        """
        if self._store is None:
            return
        key = (workspace, revision)
        known = self._recalled(key)
        if known is None:
            if self._store.snapshot(*key) is not None:
                return
            known = self._cached(key)
        if known is None:
            raise Conflict(f"revision {revision} of workspace {workspace} was let go of meanwhile; ask again")
        self._store.put_snapshot(workspace, revision, known[1])

    def of(self, workspace: str, revision: str) -> Snapshot:
        """The snapshot of a job that exists. Raises NotFound, and OtherFormat."""
        key = (workspace, revision)
        known = self._recalled(key)
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

    def _recalled(self, key: tuple[str, str]) -> tuple[Snapshot, bytes] | None:
        with self._lock:
            known = self._known.pop(key, None)
            if known is not None:
                self._known[key] = known
        return known

    def _remember(self, key: tuple[str, str], found: tuple[Snapshot, bytes]) -> tuple[Snapshot, bytes]:
        """What was loaded or read can be loaded or read again, so only so much of it is kept."""
        with self._lock:
            known = self._known.setdefault(key, found)  # another thread may have been quicker
            others = [each for each in self._known if self._in_force.get(each[0]) != each[1]]
            weight = sum(len(self._known[each][1]) for each in others)
            while len(others) > LEAST_KEPT and (len(others) > MOST_KEPT or weight > MOST_BYTES):
                weight -= len(self._known.pop(others.pop(0))[1])
        return known

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
        from gitflow.definitions.cache import Memory

        self._memories.setdefault(workspace, Memory())

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

    def _loaded(self, source: Source, revision: Revision, known: Memory | None, *, decrypts: bool = True) -> Loaded:
        from gitflow.definitions.loader import load

        return load(
            source.definition_files(revision),
            workspace=source.identity,
            revision=revision.id,
            has_file=lambda path: source.has_file(revision, path),
            known=known,
            decrypts=decrypts,
        )

    def _compiled(self, workspace: Workspace, revision: Revision) -> tuple[Snapshot, bytes]:
        loaded = self._loaded(workspace, revision, self._memories.get(workspace.identity))
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


def _shortened(commit: Commit) -> Commit:
    """What a job keeps of it: a line of the message, and nothing of any length."""
    return replace(commit, message=commit.subject[:MOST_SUBJECT], author=commit.author[:MOST_SUBJECT])


def _has_encrypted(snapshot: Snapshot) -> bool:
    """Whether a secret stands in an encrypted file: that it can be decrypted was not tried."""
    return any("sops(" in str(value) for value in snapshot.secrets.values())
