"""Terminates all instances of a workflow in the background.

The request is stored, so it continues after a restart of the server. Each tick of the loop cancels the open instances
that are not being cancelled yet; the request is finished once none is open.
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

#: The states of instances that can be terminated.
OPEN_STATES = tuple(state for state in STATES if any(not JobStatus(status).ended for status in STATUSES[state]))

#: The interval of the loop while a request is in progress, and while none is, in seconds.
BUSY_S, IDLE_S = 0.1, 300.0


async def end_all(
    request: Request, workspace: str, task: str, *, only_status: str | None = None, deletes: bool = False
) -> bool:
    """Stores the request. False: another one for the same workflow is in progress."""
    store = request.context.stores.instances
    wanted = MassEnding(workspace, task, request.context.clock.now(), request.actor, only_status, deletes)
    details = {"workspace": workspace, "task": task, "operation": "delete" if deletes else "cancel"}
    if only_status:
        details["only_status"] = only_status
    has_begun = await request.do(lambda _: store.begin_ending(wanted), lambda _: details)
    request.context.part(Terminator).loop.wake()
    return has_begun


async def ending_of(request: Request, workspace: str, task: str) -> MassEnding | None:
    return await request.read(lambda stores: stores.instances.ending(workspace, task))


def loop_of(context: Context) -> BackgroundLoop:
    return context.part(Terminator).loop


class Terminator:
    """The background loop that carries out stored requests."""

    def __init__(self, context: Context) -> None:
        self.loop = BackgroundLoop("endings", self.tick, IDLE_S)
        self._context = context
        self._forwarded: set[str] = set()  #: jobs of other processes whose cancel was forwarded to them

    async def tick(self) -> float | None:
        endings = await self._context.reader.read(lambda stores: stores.instances.endings())
        if not endings:
            self._forwarded.clear()
            return None
        for ending in endings:
            await self._continue(ending)
        return BUSY_S

    async def _continue(self, ending: MassEnding) -> None:
        left = await self._context.reader.read(lambda stores: self._left(stores, ending))
        job_ids = [job.id for job in left if not job.cancelling and job.id not in self._forwarded]
        await self._perform("cancel", job_ids, ending.actor)
        if left:
            return
        if ending.deletes:
            await self._delete(ending)
        store = self._context.stores.instances
        await self._do(lambda _: store.finish_ending(ending))

    def _left(self, stores: Stores, ending: MassEnding) -> list[Job]:
        """The instances of the request that have not ended."""
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
        """Deletes page by page. A job that cannot be deleted, such as a child of an open job, stays."""
        ended = JobFilter(
            workspace=ending.workspace,
            task_name=ending.task_name,
            status=tuple(status.value for status in JobStatus if status.ended),
            created_before=ending.asked_at + 1e-6,
        )
        place: tuple[float, str] | None = None
        while True:
            rows = await self._context.reader.read(
                lambda stores, place=place: stores.jobs.jobs(ended, bulk.BATCH_SIZE, before=place)
            )
            if not rows:
                return
            await self._perform("delete", [row.id for row in rows], ending.actor)
            place = (rows[-1].created_at, rows[-1].id)

    async def _perform(self, operation: str, job_ids: Sequence[str], actor: str) -> None:
        operations = self._context.operations
        for some in bulk.batches(job_ids):
            done = await self._do(
                lambda transaction, some=some: bulk.perform_each(operations, transaction, operation, some, actor, {})
            )
            self._forwarded |= {result.job_id for result in done if result.pending is not None}

    async def _do(self, work: Callable[[Transaction], T]) -> T:
        return await asyncio.wrap_future(self._context.commits.submit(work))
