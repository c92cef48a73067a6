"""Finds a server's job by its id or a part of it, by ``last``, or by its task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.cli.backends.client import path_of
from gitflow.core.jobs.references import LAST, NoJobYet, only_one, part_of_id, task_named

if TYPE_CHECKING:
    from gitflow.cli.backends.client import Client

#: How many of the newest jobs have their ids compared.
LIMIT = 500


def find_id(client: Client, start: str) -> str:
    """The id of the only job whose id begins or ends with ``start``, of ``last``, or of ``@TASK``.

    Raises NotFound or InvalidInput.
    """
    task = task_named(start)
    if start == LAST or task is not None:
        return _newest(client, task)
    part = part_of_id(start)
    if len(part) == 36:
        return part
    rows = client.get(path_of("jobs"), {"search": part, "limit": LIMIT})
    ids = [(row["job_id"], row["task_name"]) for row in rows]
    by_start = [each for each in ids if each[0].startswith(part)]
    return only_one(part, by_start or [each for each in ids if each[0].endswith(part)])


def _newest(client: Client, task: str | None) -> str:
    """The newest job of a task in any workspace, or (without a task) the newest that is nobody's child or hook."""
    queries: list[dict[str, object]] = [{"roots": "true"}]
    if task is not None:
        workspaces = client.get(path_of("workspaces"))
        queries = [{"workspace": row["name"], "task_name": task} for row in workspaces]
    found = [row for query in queries for row in client.get(path_of("jobs"), {**query, "limit": 1})]
    if not found:
        raise NoJobYet(task)
    return max(found, key=lambda row: (row["created_at"], row["job_id"]))["job_id"]
