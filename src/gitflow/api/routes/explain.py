"""Explains a job: in a few sentences, and for each step why it runs, waits or was skipped, in words and as data."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from gitflow.api.http.parameters import text
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.api.routes.jobs import find_job
from gitflow.core.errors import NotFound
from gitflow.core.record import replace
from gitflow.runtime.operations.explain import explained, last_good, reasons
from gitflow.runtime.workspaces.since import subjects_since
from gitflow.views.explain import job_explanation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.api.http.context import Context
    from gitflow.core.jobs.job import Job
    from gitflow.core.machine.summary import Past

    #: (workspace, task, revision before, revision after)
    Span = tuple[str, str, str, str]

#: How long an answer waits for the commits in between; later ones have them.
PATIENCE_S = 1.0
#: How many spans are remembered. What changed between two commits never changes.
MAX_SPANS = 500


async def explain(request: Request) -> Response:
    """In flow order; the instances of a loop follow it."""
    job = await find_job(request)
    past = await _past(request, job)
    now = request.context.clock.now()
    found = await request.read(lambda stores: explained(stores, job, now, request.sees, past, request.text("step")))
    return respond(job_explanation(found))


async def reasons_of(request: Request, job: Job) -> Mapping[str, str]:
    """Why each step has its status; does not name jobs that the caller may not see."""
    now = request.context.clock.now()
    return reasons(await request.read(lambda stores: explained(stores, job, now, request.sees)))


async def _past(request: Request, job: Job) -> Past | None:
    past = await request.read(lambda stores: last_good(stores, job))
    if past is None or past.revision == job.revision:
        return past
    subjects = await request.context.part(_Spans).subjects(job, past.revision)
    return replace(past, subjects=subjects)


class _Spans:
    """Finds the commits between two revisions, for one request at a time: several would slow each other down."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._one_at_a_time = asyncio.Semaphore(1)
        self._known: dict[Span, asyncio.Task[tuple[str, ...] | None]] = {}

    async def subjects(self, job: Job, before: str) -> tuple[str, ...] | None:
        """The subjects of the commits; None if they are unknown, or reading them takes too long."""
        span = (job.workspace, job.task_name, before, job.revision)
        task = self._known.get(span)
        if task is None:
            if len(self._known) >= MAX_SPANS:
                self._known.pop(next(iter(self._known)))
            task = self._known[span] = asyncio.create_task(self._find(span))
        await asyncio.wait({task}, timeout=PATIENCE_S)
        return task.result() if task.done() and not task.cancelled() else None

    async def _find(self, span: Span) -> tuple[str, ...] | None:
        name, task, before, after = span
        try:
            workspace = self._context.workspaces.get(name).workspace
        except NotFound:
            return None
        async with self._one_at_a_time:
            return await asyncio.to_thread(
                partial(subjects_since, self._context.snapshots, workspace, task, before, after)
            )


ROUTES = (
    Route(
        "GET",
        "/api/jobs/{id}/explain",
        explain,
        "view",
        "Explain how a job ended or what it waits for, and why each step runs, waits or was skipped",
        tag="jobs",
        query=(text("step", "Only this step; the job is explained as well."),),
        answer="JobExplanation",
        also=(404,),
    ),
)
