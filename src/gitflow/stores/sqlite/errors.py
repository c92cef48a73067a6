"""SQLite's errors become errors of a store. The sentences are loaded with the first error (sentences.py)."""

from __future__ import annotations

import functools
import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Concatenate, ParamSpec, Protocol, TypeVar

    class HasPath(Protocol):
        @property
        def path(self) -> str: ...

    P = ParamSpec("P")
    R = TypeVar("R")
    S = TypeVar("S", bound=HasPath)


def translated(error: sqlite3.Error, path: str) -> Exception:
    """A StoreError for what the world did to the file; the error itself where it is our own mistake."""
    from gitflow.stores.sqlite.sentences import describe

    return describe(error, path)


def guarded(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """A method whose SQLite errors come out as StoreError."""

    @functools.wraps(method)
    def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(self, *args, **kwargs)
        except sqlite3.Error as error:
            raise translated(error, self.path) from error

    return call
