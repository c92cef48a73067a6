"""The files of revisions where all servers have them, for the server that takes over.

A commit that was taken out of its branch by force is only in the mirror of the server that fetched it, and what a
folder had is nowhere else. So the files of a revision are put there before the first job of it is created, as one
archive whose name has its SHA-256. Jobs do not depend on it: where it cannot be put, that is logged and tried again.
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
    from collections.abc import Collection

    from gitflow.stores.protocols.blobs import Blobs
    from gitflow.stores.registry import Stores
    from gitflow.workspaces.checkouts import Checkout

    Name = tuple[str, str]  #: workspace and revision

#: How long nothing is put after a failure, and how long a revision that was asked for is not removed, in seconds.
PAUSE_S, USED_S = 60.0, 3600.0
#: The largest archive that is taken, in bytes.
MAX_BYTES = 16 << 30

_TOP = "bundles"
_KEY = re.compile(rf"{_TOP}/([0-9a-f]{{64}})/([0-9a-f]{{64}})")
_log = logging.getLogger("gitflow.workspaces")


class RevisionFiles:
    """Callable from any thread; may take long."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._lock = Lock()
        self._used: dict[str, float] = {}  #: what is known to be there -> when it was asked for, by the monotonic clock
        self._paused_until = 0.0

    def share(self, checkout: Checkout, name: Name) -> None:
        """Puts the files of a revision, unless they are there."""
        prefix, now = _prefix(*name), time.monotonic()
        if prefix in self._used:
            self._used[prefix] = now
            return
        with self._lock:
            if now < self._paused_until:
                return
            try:
                if not any(True for _ in self._blobs.list(prefix)):
                    path, digest = bundles.bundle_of(checkout)
                    self._blobs.put(f"{prefix}/{digest}", path)
                self._used[prefix] = now
            except (GitflowError, OSError) as error:
                self._paused_until = time.monotonic() + PAUSE_S
                _log.warning("the files of %s at %s are on this server alone for now: %s", *name, error)

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

        ``now``: wall clock. Raises StoreError.
        """
        kept = {_prefix(*name) for name in live}
        old = [blob for blob in self._blobs.list(_TOP) if _KEY.fullmatch(blob.key) and blob.put_at < now - YOUNG_S]
        removed = [blob for blob in old if blob.key.rpartition("/")[0] not in kept and self._remove(blob.key)]
        return len(removed), sum(blob.size for blob in removed)

    def _remove(self, key: str) -> bool:
        prefix = key.rpartition("/")[0]
        with self._lock:
            used = self._used.get(prefix)
            if used is not None and time.monotonic() - used < USED_S:
                return False  # a job of it may be about to be created
            self._used.pop(prefix, None)
            self._blobs.remove(key)
        return True


def shared_revisions(stores: Stores) -> RevisionFiles | None:
    """None: servers share no files."""
    shared = stores.artifacts.shared
    return None if shared is None else RevisionFiles(shared.blobs)


def _prefix(identity: str, revision: str) -> str:
    named = "\0".join((identity, revision)).encode(errors="surrogateescape")
    return f"{_TOP}/{hashlib.sha256(named).hexdigest()}"
