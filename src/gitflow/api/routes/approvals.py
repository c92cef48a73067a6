"""Approvals: which steps wait for the decision of a person, and who may decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.auth.resources import resource_of_job
from gitflow.api.http.errors import HttpError
from gitflow.api.http.parameters import LIMIT, OFFSET
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.api.routes.jobs import load_job
from gitflow.api.routes.operations import act
from gitflow.core.errors import GitflowError, NotFound, StaleEvent
from gitflow.core.jobs.events import Rights
from gitflow.core.machine.approvals import may_decide
from gitflow.core.machine.outstanding import waiting_on
from gitflow.core.names import closest
from gitflow.stores.protocols.jobs import JobFilter
from gitflow.views.approvals import Decision, WaitingApproval, decisions, waiting_approval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.core.jobs.job import Job
    from gitflow.core.values import JsonObject
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
            may, why = may_decide(job, run, request.actor, rights)
            if not may_run:
                may, why = False, f"{request.actor} may not run the task"
            yield WaitingApproval(job, run, may, why)


async def decide(request: Request) -> Response:
    """Makes and audits each decision separately: a refused one does not stop the others."""
    return respond(decisions([await _decide(request, each) for each in request.body["decisions"]]))


async def _decide(request: Request, wanted: JsonObject) -> Decision:
    job_id, step = wanted["job_id"].lower(), wanted["step_name"]
    given = {name: value for name, value in wanted.items() if name not in ("job_id", "step_name")}
    try:
        await _authorize(request, job_id, step)
        await act(request, "decide", {"approved": True, **given, "step": step}, job_id)
    except (GitflowError, HttpError) as error:
        return Decision(job_id, step, str(error), error.code)
    except StaleEvent:
        return Decision(job_id, step, "the state has changed: the operation no longer applies", "conflict")
    return Decision(job_id, step)


async def _authorize(request: Request, job_id: str, step: str) -> None:
    """The same checks as the route of one step makes. Raises NotFound and HttpError."""
    found = await resource_of_job(request, job_id)
    if not request.sees(found.workspace, found.task):
        raise NotFound("job", job_id)
    if not request.may("run", found.workspace, found.task or ""):
        raise HttpError(403, f"{request.actor} may not do this in workspace {found.workspace!r}")
    job = await load_job(request, job_id)
    if step not in job.steps:
        raise NotFound("step", step, closest(step, job.steps))


ROUTES = (
    Route(
        "GET",
        "/api/approvals",
        index,
        "view",
        "List the steps that wait for a decision, who may decide, and whether the caller may",
        query=(LIMIT, OFFSET),
        answer="ApprovalList",
    ),
    Route(
        "POST",
        "/api/approvals",
        decide,
        "run",
        "Decide several approvals, each independently",
        body="Decisions",
        answer="DecisionResults",
    ),
)
