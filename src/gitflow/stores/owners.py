"""Which processes are alive: each holds a lock file, and the kernel releases the lock when the process ends.

An owner holds ``owners/<id>.lock`` by ``flock``. A slow or stopped process still holds its lock, so it never counts as
dead; a process that was killed or crashed loses it at once. The file has the process id, for people to read. Child
programs do not inherit the lock (``O_CLOEXEC``). A ``fork`` without ``exec`` would, so owners do not fork that way.
"""

from __future__ import annotations

import fcntl
import os

from gitflow.core.errors import StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from types import TracebackType

#: Prefixes of owner ids: a command, whose jobs end with it, and a server, whose jobs another server resumes.
RUN, SERVER = "run", "server"

_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


class Owner:
    """This process, as the owner of jobs. It counts as alive until ``close``, or until the process ends."""

    def __init__(self, id: str, path: str, fd: int) -> None:
        self.id = id
        self._path = path
        self._fd: int | None = fd

    def close(self) -> None:
        """Releases the lock: other processes then end or take over the jobs that are still open."""
        fd, self._fd = self._fd, None
        if fd is not None:
            _remove(self._path, fd)

    def __enter__(self) -> Owner:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class Owners:
    """The owners of one state directory."""

    def __init__(self, state_dir: str) -> None:
        self._folder = os.path.join(state_dir, "owners")
        self._taken: dict[str, int] = {}

    def claim(self, kind: str = RUN) -> Owner:
        """Makes this process a new owner. Raises StoreError."""
        id = f"{kind}-{os.urandom(8).hex()}"
        path = self._path(id)
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            while (fd := _try_lock(path)) is None:
                pass  # another process removed the new file before it was locked
            _write_pid(fd)
        except OSError as error:
            from gitflow.stores.refusals import refused

            raise refused(error, path) from error
        return Owner(id, path, fd)

    def take_dead(self, ids: Iterable[str]) -> list[str]:
        """Locks and returns those of these owners that are dead and that no other process is handling.

        They stay locked until ``settled`` or ``close``. Read the jobs of a dead owner only after this call: another
        process may just have handled them.
        """
        return [id for id in ids if self._take(id)]

    def settled(self, id: str) -> None:
        """Releases a dead owner, whose jobs have ended or have a new owner."""
        if (fd := self._taken.pop(id, None)) is not None:
            _remove(self._path(id), fd)

    def clear(self, with_jobs: Callable[[], Collection[str]]) -> list[str]:
        """Removes the files of dead owners without open jobs; returns their ids.

        ``with_jobs`` asks the store which owners have open jobs. It is asked again once a file is locked: then its
        owner is certainly dead and cannot create another job. Owners with jobs are left to the process that takes these
        over.
        """
        kept = {*with_jobs(), *self._taken}
        return [id for id in self._ids() if id not in kept and self._clear(id, with_jobs)]

    def _clear(self, id: str, with_jobs: Callable[[], Collection[str]]) -> bool:
        path = self._path(id)
        try:
            fd = _lock_if_there(path)
        except OSError:
            return False  # the file belongs to another user, or the disk is read-only
        if fd is None:
            return False
        is_unused = False
        try:
            is_unused = id not in with_jobs()
        finally:
            _remove(path, fd) if is_unused else os.close(fd)
        return is_unused

    def _ids(self) -> list[str]:
        try:
            files = os.listdir(self._folder)
        except OSError:
            return []
        return sorted(file[:-5] for file in files if file.endswith(".lock") and _SAFE.issuperset(file[:-5]))

    def alive(self) -> list[tuple[str, int]]:
        """``(id, process id)`` of every living owner. Files of dead owners without jobs are ignored.

        A dead owner whose jobs a living process is handling counts as alive. The process id is 0 until it has been
        written.
        """
        try:
            files = os.listdir(self._folder)
        except FileNotFoundError:
            return []
        return [
            (file[:-5], pid) for file in sorted(files) if (pid := _holder(os.path.join(self._folder, file))) is not None
        ]

    def close(self) -> None:
        """Releases all dead owners that this process has locked, settled or not."""
        for id in list(self._taken):
            fd = self._taken.pop(id)
            os.close(fd)  # the file stays, so that the next process finds the jobs that were not handled

    def _take(self, id: str) -> bool:
        if id in self._taken:
            return False
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        fd = _try_lock(self._path(id))
        if fd is None:
            return False
        self._taken[id] = fd
        return True

    def _path(self, id: str) -> str:
        if not id or not _SAFE.issuperset(id):
            raise StoreError(f"{id!r} cannot be the id of an owner")
        return os.path.join(self._folder, f"{id}.lock")


def _write_pid(fd: int) -> None:
    """Writes the process id for people to read. On a full disk it is left out: only the lock matters."""
    try:
        os.ftruncate(fd, 0)
        os.write(fd, b"%d\n" % os.getpid())
    except OSError as error:
        from gitflow.stores.refusals import is_full

        if not is_full(error):
            raise


def is_server(id: str) -> bool:
    """Whether the owner is, or was, a server."""
    return id.startswith(f"{SERVER}-")


def _try_lock(path: str) -> int | None:
    """Creates and locks the file; None if another process holds it.

    Two processes must never hold the same name, so the lock counts only if the path still leads to the locked file.
    """
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return None
        if _leads_to(path, fd):
            return fd
        os.close(fd)


def _lock_if_there(path: str) -> int | None:
    """The locked file; None if another process holds it, or has just removed it."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    if _leads_to(path, fd):
        return fd
    os.close(fd)
    return None


def _leads_to(path: str, fd: int) -> bool:
    try:
        there = os.stat(path)
    except FileNotFoundError:
        return False
    held = os.fstat(fd)
    return (there.st_dev, there.st_ino) == (held.st_dev, held.st_ino)


def _remove(path: str, fd: int) -> None:
    """Removes the file while it is still locked, so that no process can lock a file of this name in between."""
    try:
        os.unlink(path)
    except OSError:
        return  # the folder is gone or read-only; it is enough that the lock is released
    finally:
        os.close(fd)


def _holder(path: str) -> int | None:
    """The process id in a lock file that a process holds, 0 if it cannot be read; None if no process holds it."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.read(fd, 32).strip()
        return int(text) if text.isdigit() else 0
    else:
        return None
    finally:
        os.close(fd)
