"""Turns PostgreSQL's errors into errors of a store: sentences that name the database and the remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from psycopg import errors

from gitflow.core.errors import DiskFull, StoreError
from gitflow.stores.sql.driver import Duplicate, Violation

if TYPE_CHECKING:
    from collections.abc import Callable

#: Class of errors -> (what is wrong, the remedy). The first class that fits counts.
SENTENCES: tuple[tuple[type[psycopg.Error] | tuple[type[psycopg.Error], ...], str, str], ...] = (
    (
        (errors.QueryCanceled, errors.LockNotAvailable, errors.IdleInTransactionSessionTimeout),
        "it took too long",
        "see in pg_stat_activity what holds it up",
    ),
    (
        (errors.SerializationFailure, errors.DeadlockDetected),
        "another connection was in the way",
        "it is tried again",
    ),
    (
        errors.ReadOnlySqlTransaction,
        "it takes no writes",
        "name the primary in db.url; of several hosts the one that can be written is taken",
    ),
    (
        errors.InsufficientPrivilege,
        "its user may not do that",
        "make the user of db.url the owner of the database",
    ),
    (
        (errors.UndefinedTable, errors.UndefinedColumn, errors.UndefinedFunction),
        "somebody has changed its tables",
        "put a backup in its place",
    ),
    (
        (psycopg.OperationalError, psycopg.InterfaceError, errors.InternalError_),
        "it cannot be reached",
        "see that PostgreSQL runs and that db.url is right",
    ),
)

_DISK_FULL = ("its disk is full", "make room; what was saved before is kept")


def translated(error: psycopg.Error, path: str) -> Exception:
    """A StoreError if the database or the network is the cause, a Violation if the schema refuses a row; the error
    itself if the cause is a mistake of ours."""
    if isinstance(error, errors.UniqueViolation):
        return Duplicate(str(error))
    if isinstance(error, psycopg.IntegrityError):
        return Violation(str(error))
    if isinstance(error, errors.DiskFull):
        return DiskFull(_sentence(path, error, *_DISK_FULL))
    for kinds, wrong, remedy in SENTENCES:
        if isinstance(error, kinds):
            return StoreError(_sentence(path, error, wrong, remedy))
    return error


class Translating:
    """A block in which errors of psycopg are raised as errors of a store."""

    __slots__ = ("_on_error",)

    def __init__(self, on_error: Callable[[psycopg.Error], Exception]) -> None:
        self._on_error = on_error

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: object) -> None:
        if isinstance(error, psycopg.Error):
            raise self._on_error(error) from error


def _sentence(path: str, error: psycopg.Error, wrong: str, remedy: str) -> str:
    said = " ".join(str(error).split())  # in one line
    return f"{path}: {wrong} ({said}); {remedy}"
