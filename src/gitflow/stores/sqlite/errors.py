"""Turns SQLite's errors into errors of a store: sentences that name the file and the remedy.

It is imported with the first error, because its sentences would slow down every start.
"""

from __future__ import annotations

import os
import sqlite3

from gitflow.core.errors import DiskFull, StoreError
from gitflow.stores.refusals import ROOM, WRITABLE, has_no_room
from gitflow.stores.sql.driver import Duplicate, Violation

_DAMAGED = "put a backup in its place, or move it and the files beside it away to begin a new one"

#: SQLite's primary result code -> (what is wrong, what to do).
SENTENCES = {
    sqlite3.SQLITE_FULL: ("the disk is full", ROOM),
    sqlite3.SQLITE_IOERR: ("it cannot be read or written", "look for a failing disk, a quota or a file size limit"),
    sqlite3.SQLITE_READONLY: ("it is read-only", WRITABLE),
    sqlite3.SQLITE_PERM: ("permission is denied", WRITABLE),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", WRITABLE),
    sqlite3.SQLITE_CORRUPT: ("the file is damaged", _DAMAGED),
    sqlite3.SQLITE_NOTADB: ("the file is not a database", _DAMAGED),
    sqlite3.SQLITE_BUSY: ("another process keeps it locked", "see which gitflow process is stopped or stuck"),
    sqlite3.SQLITE_LOCKED: ("another process keeps it locked", "see which gitflow process is stopped or stuck"),
}


#: Codes of a value that must be unique and exists already.
_DUPLICATES = {
    sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
    sqlite3.SQLITE_CONSTRAINT_ROWID,
}


def damaged(path: str, detail: object) -> StoreError:
    wrong, remedy = SENTENCES[sqlite3.SQLITE_CORRUPT]
    return StoreError(f"{path}: {wrong} ({detail}); {remedy}")


def translated(error: sqlite3.Error, path: str) -> Exception:
    """A StoreError if the file or the disk is the cause, a Violation if the schema refuses a row; the error itself if
    the cause is a mistake of ours."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    if isinstance(error, sqlite3.IntegrityError):
        return (Duplicate if code in _DUPLICATES else Violation)(str(error))
    if code is None and isinstance(error, sqlite3.OperationalError):
        code = sqlite3.SQLITE_CORRUPT  # a text that is not UTF-8, which Python's module found and not SQLite
    if code == sqlite3.SQLITE_IOERR_SHMSIZE and has_no_room(os.path.dirname(path)):
        code = sqlite3.SQLITE_FULL  # of the file that readers and writers share
    found = None if code is None else SENTENCES.get(code & 0xFF)
    if found is None:
        return error
    wrong, remedy = found
    kind = DiskFull if (code or 0) & 0xFF == sqlite3.SQLITE_FULL else StoreError
    return kind(f"{path}: {wrong} ({error}); {remedy}")
