"""From a Snapshot to a Plan, and from a Plan to a Job that has not started."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.job import Job, Plan, Source
    from gitflow.core.snapshot import Snapshot
    from gitflow.core.values import JsonObject

#: The task name of a job that a hook started begins with this.
HOOK_PREFIX = "_hook:"


def plan_task(snapshot: Snapshot, task_name: str) -> Plan:
    """The plan of a task, or of ``_hook:<action>``. Raises NotFound (with a near name as hint)."""
    raise NotImplementedError


def new_job(
    plan: Plan,
    *,
    id: str,
    workspace: str,
    revision: str,
    input: JsonObject,
    at: float,
    source: Source,
    labels: Mapping[str, str] | None = None,
    priority: int | None = None,
) -> Job:
    """A job with every step pending. ``input`` has been checked and converted (core/inputs.py)."""
    raise NotImplementedError


def retry_job(before: Job, *, id: str, at: float, source: Source) -> Job:
    """A new job that carries over what ``before`` completed and runs the rest. Raises Conflict."""
    raise NotImplementedError
