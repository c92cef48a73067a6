"""Named blocks of SQL, read from ``.sql`` files once at start.

A block begins with ``-- name: save_job``; comment lines that follow at once say what it is for and are not sent
to the database. Files are found with ``os.path``, since this is on the way of every command.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

MARK = "-- name: "


class Queries(dict[str, str]):
    """Queries by name. A name that is not in the files read first is searched in the others, one after another."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = folder
        self._left = sorted(file for file in os.listdir(folder) if file.endswith(".sql"))

    def read(self, files: Collection[str]) -> None:
        """Raises ValueError for a name given twice."""
        for file in [file for file in self._left if file in files]:
            self._left.remove(file)
            with open(os.path.join(self._folder, file), encoding="utf-8") as text:
                for name, sql in parse_queries(text.read()):
                    if name in self:
                        raise ValueError(f"two queries are named {name!r}; the second is in {file}")
                    self[name] = sql

    def __missing__(self, name: str) -> str:
        for file in tuple(self._left):
            self.read([file])
            if name in self:
                return self[name]
        raise KeyError(name)


def load_queries(folder: str, first: Collection[str] = ()) -> Queries:
    """Every block of every ``.sql`` file of a folder, by name; of the files named ``first`` at once, if any are.

    Raises ValueError for a name given twice.
    """
    queries = Queries(folder)
    queries.read([f"{name}.sql" for name in first] if first else os.listdir(folder))
    return queries


def parse_queries(text: str) -> list[tuple[str, str]]:
    """``(name, sql)`` of each block in the order of the text, without its comment and without the last ``;``."""
    _, *blocks = ("\n" + text).split("\n" + MARK)
    return [_block(block) for block in blocks]


def _block(block: str) -> tuple[str, str]:
    name, _, body = block.partition("\n")
    while body.startswith("--"):
        body = body.partition("\n")[2]
    return name.strip(), body.strip().removesuffix(";")
