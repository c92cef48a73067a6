"""The metrics of each task: how often its jobs have ended in each state, and when it last completed.

They are kept in the store, so a restart does not begin them anew. Only tasks that a workspace serves now have samples,
and no more than MAX_TASKS, so that the number of series is bounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.status import JobStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gitflow.api.http.context import Context
    from gitflow.stores.protocols.reports import TaskTotal
    from gitflow.stores.registry import Stores

    Sample = tuple[dict[str, str], float]

#: How many tasks have samples: the first by workspace and name.
MAX_TASKS = 2_000


def read_totals(stores: Stores) -> list[TaskTotal]:
    return stores.reports.task_totals()


def families(context: Context, totals: Iterable[TaskTotal]) -> Iterator[tuple[str, str, str, list[Sample]]]:
    """As ``prometheus`` writes them. For callers who may see every workspace."""
    served = sorted(
        (one.name, task) for one in context.workspaces.all() if one.snapshot is not None for task in one.snapshot.tasks
    )
    shown = frozenset(served[:MAX_TASKS])
    found = sorted(
        (total for total in totals if (total.workspace, total.task_name) in shown),
        key=lambda total: (total.workspace, total.task_name, total.status),
    )
    yield (
        "gitflow_task_jobs_total",
        "counter",
        "Jobs of a task that ended, by how; since the store began.",
        [({**_labels(total), "status": total.status}, total.jobs) for total in found],
    )
    yield (
        "gitflow_task_last_success_timestamp_seconds",
        "gauge",
        "When a job of the task last completed.",
        [(_labels(total), total.last_at) for total in found if total.status == JobStatus.COMPLETED],
    )
    yield (
        "gitflow_task_metrics_left_out",
        "gauge",
        "Tasks that have no samples, because there are too many.",
        [({}, max(0, len(served) - MAX_TASKS))],
    )


def _labels(total: TaskTotal) -> dict[str, str]:
    return {"workspace": total.workspace, "task": total.task_name}
