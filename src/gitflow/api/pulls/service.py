"""The pull requests of a server: of each workspace that has ``pull_requests`` its code host and its queue."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from gitflow.api.pulls.judge import JudgeProcess
from gitflow.api.pulls.sending import Sender
from gitflow.code_hosts.client import Client
from gitflow.code_hosts.registry import DIALECTS, repository_of
from gitflow.config import ConfigError
from gitflow.core.errors import GitflowError
from gitflow.core.record import Record
from gitflow.identity.login_limits import LoginAttempts
from gitflow.runtime.pulls.judging import PullJudge
from gitflow.runtime.pulls.queue import LatestFirst
from gitflow.runtime.pulls.retries import Outdated
from gitflow.workspaces.git import GitWorkspace
from gitflow.workspaces.pull_heads import PullHeads

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine

    from gitflow.api.http.context import Context
    from gitflow.code_hosts.base import Delivery, Dialect
    from gitflow.config.settings import WorkspaceConfig
    from gitflow.core.values import JsonObject
    from gitflow.runtime.pulls.queue import WorkItem
    from gitflow.runtime.workspaces.served import Candidate, RevisionChange, ServedWorkspace


class Judged(Record):
    """A workspace whose pull requests are judged."""

    name: str
    dialect: Dialect
    repository: str
    secret_file: str
    host: Client
    heads: PullHeads
    judge: PullJudge
    queue: LatestFirst
    recheck_queue: LatestFirst  #: submits all open pull requests to the other queue; its own work is number 0


class PullRequests:
    """A part of the context; made on the server's event loop."""

    def __init__(self, context: Context) -> None:
        """Raises ConfigError."""
        self.attempts = LoginAttempts(context.config.limits.login_attempts_per_minute)
        self._context = context
        self._sender = Sender()
        self._found = {
            name: self._built(found)
            for name, found in context.config.workspaces.items()
            if found.settings.get("pull_requests")
        }
        self._loop = asyncio.get_running_loop()
        self._reports: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """On leaving, running work is cancelled: a webhook or the next push starts it again."""
        for one in self._found.values():
            await asyncio.to_thread(one.heads.clear)
        self._context.workspaces.state_observers.append(self._observe)
        self._context.workspaces.observers.append(self._follow)
        try:
            yield
        finally:
            self._context.workspaces.observers.remove(self._follow)
            self._context.workspaces.state_observers.remove(self._observe)
            for task in self._reports:
                task.cancel()
            await asyncio.gather(*self._reports, return_exceptions=True)
            for one in self._found.values():
                one.heads.close()
                await one.recheck_queue.close()
                await one.queue.close()
            await self._sender.close()

    def find(self, name: str) -> Judged | None:
        return self._found.get(name)

    async def idle(self) -> None:
        """Returns once nothing is left to do."""
        await asyncio.gather(*self._reports, *(one.recheck_queue.idle() for one in self._found.values()))
        await asyncio.gather(*(one.queue.idle() for one in self._found.values()))

    def _built(self, config: WorkspaceConfig) -> Judged:
        context, name, given = self._context, config.name, config.settings["pull_requests"]
        workspace = context.workspaces.get(name).workspace
        assert isinstance(workspace, GitWorkspace)
        try:
            repository = repository_of(given["api_url"], config.settings["url"], given.get("repository"))
            heads = PullHeads(workspace, context.config.state_dir)
        except GitflowError as error:
            raise ConfigError(f"workspaces.{name}.pull_requests: {error}") from None
        dialect = DIALECTS[given["provider"]]
        client = Client(dialect, repository, given["token_file"], self._sender, context.clock.wall)
        process = JudgeProcess(workspace.subpath)
        judge = PullJudge(client, heads, lambda: context.workspaces.get(name), process, people=_people(given))
        queue = LatestFirst(judge)

        async def queue_all(number: int, item: WorkItem) -> None:
            with suppress(Outdated):
                for each in await judge.open_pulls(item):
                    queue.submit(each)

        secret_file = given["webhook_secret_file"]
        recheck_queue = LatestFirst(queue_all)
        return Judged(name, dialect, repository.name, secret_file, client, heads, judge, queue, recheck_queue)

    def _observe(self, before: ServedWorkspace, after: ServedWorkspace) -> None:
        """Called by the threads that refresh workspaces."""
        if after.name not in self._found:
            return
        judge, refused = self._found[after.name].judge, before.candidate
        if after.candidate is not None and after.candidate != refused:
            self._loop.call_soon_threadsafe(self._report, judge.refuse, after.candidate)
        elif refused is not None and refused.breaks_policy and after.revision == refused.revision:
            self._loop.call_soon_threadsafe(self._report, judge.accept, refused)

    def _follow(self, change: RevisionChange) -> None:
        """Called by the threads that refresh workspaces, when another revision became active: its policy may differ,
        and so may the result of merging each pull request."""
        if change.is_push and change.name in self._found:
            self._loop.call_soon_threadsafe(self._found[change.name].recheck_queue.submit, 0)

    def _report(self, act: Callable[[Candidate], Coroutine[None, None, None]], refused: Candidate) -> None:
        task = self._loop.create_task(act(refused))
        self._reports.add(task)
        task.add_done_callback(self._reports.discard)


def _people(given: JsonObject) -> dict[str, tuple[str, ...]]:
    """One name may stand without a list."""
    people: JsonObject = given.get("people", {})
    return {login: (names,) if isinstance(names, str) else tuple(names) for login, names in people.items()}


@asynccontextmanager
async def judging_pulls(context: Context) -> AsyncGenerator[None]:
    """Raises ConfigError."""
    async with context.part(PullRequests).running():
        yield


def is_about(one: Judged, delivery: Delivery) -> bool:
    """Whether a webhook is about the workspace's repository: one secret may serve several."""
    return delivery.repository.casefold() == one.repository.casefold()
