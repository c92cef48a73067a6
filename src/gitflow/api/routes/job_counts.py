"""How many jobs there are, by state or by task; read from counts that each commit keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.http.errors import bad_request
from gitflow.api.http.parameters import choice, moment, text
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.core.status import JobStatus
from gitflow.views.overview import Count, job_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gitflow.stores.protocols.reports import JobCount


async def index(request: Request) -> Response:
    """Counts for every state; or for each task that has jobs."""
    workspace, task, since = request.text("workspace"), request.text("task_name"), request.query["since"]
    if task is not None and workspace is None:
        raise bad_request("task_name needs workspace as well", [("task_name", "needs workspace as well")])
    rows = await request.read(lambda stores: stores.reports.job_counts(since))
    wanted = [
        row
        for row in rows
        if workspace in (None, row.workspace)
        and task in (None, row.task_name)
        and (request.sees_all or request.sees(row.workspace, row.task_name))
    ]
    counts = _by_task(wanted) if request.text("by") == "task_name" else _by_status(wanted)
    return respond([job_count(each) for each in counts])


def _by_status(rows: Iterable[JobCount]) -> Iterator[Count]:
    found = {status.value: 0 for status in JobStatus}
    for row in rows:
        found[row.status] += row.jobs
    return (Count(jobs, status) for status, jobs in found.items())


def _by_task(rows: Iterable[JobCount]) -> Iterator[Count]:
    found: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows:
        found.setdefault((row.workspace, row.task_name), {})[row.status] = row.jobs
    for (workspace, task), by_status in sorted(found.items()):
        yield Count(sum(by_status.values()), None, workspace, task, by_status)


ROUTES = (
    Route(
        "GET",
        "/api/jobs/counts",
        index,
        "view",
        "Count jobs by state, or by task",
        tag="jobs",
        query=(
            choice("by", "Whether to count jobs by status or by task.", ["status", "task_name"], "status"),
            moment("since", "Only jobs created at this time or later."),
            text("workspace", "Only jobs of this workspace."),
            text("task_name", "Only jobs of this task (requires `workspace`)."),
        ),
        answer="JobCountList",
    ),
)
