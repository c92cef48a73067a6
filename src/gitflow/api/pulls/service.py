"""The pull requests of a server: of each workspace that has ``pull_requests`` its code host and its queue."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
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
from gitflow.workspaces.git import GitWorkspace
from gitflow.workspaces.pull_heads import PullHeads

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from gitflow.api.http.context import Context
    from gitflow.code_hosts.base import Delivery, Dialect
    from gitflow.config.settings import WorkspaceConfig
    from gitflow.runtime.workspaces.served import ServedWorkspace


class Judged(Record):
    """A workspace whose pull requests are judged."""

    name: str
    dialect: Dialect
    repository: str
    secret_file: str
    heads: PullHeads
    judge: PullJudge
    queue: LatestFirst


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
        self._telling: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """On leaving, what runs is cut off: a webhook or the next push brings it again."""
        for one in self._found.values():
            await asyncio.to_thread(one.heads.clear)
        self._context.workspaces.state_observers.append(self._observe)
        try:
            yield
        finally:
            self._context.workspaces.state_observers.remove(self._observe)
            for task in self._telling:
                task.cancel()
            await asyncio.gather(*self._telling, return_exceptions=True)
            for one in self._found.values():
                one.heads.close()
                await one.queue.close()
            await self._sender.close()

    def find(self, name: str) -> Judged | None:
        return self._found.get(name)

    async def idle(self) -> None:
        """Returns once nothing is left to do."""
        await asyncio.gather(*self._telling, *(one.queue.idle() for one in self._found.values()))

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
        judge = PullJudge(client, heads, lambda: context.workspaces.get(name), JudgeProcess(workspace.subpath))
        secret_file = given["webhook_secret_file"]
        return Judged(name, dialect, repository.name, secret_file, heads, judge, LatestFirst(judge))

    def _observe(self, before: ServedWorkspace, after: ServedWorkspace) -> None:
        """Called by the threads that refresh workspaces."""
        if after.candidate is not None and after.candidate != before.candidate and after.name in self._found:
            self._loop.call_soon_threadsafe(self._tell_of_refusal, after)

    def _tell_of_refusal(self, after: ServedWorkspace) -> None:
        assert after.candidate
        task = self._loop.create_task(self._found[after.name].judge.refuse(after.candidate))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)


@asynccontextmanager
async def judging_pulls(context: Context) -> AsyncGenerator[None]:
    """Raises ConfigError."""
    async with context.part(PullRequests).running():
        yield


def is_about(one: Judged, delivery: Delivery) -> bool:
    """Whether a webhook is about the workspace's repository: one secret may serve several."""
    return delivery.repository.casefold() == one.repository.casefold()
