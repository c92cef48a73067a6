"""Ending all instances of a workflow: asked for once, stored, and carried on in the background until it is done.

What is going on stands in the store, so it goes on after a restart of the server. Each tick of the loop looks at what
is left: it cancels what has not been asked to end, and is done when nothing of what was meant is open any more.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gitflow.api.dialects.cloudflare.states import STATES, STATUSES, state_of
from gitflow.core.errors import NotFound
from gitflow.core.status import JobStatus
from gitflow.runtime.background import BackgroundLoop
from gitflow.runtime.operations import bulk
from gitflow.stores.protocols.instances import MassEnding
from gitflow.stores.protocols.jobs import JobFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    from gitflow.api.http.context import Context
    from gitflow.api.http.request import Request
    from gitflow.core.jobs.job import Job
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.stores.registry import Stores

    T = TypeVar("T")

#: Which of them can be asked to end.
OPEN_STATES = tuple(state for state in STATES if any(not JobStatus(status).ended for status in STATUSES[state]))

#: How often one looks while something is going on, and while nothing is, in seconds.
BUSY_S, IDLE_S = 0.1, 300.0


async def end_all(
    request: Request, workspace: str, task: str, *, only_status: str | None = None, deletes: bool = False
) -> bool:
    """Whether it has begun: False while another one of the same workflow is going on."""
    store = request.context.stores.instances
    wanted = MassEnding(workspace, task, request.context.clock.now(), request.actor, only_status, deletes)
    meant = {"workspace": workspace, "task": task, "operation": "delete" if deletes else "cancel"}
    details = {**meant, "only_status": only_status} if only_status else meant
    has_begun = await request.do(lambda turn: store.begin_ending(wanted), lambda _: details)
    request.context.part(Terminator).loop.wake()
    return has_begun


async def ending_of(request: Request, workspace: str, task: str) -> MassEnding | None:
    return await request.read(lambda stores: stores.instances.ending(workspace, task))


class Terminator:
    """Ends what is meant, in the background."""

    def __init__(self, context: Context) -> None:
        self.loop = BackgroundLoop("endings", self.tick, IDLE_S)
        self._context = context
        self._asked: set[str] = set()  #: jobs of other processes, whose owners have been asked already

    async def tick(self) -> float | None:
        going_on = await self._context.reader.read(lambda stores: stores.instances.endings())
        if not going_on:
            self._asked.clear()
            return None
        for ending in going_on:
            await self._go_on(ending)
        return BUSY_S

    async def _go_on(self, ending: MassEnding) -> None:
        left = await self._context.reader.read(lambda stores: self._left(stores, ending))
        told = [job.id for job in left if not job.cancelling and job.id not in self._asked]
        await self._perform("cancel", told, ending.actor)
        if left:
            return
        if ending.deletes:
            await self._delete(ending)
        store = self._context.stores.instances
        await self._do(lambda turn: store.finish_ending(ending))

    def _left(self, stores: Stores, ending: MassEnding) -> list[Job]:
        """What is meant and has not ended."""
        found: list[Job] = []
        for task, job_id in stores.instances.open_jobs(ending.workspace):
            if task != ending.task_name:
                continue
            try:
                job = self._context.job(stores, job_id)
            except NotFound:
                continue
            if not job.ended and job.created_at <= ending.asked_at and ending.only_status in (None, state_of(job)):
                found.append(job)
        return found

    async def _delete(self, ending: MassEnding) -> None:
        """Page by page, each job once: one that refuses, because it is a part of an open one, stays."""
        meant = JobFilter(
            workspace=ending.workspace,
            task_name=ending.task_name,
            status=tuple(status.value for status in JobStatus if status.ended),
            created_before=ending.asked_at + 1e-6,
        )
        place: tuple[float, str] | None = None
        while True:
            rows = await self._context.reader.read(
                lambda stores, place=place: stores.jobs.jobs(meant, bulk.BATCH_SIZE, before=place)
            )
            if not rows:
                return
            await self._perform("delete", [row.id for row in rows], ending.actor)
            place = (rows[-1].created_at, rows[-1].id)

    async def _perform(self, operation: str, job_ids: Sequence[str], actor: str) -> None:
        operations = self._context.operations
        for some in bulk.batches(job_ids):
            done = await self._do(
                lambda turn, some=some: bulk.perform_each(operations, turn, operation, some, actor, {})
            )
            self._asked |= {result.job_id for result in done if result.pending is not None}

    async def _do(self, work: Callable[[Transaction], T]) -> T:
        return await asyncio.wrap_future(self._context.commits.submit(work))
