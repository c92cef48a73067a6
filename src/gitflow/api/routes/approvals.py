"""What waits for a decision of a person, and of whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.http.parameters import LIMIT, OFFSET
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.core.jobs.events import Rights
from gitflow.core.machine.approvals import may_decide
from gitflow.core.machine.outstanding import waiting_on
from gitflow.stores.protocols.jobs import JobFilter
from gitflow.views.approvals import WaitingApproval, waiting_approval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.core.jobs.job import Job
    from gitflow.stores.registry import Stores


async def index(request: Request) -> Response:
    """The longest waiting jobs first; ``limit`` and ``offset`` count jobs."""
    wanted = JobFilter(waiting_on="approval", tasks=await request.seen_tasks())
    limit, offset = request.number("limit"), request.number("offset")

    def look(stores: Stores) -> list[Job]:
        rows = stores.jobs.jobs(wanted, limit, offset, oldest_first=True)
        return [request.context.job(stores, row.id) for row in rows]

    jobs = await request.read(look)
    return respond([waiting_approval(each) for job in jobs for each in _approvals(request, job)])


def _approvals(request: Request, job: Job) -> Iterator[WaitingApproval]:
    who, may_run = request.identity, request.may("run", job.workspace, job.task_name)
    rights = Rights(who.groups, who.aliases, request.may("admin", job.workspace, job.task_name))
    for run in job.in_order():
        if waiting_on(job, run) == "approval":
            yield WaitingApproval(job, run, may_run and may_decide(job, run, request.actor, rights))


ROUTES = (
    Route(
        "GET",
        "/api/approvals",
        index,
        "view",
        "List what waits for a decision, of whom, and whether the caller may decide it",
        query=(LIMIT, OFFSET),
        answer="ApprovalList",
    ),
)
