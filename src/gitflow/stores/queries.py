"""Named blocks of SQL, read from ``.sql`` files once at start.

Statements that read the same in every database are in ``sql/queries``, all others in the folder of their database.
A block begins with ``-- name: save_job``; comment lines that follow at once say what it is for and are not sent
to the database. Files are found with ``os.path``, because every command comes through here.
"""

from __future__ import annotations

import os

from gitflow.core.standard import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

MARK = "-- name: "
#: The statements of every database.
SHARED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sql", "queries")


class Queries(dict[str, str]):
    """Queries by name. A name that has not been read yet is searched in the other files, one file after another."""

    def __init__(self, folders: Sequence[str]) -> None:
        super().__init__()
        self._folders = folders
        self._read: set[str] = set()

    def read(self, path: str) -> None:
        """Reads a file, unless it was read before. Raises ValueError for a name given twice."""
        if path in self._read:
            return
        self._read.add(path)
        for name, sql in _queries_in(path):
            if name in self:
                raise ValueError(f"two queries are named {name!r}; the second is in {path}")
            self[name] = sql

    def files(self) -> list[str]:
        """The paths of all files. Files of the same name follow one another, since they are about the same subject."""
        found = [(file, folder) for folder in self._folders for file in os.listdir(folder) if file.endswith(".sql")]
        return [os.path.join(folder, file) for file, folder in sorted(found)]

    def __missing__(self, name: str) -> str:
        for path in self.files():
            self.read(path)
            if name in self:
                return self[name]
        raise KeyError(name)


def load_queries(folders: Sequence[str], first: Sequence[str] = ()) -> Queries:
    """The queries of all ``.sql`` files of these folders. With ``first``, only these files are read at once.

    Raises ValueError for a name given twice.
    """
    queries = Queries(folders)
    for path in first or queries.files():
        queries.read(path)
    return queries


@lru_cache(maxsize=None)
def _queries_in(path: str) -> Sequence[tuple[str, str]]:
    """Of one file. A server opens several stores, and each has its own queries."""
    with open(path, encoding="utf-8") as text:
        return parse_queries(text.read())


def parse_queries(text: str) -> list[tuple[str, str]]:
    """``(name, sql)`` of each block in the order of the text, without its comment and without the last ``;``."""
    _, *blocks = ("\n" + text).split("\n" + MARK)
    return [_block(block) for block in blocks]


def _block(block: str) -> tuple[str, str]:
    name, _, body = block.partition("\n")
    while body.startswith("--"):
        body = body.partition("\n")[2]
    return name.strip(), body.strip().removesuffix(";")
