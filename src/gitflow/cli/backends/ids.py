"""Finds a server's job by its id or by the beginning of its id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.cli.backends.client import path_of
from gitflow.core.errors import InvalidInput, NotFound
from gitflow.core.jobs.references import LAST, task_named

if TYPE_CHECKING:
    from gitflow.cli.backends.client import Client

#: How many of the newest jobs have their ids compared.
LIMIT = 500


def find_id(client: Client, start: str) -> str:
    """The id of the only job whose id begins with ``start``, of ``last``, or of ``@TASK``.

    Raises NotFound or InvalidInput.
    """
    task = task_named(start)
    if start == LAST or task is not None:
        return _newest(client, start, task)
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


def _newest(client: Client, named: str, task: str | None) -> str:
    """The newest job of a task in any workspace, or (without a task) the newest that is nobody's child or hook."""
    queries: list[dict[str, object]] = [{"roots": "true"}]
    if task is not None:
        workspaces = client.get(path_of("workspaces"))
        queries = [{"workspace": row["name"], "task_name": task} for row in workspaces]
    found = [row for query in queries for row in client.get(path_of("jobs"), {**query, "limit": 1})]
    if not found:
        raise NotFound("job", named)
    return max(found, key=lambda row: (row["created_at"], row["job_id"]))["job_id"]
