"""One request as a handler sees it: its parts checked, and the context of the server it was sent to."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from gitflow.core.identity import OPEN, AuditEvent
from gitflow.core.jobs.job import Source
from gitflow.core.record import replace
from gitflow.core.traces import trace_of, traceparent_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from aiohttp.web import BaseRequest

    from gitflow.api.http.context import Context
    from gitflow.api.http.host_check import Caller
    from gitflow.core.identity import Identity
    from gitflow.core.values import Json, JsonObject
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.workspaces.served import ServedWorkspace
    from gitflow.stores.registry import Stores

    T = TypeVar("T")


class Request:
    __slots__ = ("audited_as", "body", "caller", "context", "http_request", "id", "identity", "path", "query")

    def __init__(
        self,
        context: Context,
        http_request: BaseRequest,
        audited_as: str | None,
        path: Mapping[str, str],
        query: JsonObject,
        id: str,
        caller: Caller,
    ) -> None:
        self.context = context
        self.http_request = http_request
        self.audited_as = audited_as  #: the operation's name in the audit trail; None: it leaves no event there
        self.path = path  #: the segments that stand for a name
        self.query = query  #: every parameter of the route, read
        self.id = id  #: the request's, as ``X-Request-ID`` tells it
        self.caller = caller  #: where it came from
        self.body: Json = {}  #: the JSON body, as its shape allows
        self.identity: Identity = OPEN  #: who asks

    @property
    def actor(self) -> str:
        """Who asks, as history tells it."""
        return self.identity.actor

    @property
    def source(self) -> Source:
        """Why a job exists that the caller starts: a person who has signed in, or a program."""
        who = self.identity
        return Source("user", who.email, who.actor) if who.kind == "user" else Source("api", None, who.actor)

    def now(self) -> float:
        """Seconds since the epoch, as the wall clock has it."""
        return self.context.clock.wall()

    def text(self, name: str) -> str | None:
        return self.query[name]

    def number(self, name: str) -> int:
        return self.query[name]

    def served(self) -> ServedWorkspace:
        """The workspace that ``{ws}`` names. Raises NotFound."""
        return self.context.workspaces.get(self.path["ws"])

    @property
    def sees_all(self) -> bool:
        """Whether nothing has to be left out for this caller."""
        return self.context.access.sees_all(self.identity)

    def sees(self, workspace: str, task: str | None = None) -> bool:
        """Whether the caller may see a task and its jobs, or anything in a workspace."""
        if task is None:
            return self.context.access.may_see_workspace(self.identity, workspace)
        return self.context.access.may(self.identity, "view", workspace, task)

    def may(self, wanted: str, workspace: str, task: str) -> bool:
        """Whether the caller may view, run or administer a task and its jobs."""
        return self.context.access.may(self.identity, wanted, workspace, task)

    @property
    def may_administer(self) -> bool:
        """Whether the caller may change how the server is."""
        return self.context.access.may_administer(self.identity)

    def sees_whole(self, workspace: str) -> bool:
        """Whether no task of a workspace has to be left out."""
        return self.sees_all or self.context.access.sees_whole(self.identity, workspace)

    async def seen_tasks(self) -> tuple[tuple[str, str], ...] | None:
        """(workspace, task) of every task whose jobs the caller may see; None: of all."""
        if self.sees_all:
            return None
        known = await self.context.reader.remembered("tasks", lambda stores: stores.jobs.tasks())
        return tuple((workspace, task) for workspace, task in known if self.sees(workspace, task))

    async def read(self, look: Callable[[Stores], T]) -> T:
        """Calls ``look`` with the stores in another thread; nothing there writes."""
        return await self.context.reader.read(look)

    async def do(
        self, work: Callable[[Transaction], T], details_of: Callable[[T], Mapping[str, str]] | None = None
    ) -> T:
        """Does ``work`` inside the next commit, with its audit event; returns when that is on the disk.

        ``details_of`` gives the details of the audit event, from what ``work`` returned.
        """
        audited = (
            work if self.audited_as is None else partial(self._with_audit_event, work, self.audited_as, details_of)
        )
        traced = partial(self._with_trace, audited) if "traceparent" in self.http_request.headers else audited
        if self.identity.aliases:
            traced = partial(self._with_aliases, traced)
        return await asyncio.wrap_future(self.context.commits.submit(traced))

    def _with_trace(self, work: Callable[[Transaction], T], turn: Transaction) -> T:
        """The jobs that a request makes go on with its trace."""
        trace = trace_of(self.http_request.headers["traceparent"])
        known = set(turn.jobs)
        done = work(turn)
        if trace is not None:
            for job_id in turn.jobs.keys() - known:
                staged = turn.jobs[job_id]
                if staged.is_new:
                    staged.job = replace(staged.job, traceparent=traceparent_of(trace))
        return done

    def _with_aliases(self, work: Callable[[Transaction], T], turn: Transaction) -> T:
        """Who made the key of the caller asks for the jobs that its requests make, as far as approvals go."""
        known = set(turn.jobs)
        done = work(turn)
        for job_id in turn.jobs.keys() - known:
            staged = turn.jobs[job_id]
            if staged.is_new:
                also = staged.job.requested_also_by(self.identity.aliases)
                staged.job = replace(staged.job, also_requested_by=also)
        return done

    def _with_audit_event(
        self,
        work: Callable[[Transaction], T],
        operation: str,
        details_of: Callable[[T], Mapping[str, str]] | None,
        turn: Transaction,
    ) -> T:
        done = work(turn)
        event = AuditEvent(
            self.now(),
            self.actor,
            operation,
            self.caller.address,
            _workspace(self.path),
            _subject(self.path),
            details=details_of(done) if details_of is not None else {},
            api_key=self.identity.key_name,
        )
        self.context.stores.identity.add_audit(event)
        return done


#: How paths name a workspace.
_WORKSPACES = ("ws", "account_id")


def _workspace(path: Mapping[str, str]) -> str | None:
    return next((path[name] for name in _WORKSPACES if name in path), None)


def _subject(path: Mapping[str, str]) -> str | None:
    """What a request is about: the last name in its path, behind the workspace."""
    names = [value for name, value in path.items() if name not in _WORKSPACES]
    return "/".join(names) or None
