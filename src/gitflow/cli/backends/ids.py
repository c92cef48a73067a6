"""Finds a server's job by its id or by the beginning of its id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.cli.backends.client import path_of
from gitflow.core.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from gitflow.cli.backends.client import Client

#: How many of the newest jobs have their ids compared.
LIMIT = 500


def find_id(client: Client, start: str) -> str:
    """The id of the only job whose id begins with ``start``. Raises NotFound or InvalidInput."""
    start = start.lower()
    if len(start) == 36:
        return start
    if len(start) < 8:
        raise InvalidInput(f"{start!r} is too short for the id of a job; give at least 8 characters")
    rows = client.get(path_of("jobs"), {"search": start, "limit": LIMIT})
    found = [row["job_id"] for row in rows if row["job_id"].startswith(start)]
    if not found:
        raise NotFound("job", start)
    if len(found) > 1:
        raise InvalidInput(f"more than one job begins with {start!r}; give more of its id")
    return found[0]
