"""Repeats a job: a new, unrelated one with the same input, edited as asked."""

from __future__ import annotations

import asyncio

from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.api.routes.execute import key_of
from gitflow.api.routes.jobs import find_job
from gitflow.api.routes.revisions import check_kept_revision
from gitflow.core.record import replace
from gitflow.runtime.operations.rerun import RerunOptions
from gitflow.views.operations import created


async def rerun(request: Request) -> Response:
    """At the revision that the job keeps, or with ``revision: latest`` at the served one."""
    operations, body, key = request.context.operations, request.body, key_of(request)
    before = await find_job(request)
    served = request.context.workspaces.get(before.workspace)
    how = RerunOptions(body.get("input") or {}, body.get("text_input") or {})
    if body.get("revision") == "latest":
        how = replace(how, latest=served.workspace, revision=served.active[1])
    elif how.input or how.text_input:  # as it was, the job's own retry would run it as well
        await check_kept_revision(request, served, before)
    job = await asyncio.to_thread(operations.prepare_rerun, before, request.source, how)
    job_id = await request.do(
        lambda transaction: operations.create(transaction, job, key), lambda job_id: {"new_job": job_id}
    )
    return respond(created(job_id), 201)


ROUTES = (
    Route(
        "POST",
        "/api/jobs/{id}/rerun",
        rerun,
        "run",
        "Create a new, independent job with the input of another job, changed as requested",
        tag="jobs",
        body="Rerun",
        answer="Created",
        status=201,
        also=(404, 409, 422),
        scope="workflows:trigger",
    ),
)
