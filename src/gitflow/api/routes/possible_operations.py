"""Which operations the caller may do to a job and to its steps now, and why not the others."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from gitflow.api.auth.access import refusal_of
from gitflow.api.http.errors import draining
from gitflow.api.http.parameters import text
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.api.routes import operations as operation_routes
from gitflow.api.routes import rerun
from gitflow.api.routes.jobs import find_job
from gitflow.core.errors import NotFound
from gitflow.core.jobs.events import Rights
from gitflow.core.names import closest
from gitflow.core.record import replace
from gitflow.runtime.operations.allowed import STEP_OPERATIONS, Asker, JobTrials, possible_operations
from gitflow.views.operations import possible_operation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gitflow.api.http.context import Context
    from gitflow.core.jobs.job import Job
    from gitflow.runtime.operations.allowed import PossibleOperation

#: For a job with more steps, a request must name one step, and gets the operations of that step.
MAX_STEPS = 100

#: Operations whose route has another name at its end.
_ENDS = {"reject": "approve", "event": "{type}", "delete": "{id}"}


async def operations(request: Request) -> Response:
    """Of the job, then of its steps in flow order.

    Each is tried without being done. So an operation that is allowed is accepted if nothing changes in between, and
    one that is not is refused in the words of `because`.
    """
    job = await find_job(request)
    by = Asker(request.actor, request.context.clock.now(), _rights(request, job))
    steps = _steps(job, request.text("step"))
    trials = request.context.part(_trials)
    found = await request.read(lambda stores: list(possible_operations(stores, job, by, steps, trials)))
    return respond([possible_operation(each) for each in _permitted(request, job, found)])


def _trials(context: Context) -> JobTrials:
    return JobTrials()


def _rights(request: Request, job: Job) -> Rights:
    who = request.identity
    return Rights(who.groups, who.aliases, request.may("admin", job.workspace, job.task_name))


def _steps(job: Job, wanted: str | None) -> Iterable[str]:
    if wanted is None:
        return [run.name for run in job.in_order()] if len(job.steps) <= MAX_STEPS else []
    if wanted not in job.steps:
        raise NotFound("step", wanted, closest(wanted, job.steps))
    return [wanted]


def _permitted(request: Request, job: Job, found: Iterable[PossibleOperation]) -> Iterator[PossibleOperation]:
    """What the caller may not do at all is refused in those words, as it is before the job is looked at."""
    refusals = {key: _refused_by_route(request, job, route) for key, route in _routes().items()}
    for each in found:
        refusal = refusals[each.operation, each.step is not None]
        yield each if refusal is None else replace(each, refusal=refusal, requires=(), note=None)


def _refused_by_route(request: Request, job: Job, route: Route) -> str | None:
    refused = refusal_of(request, route, job.workspace, job.task_name)
    if refused is None and route.starts_jobs and request.context.drain.is_draining:
        refused = draining()
    return None if refused is None else str(refused)


@functools.cache
def _routes() -> Mapping[tuple[str, bool], Route]:
    """(operation, whether it is one of a step) -> its route."""
    by_end = {
        (route.path.rpartition("/")[2], "{step}" in route.path): route
        for route in (*operation_routes.ROUTES, *rerun.ROUTES)
        if "{id}" in route.path
    }
    otherwise = {(name, name in STEP_OPERATIONS): end for name, end in _ENDS.items()}
    return by_end | {key: by_end[end, key[1]] for key, end in otherwise.items()}


ROUTES = (
    Route(
        "GET",
        "/api/jobs/{id}/operations",
        operations,
        "view",
        "List the operations on a job and its steps: which the caller may do now, and why not the others",
        tag="jobs",
        query=(
            text("step", f"Only operations on this step; required for any step if there are more than {MAX_STEPS}."),
        ),
        answer="PossibleOperationList",
        also=(404,),
    ),
)
