"""The files of the log, one for each UTC day: opened when needed, synced together, deleted whole."""

from __future__ import annotations

import os

from gitflow.core.standard import suppress
from gitflow.stores.files import sync_folder
from gitflow.stores.sqlite.database import LOG_MIGRATIONS, open_database
from gitflow.stores.sqlite.migrations import MEMORY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.stores.sqlite.database import Database

#: How many files stay open at a time.
_OPEN_DAYS = 8


class LogDay:
    """One open file."""

    def __init__(self, database: Database) -> None:
        self.path = database.path
        self.is_synced = True
        self.database = database
        self._log: int | None = None  #: the write-ahead log's descriptor; it is the same file while we have it open

    def sync(self, syncs: bool) -> None:
        """Raises OSError."""
        if syncs and not self.is_synced and self.path != MEMORY:
            os.fsync(self.open_log())
        self.is_synced = True

    def open_log(self) -> int:
        """The descriptor of the write-ahead log, whose name is on the disk. Raises OSError."""
        if self._log is None:
            self._log = os.open(self.path + "-wal", os.O_RDONLY | os.O_CLOEXEC)
            sync_folder(os.path.dirname(self.path))
        return self._log

    def close(self) -> None:
        self.database.close()
        log, self._log = self._log, None
        if log is not None:
            os.close(log)


class LogDays:
    """With ``folder`` None the files are in memory."""

    def __init__(self, folder: str | None, syncs: bool) -> None:
        self._folder = folder
        self._syncs = syncs
        self._open: dict[str, LogDay] = {}

    def open(self, day: str) -> LogDay:
        """Creates the file if needed. If many are open, it closes the one that was unused for the longest time. Raises
        StoreError."""
        opened = self._open.pop(day, None)
        if opened is None:
            opened = self._opened(day)
        self._open[day] = opened
        if self._folder is not None and len(self._open) > _OPEN_DAYS:
            oldest = self._open.pop(next(iter(self._open)))
            oldest.sync(self._syncs)
            oldest.close()
        return opened

    def _opened(self, day: str) -> LogDay:
        if self._folder is None:
            return LogDay(open_database(MEMORY, LOG_MIGRATIONS))
        path, lock = os.path.join(self._folder, f"{day}.db"), os.path.join(self._folder, "lock")
        return LogDay(open_database(path, LOG_MIGRATIONS, synchronous="normal", lock_path=lock, keep_lock=False))

    def prepare(self, day: str) -> None:
        """Opens the files of a day, if they exist, so that the first lines are stored sooner. Raises StoreError."""
        if self._folder is None or day in self._open or day not in self.all():
            return
        opened = self.open(day)
        with suppress(OSError):  # ``sync`` raises it, once there are lines
            if self._syncs:
                opened.open_log()

    def find(self, day: str) -> LogDay | None:
        """None if the day does not exist, or not any more."""
        return self.open(day) if day in self._open or day in self.all() else None

    def all(self) -> list[str]:
        """All days in order. Raises StoreError."""
        if self._folder is None:
            return sorted(self._open)
        try:
            return sorted(file[:-3] for file in os.listdir(self._folder) if len(file) == 13 and file.endswith(".db"))
        except FileNotFoundError:
            return []
        except OSError as error:
            from gitflow.stores.refusals import refused

            raise refused(error, self._folder) from error

    def sync(self) -> None:
        """Syncs all written lines to the disk. Raises StoreError."""
        for day in self._open.values():
            try:
                day.sync(self._syncs)
            except OSError as error:
                from gitflow.stores.refusals import refused

                raise refused(error, day.path) from error

    def size(self, day: str) -> int:
        """Bytes on the disk."""
        return 0 if self._folder is None else sum(map(_size, _parts(os.path.join(self._folder, f"{day}.db"))))

    def drop(self, day: str) -> int:
        """Deletes the files of a day; returns their size in bytes."""
        if opened := self._open.pop(day, None):
            opened.close()
        return 0 if self._folder is None else _unlink(os.path.join(self._folder, f"{day}.db"))

    def close(self) -> None:
        for day in self._open.values():
            day.close()
        self._open.clear()


def _unlink(path: str) -> int:
    """Deletes the database file last: as long as it exists, the other files may belong to it. Returns their size in
    bytes."""
    size = 0
    for part in _parts(path):
        with suppress(FileNotFoundError):
            size += _size(part)
            os.unlink(part)
    return size


def _parts(path: str) -> list[str]:
    return [path + part for part in ("-wal", "-shm", "")]


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0
