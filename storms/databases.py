"""Which database a storm runs on: SQLite, or with ``STORM_STORE=postgresql`` a PostgreSQL of its own."""

from __future__ import annotations

import base64
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from postgres_part import Cluster

#: ``python -m storms --store`` sets it.
VARIABLE = "STORM_STORE"
STORES = ("sqlite", "postgresql")


def is_postgresql() -> bool:
    return os.environ.get(VARIABLE, STORES[0]) == "postgresql"


@contextmanager
def cluster() -> Iterator[Cluster | None]:
    """The PostgreSQL of a storm; None for SQLite."""
    if not is_postgresql():
        yield None
        return
    from postgres_part import running_cluster

    with running_cluster(is_durable=True) as running:
        yield running


def settings(running: Cluster | None, folder: Path, synchronous: str | None = None) -> dict[str, object]:
    """What a server's configuration says of the store: an empty database, and the key that all its servers share."""
    db: dict[str, str] = {} if synchronous is None else {"synchronous": synchronous}
    if running is None:
        return {"db": db} if db else {}
    return {"db": {**db, "url": running.empty_database()}, "secrets_key_file": str(key_file(folder))}


def size_of(running: Cluster, given: Mapping[str, object]) -> int:
    """Of the database of these settings, in bytes, without what a vacuum would free."""
    name = str(given["db"]["url"]).rpartition("/")[2]  # type: ignore[index]
    running.run("VACUUM", name)
    return int(running.run(f"SELECT pg_database_size('{name}')")[0][0])


def key_file(folder: Path) -> Path:
    key = folder / "secrets.key"
    key.touch(0o600)
    key.write_text(base64.b64encode(b"k" * 32).decode())
    return key
