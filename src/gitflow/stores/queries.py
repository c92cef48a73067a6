"""Named blocks of SQL, read from ``.sql`` files once at start.

A block begins with ``-- name: save_job``; comment lines that follow say what it is for and are not sent
to the database. Files are found with ``os.path``, since this is on the way of every command.
"""

from __future__ import annotations

import os

MARK = "-- name: "


def load_queries(folder: str) -> dict[str, str]:
    """Every block of every ``.sql`` file of a folder, by name. Raises ValueError for a name given twice."""
    found: dict[str, str] = {}
    for file in sorted(os.listdir(folder)):
        if file.endswith(".sql"):
            with open(os.path.join(folder, file), encoding="utf-8") as text:
                for name, sql in parse_queries(text.read()):
                    if name in found:
                        raise ValueError(f"two queries are named {name!r}; the second is in {file}")
                    found[name] = sql
    return found


def parse_queries(text: str) -> list[tuple[str, str]]:
    """``(name, sql)`` of each block in the order of the text, without comment lines and without the last ``;``."""
    _, *blocks = ("\n" + text).split("\n" + MARK)
    return [_block(block) for block in blocks]


def _block(block: str) -> tuple[str, str]:
    name, _, body = block.partition("\n")
    lines = [line for line in body.splitlines() if not line.startswith("--")]
    return name.strip(), "\n".join(lines).strip().removesuffix(";")
