"""One request, as handlers get it: its parsed parts, its caller, and the context of the server."""

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
        self.audited_as = audited_as  #: the operation in its audit event; None: no event is recorded
        self.path = path  #: the values of the ``{name}`` segments
        self.query = query  #: the value of every parameter of the route
        self.id = id  #: the value of ``X-Request-ID``
        self.caller = caller  #: the client
        self.body: Json = {}  #: the JSON body, checked against the schema of the route
        self.identity: Identity = OPEN  #: the authenticated caller

    @property
    def actor(self) -> str:
        """The caller's name in histories."""
        return self.identity.actor

    @property
    def source(self) -> Source:
        """The source of a job that this request starts: a signed-in user, or the API."""
        who = self.identity
        return Source("user", who.email, who.actor) if who.kind == "user" else Source("api", None, who.actor)

    def now(self) -> float:
        """The wall clock, in seconds since the epoch."""
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
        """Whether the caller may see everything, so that lists need no filter."""
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
        """Whether the caller may administer the server."""
        return self.context.access.may_administer(self.identity)

    def sees_whole(self, workspace: str) -> bool:
        """Whether the caller may see every task of a workspace."""
        return self.sees_all or self.context.access.sees_whole(self.identity, workspace)

    async def seen_tasks(self) -> tuple[tuple[str, str], ...] | None:
        """(workspace, task) of every task whose jobs the caller may see; None: all tasks."""
        if self.sees_all:
            return None
        known = await self.context.reader.cached("tasks", lambda stores: stores.jobs.tasks())
        return tuple((workspace, task) for workspace, task in known if self.sees(workspace, task))

    async def read(self, query: Callable[[Stores], T]) -> T:
        """Calls ``query`` with the stores in a reader thread; it must not write."""
        return await self.context.reader.read(query)

    async def do(
        self, work: Callable[[Transaction], T], details_of: Callable[[T], Mapping[str, str]] | None = None
    ) -> T:
        """Runs ``work`` in the next commit, together with the audit event; returns once the commit is durable.

        ``details_of`` makes the details of the audit event from the result of ``work``.
        """
        audited = (
            work if self.audited_as is None else partial(self._with_audit_event, work, self.audited_as, details_of)
        )
        traced = partial(self._with_trace, audited) if "traceparent" in self.http_request.headers else audited
        if self.identity.aliases:
            traced = partial(self._with_aliases, traced)
        return await asyncio.wrap_future(self.context.commits.submit(traced))

    async def settled(self) -> None:
        """Returns once everything that this process submitted before is durable, so that the next read sees it."""
        await asyncio.wrap_future(self.context.commits.submit(lambda transaction: None))

    async def audit(self, details: Mapping[str, str], outcome: str = "done") -> None:
        """Records the audit event of what this request has done by other means than a commit of the store."""
        if self.audited_as is not None:
            event = self._audit_event(self.audited_as, details, outcome)
            add = self.context.stores.identity.add_audit
            await asyncio.wrap_future(self.context.commits.submit(lambda transaction: add(event)))

    def _with_trace(self, work: Callable[[Transaction], T], transaction: Transaction) -> T:
        """New jobs continue the trace of the request."""
        trace = trace_of(self.http_request.headers["traceparent"])
        known = set(transaction.jobs)
        result = work(transaction)
        if trace is not None:
            for job_id in transaction.jobs.keys() - known:
                pending = transaction.jobs[job_id]
                if pending.is_new:
                    pending.job = replace(pending.job, traceparent=traceparent_of(trace))
        return result

    def _with_aliases(self, work: Callable[[Transaction], T], transaction: Transaction) -> T:
        """New jobs count as requested also by the creators of the caller's API key, for the rules of approvals."""
        known = set(transaction.jobs)
        result = work(transaction)
        for job_id in transaction.jobs.keys() - known:
            pending = transaction.jobs[job_id]
            if pending.is_new:
                also = pending.job.requested_also_by(self.identity.aliases)
                pending.job = replace(pending.job, also_requested_by=also)
        return result

    def _with_audit_event(
        self,
        work: Callable[[Transaction], T],
        operation: str,
        details_of: Callable[[T], Mapping[str, str]] | None,
        transaction: Transaction,
    ) -> T:
        result = work(transaction)
        details: Mapping[str, str] = {} if details_of is None else details_of(result)
        self.context.stores.identity.add_audit(self._audit_event(operation, details, "done"))
        return result

    def _audit_event(self, operation: str, details: Mapping[str, str], outcome: str) -> AuditEvent:
        return AuditEvent(
            self.now(),
            self.actor,
            operation,
            self.caller.address,
            _workspace(self.path),
            _subject(self.path),
            outcome,
            details,
            self.identity.key_name,
        )


#: The names of path segments that hold a workspace.
_WORKSPACES = ("ws", "account_id")


def _workspace(path: Mapping[str, str]) -> str | None:
    return next((path[name] for name in _WORKSPACES if name in path), None)


def _subject(path: Mapping[str, str]) -> str | None:
    """The subject of the audit event: the names in the path, without the workspace."""
    names = [value for name, value in path.items() if name not in _WORKSPACES]
    return "/".join(names) or None
