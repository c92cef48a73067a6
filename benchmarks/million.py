"""Fills a store with a million jobs that differ as those of a busy server do.

Each is a copy of the newest job of the store, a second older than the one before, with another task, state, source,
duration and labels. What it gets follows from its number, so that every fill is the same.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MILLION = 1_000_000

#: The values of a column, by the number ``n`` of the job. Common values, rare ones, and ones that never meet.
COLUMNS: Mapping[str, str] = {
    "id": "printf('%08x-0000-7000-8000-%012x', 1, n)",
    "created_at": "created_at - n",
    "workspace": "iif(n % 10 < 8, workspace, 'workspace-' || (n % 10))",
    "task_name": "iif(n % 7 < 3, task_name, 'team-' || (n % 7) || '/task-' || (n * 31 % 199))",
    "revision": "printf('%040x', n / 20000)",
    "status": "CASE WHEN n % 997 = 0 THEN 'timed_out' WHEN n % 211 = 0 THEN 'cancelled'"
    " WHEN n % 29 = 0 THEN 'failed' ELSE 'completed' END",
    "error_message": "CASE WHEN n % 997 = 0 THEN 'the job took longer than 1h' WHEN n % 211 = 0 THEN NULL"
    " WHEN n % 29 = 0 THEN 'Exit code: ' || (n % 100) END",
    "source_type": "CASE WHEN n % 20 < 12 THEN 'trigger' WHEN n % 20 < 15 THEN 'webhook' ELSE source_type END",
    "source_id": "CASE WHEN n % 20 < 12 THEN 'trigger-' || (n * 17 % 101) WHEN n % 20 < 15 THEN 'hook-' || (n * 7 % 13)"
    " ELSE source_id END",
    "source_actor": "CASE WHEN n % 20 < 15 THEN 'trigger' ELSE 'person-' || (n * 3 % 53) || '@example.com' END",
    "worker_id": "printf('%08x-0000-7000-8000-%012x', 2, n / 100000)",
    "started_at": "created_at - n + 0.1",
    "completed_at": "created_at - n + 0.1 + (n * 13 % 1000) / 20.0 + iif(n % 5003 = 0, 7200, 0)",
    "labels": 'CASE n % 10 WHEN 0 THEN \'{"env": "prod", "team": "t\' || (n % 90) || \'"}\''
    ' WHEN 1 THEN \'{"env": "staging"}\' END',
    "parent_job_id": "iif(n % 50 = 7, printf('%08x-0000-7000-8000-%012x', 1, n + 1), NULL)",
    "retry_of_job_id": "iif(n % 58 = 28, printf('%08x-0000-7000-8000-%012x', 1, n + 1), NULL)",
}

#: What lists are narrowed by: what many jobs have, few, and none; and pairs that seldom meet.
FILTERS = (
    *("", "&workspace=default", "&workspace=workspace-9", "&workspace=default&task_name=hello"),
    *("&status=failed", "&status=timed_out", "&status=running", "&status=failed&status=timed_out"),
    *("&workspace=workspace-9&status=failed", "&workspace=workspace-9&status=running"),
    *("&workspace=default&task_name=hello&status=paused", "&workspace=workspace-9&source_type=webhook"),
    *("&source_type=webhook", "&source_type=webhook&status=timed_out", "&label=env=prod", "&label=team=t10"),
    *("&label=env=prod&status=timed_out", "&actor=person-3@example.com", "&actor=trigger&status=running"),
    *("&trigger=trigger-3", "&trigger=trigger-3&status=timed_out", "&duration_over=3600", "&duration_over=10"),
    *("&duration_over=10&workspace=workspace-9&status=timed_out", "&waiting_on=approval", "&roots=true"),
)


def fill(path: Path, count: int = MILLION) -> None:
    """The store at ``path`` must have a job that has ended, and nothing may have it open."""
    with sqlite3.connect(path) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_xinfo(job)") if row[6] == 0]
        values = ", ".join(COLUMNS.get(column, column) for column in columns)
        newest = "(SELECT * FROM job ORDER BY created_at DESC LIMIT 1)"
        database.execute(
            f"WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {count - 1}) "
            f"INSERT INTO job ({', '.join(columns)}) SELECT {values} FROM {newest} CROSS JOIN number"
        )
    database.close()
