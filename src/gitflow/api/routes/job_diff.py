"""The differences between two jobs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gitflow.api.auth.resources import resource_of_job
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.api.routes.shown_changes import shown_changes
from gitflow.core.errors import NotFound
from gitflow.core.record import replace
from gitflow.runtime.operations.job_diff import JobSources, compare_jobs
from gitflow.views.job_diff import job_difference
from gitflow.workspaces.checkouts import Checkouts

if TYPE_CHECKING:
    from gitflow.runtime.operations.job_diff import JobDifference
    from gitflow.stores.registry import Stores


async def diff(request: Request) -> Response:
    """The caller must see the tasks of both jobs."""
    id, other = request.path["id"], request.path["other"]
    found = await resource_of_job(request, other)
    if not request.sees(found.workspace, found.task):
        raise NotFound("job", other)
    made = await request.read(partial(_compared, request, id, other))
    own = shown_changes(request, {made.before.workspace, made.after.workspace}, made.definition)
    return respond(job_difference(replace(made, definition=own)))


def _compared(request: Request, id: str, other: str, stores: Stores) -> JobDifference:
    context = request.context
    sources = JobSources(stores, context.snapshots, Checkouts(context.config.state_dir))
    return compare_jobs(sources, context.job(stores, id), context.job(stores, other))


ROUTES = (
    Route(
        "GET",
        "/api/jobs/{id}/diff/{other}",
        diff,
        "view",
        "Compare two jobs",
        tag="jobs",
        answer="JobDifference",
        also=(400, 404),
    ),
)
