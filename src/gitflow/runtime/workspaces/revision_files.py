"""The files of revisions where all servers have them, for the server that takes over.

A commit that was taken out of its branch by force is only in the mirror of the server that fetched it, and what a
folder had is nowhere else. So the files of a revision are put there before the first job of it is created, as one
archive whose name has its SHA-256. Jobs do not depend on it: where it cannot be put, that is logged and tried again.

``sweep`` may run in another process than ``share`` (``gitflow gc`` beside a server). So each revision that was asked
for has a mark on this machine, a file that is touched, and what was asked for lately is not removed.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import time
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING

from gitflow.core.errors import GitflowError, StoreError, WorkspaceError
from gitflow.stores.protocols.blobs import NoBlob
from gitflow.stores.shared_files import YOUNG_S, fetch
from gitflow.workspaces import bundles

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from gitflow.stores.protocols.blobs import Blob
    from gitflow.stores.registry import Stores
    from gitflow.stores.shared_files import SharedFiles
    from gitflow.workspaces.checkouts import Checkout

    Name = tuple[str, str]  #: workspace and revision

#: How long nothing is put after a failure, and how long a revision that was asked for is not removed, in seconds.
PAUSE_S, USED_S = 60.0, 3600.0
#: How long a revision that was found there counts as there, in seconds: less than it stays since it was asked for.
KNOWN_S = USED_S / 2
#: The largest archive that is taken, in bytes.
MAX_BYTES = 16 << 30

_TOP = "bundles"
_KEY = re.compile(rf"{_TOP}/([0-9a-f]{{64}})/([0-9a-f]{{64}})")
_log = logging.getLogger("gitflow.workspaces")


class RevisionFiles:
    """Callable from any thread; may take long."""

    def __init__(self, shared: SharedFiles) -> None:
        self._shared = shared
        self._blobs = shared.blobs
        self._marks = os.path.join(shared.folder, "revisions")
        self._lock = Lock()
        self._known: dict[str, float] = {}  #: what is there -> since when that counts, by the monotonic clock
        self._paused_until = 0.0

    def share(self, checkout: Checkout, name: Name) -> None:
        """Puts the files of a revision, unless they are there."""
        prefix, now = _prefix(*name), time.monotonic()
        try:
            self._mark(prefix)
            if now - self._known.get(prefix, -KNOWN_S) < KNOWN_S:
                return
            with self._lock:
                if now < self._paused_until:
                    return
                if not any(True for _ in self._blobs.list(prefix)):
                    path, digest = bundles.bundle_of(checkout)
                    self._blobs.put(f"{prefix}/{digest}", path)
                self._known[prefix] = now
        except (GitflowError, OSError) as error:
            self._paused_until = time.monotonic() + PAUSE_S
            _log.warning("the files of %s at %s are on this server alone for now: %s", *name, error)

    def _mark(self, prefix: str) -> None:
        """From now on it is not removed for a while. Raises OSError."""
        with self._shared.locked():
            os.makedirs(self._marks, mode=0o700, exist_ok=True)
            path = self._mark_of(prefix)
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
            os.utime(path)

    def _mark_of(self, prefix: str) -> str:
        return os.path.join(self._marks, os.path.basename(prefix))

    def restore(self, name: Name, path: str) -> bool:
        """Makes the checkout ``path``; whether the files are there. Raises WorkspaceError."""
        prefix = _prefix(*name)
        archive = os.path.join(os.path.dirname(path), f".{os.urandom(8).hex()}")
        try:
            found = [match[2] for blob in self._blobs.list(prefix) if (match := _KEY.fullmatch(blob.key))]
            if not found:
                return False
            os.makedirs(os.path.dirname(path), exist_ok=True)
            fetch(self._blobs, f"{prefix}/{found[0]}", found[0], archive, at_most=MAX_BYTES)
            bundles.unpack(archive, path)
        except NoBlob:
            return False
        except (OSError, StoreError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise WorkspaceError(f"the files of a revision cannot be brought here: {why}") from error
        finally:
            with suppress(FileNotFoundError):
                os.unlink(archive)
        return True

    def sweep(self, live: Collection[Name], now: float) -> tuple[int, int]:
        """Removes archives of revisions that are not ``live`` and were put long ago; how many, and their bytes.

        ``now``: wall clock. Raises StoreError and OSError.
        """
        removed = [blob for blob in list(self.unneeded(live, now)) if self._remove(blob.key, now)]
        self._remove_marks(now)
        return len(removed), sum(blob.size for blob in removed)

    def unneeded(self, live: Collection[Name], now: float) -> Iterator[Blob]:
        """Archives of revisions that are not ``live``, were put long ago and not asked for lately. Raises
        StoreError."""
        kept = {_prefix(*name) for name in live}
        for blob in self._blobs.list(_TOP):
            prefix = blob.key.rpartition("/")[0]
            is_old = _KEY.fullmatch(blob.key) and blob.put_at < now - YOUNG_S and prefix not in kept
            if is_old and not self._is_marked(prefix, now):
                yield blob

    def _is_marked(self, prefix: str, now: float) -> bool:
        """Whether it was asked for lately: a job of it may be about to be created."""
        try:
            return os.stat(self._mark_of(prefix)).st_mtime > now - USED_S
        except FileNotFoundError:
            return False

    def _remove(self, key: str, now: float) -> bool:
        prefix = key.rpartition("/")[0]
        with self._shared.locked():
            if self._is_marked(prefix, now):
                return False
            self._known.pop(prefix, None)
            self._blobs.remove(key)
        return True

    def _remove_marks(self, now: float) -> None:
        """Those that keep nothing any more."""
        with self._shared.locked(), suppress(FileNotFoundError):
            for entry in os.scandir(self._marks):
                if entry.stat().st_mtime < now - YOUNG_S:
                    os.unlink(entry.path)


def shared_revisions(stores: Stores) -> RevisionFiles | None:
    """None: servers share no files."""
    shared = stores.artifacts.shared
    return None if shared is None else RevisionFiles(shared)


def _prefix(identity: str, revision: str) -> str:
    named = "\0".join((identity, revision)).encode(errors="surrogateescape")
    return f"{_TOP}/{hashlib.sha256(named).hexdigest()}"
