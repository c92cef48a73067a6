"""A server without its HTTP face, whose clock on the wall is set by the test."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import gitflow.app
from gitflow.config import Config, WorkerConfig, WorkspaceConfig
from gitflow.core.jobs.job import Job
from gitflow.runtime.clock import Clock
from gitflow.service import Service, open_server
from gitflow.stores.protocols.jobs import JobFilter
from gitflow.stores.protocols.triggers import TriggerEvent
from gitflow.triggers.cloudevents import CloudEvent


class SetClock(Clock):
    """The wall shows what the test says; the other clock goes on as it does, but for the scheduler, which is told by
    how much somebody has set the wall."""

    shown = 0.0
    set_by = 0.0

    def wall(self) -> float:
        return SetClock.shown

    def ahead(self) -> float:
        return SetClock.set_by


class Site:
    """Workspaces in folders and one state directory; each ``open`` is a server's life."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {"HOME": str(folder), "GITFLOW_CACHE": str(folder / "cache"), "PATH": "/usr/bin:/bin"}
        self.settings: dict[str, dict[str, object]] = {"w": {}}
        SetClock.shown = 1_780_000_000.0  # 2026-05-28T20:26:40Z

    def write(self, text: str, workspace: str = "w") -> None:
        path = self.folder / workspace / ".workflows" / "a.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Live]:
        workspaces = {
            name: WorkspaceConfig(name, "folder", {"path": str(self.folder / name), **given})
            for name, given in self.settings.items()
        }
        config = Config(
            state_dir=str(self.folder / "state"),
            synchronous="normal",
            worker=WorkerConfig(slots=2),
            workspaces=workspaces,
        )
        async with open_server(config, self.environ, lambda: None) as service:
            live = Live(service)
            await live.loaded()
            yield live


class Live:
    def __init__(self, service: Service) -> None:
        self.service = service
        self.triggers = service.triggers

    async def loaded(self) -> None:
        for name in self.service.served.names():
            await self.refresh(name)

    async def refresh(self, workspace: str = "w") -> bool:
        moved = await asyncio.wrap_future(self.service.served.request_refresh(workspace))
        await self.settled()
        return moved

    async def settled(self) -> None:
        """Everything that was handed in so far is committed, and what follows from it too."""
        for _ in range(3):
            await self.submit(lambda transaction: None)

    async def at(self, moment: float) -> None:
        """So much time has passed, and the scheduler has looked. Earlier than before: it is set back."""
        SetClock.set_by += min(0.0, moment - SetClock.shown)
        await self._show(moment)

    async def set_to(self, moment: float) -> None:
        """Somebody has set the wall, and the scheduler has looked at it."""
        SetClock.set_by += moment - SetClock.shown
        await self._show(moment)

    async def _show(self, moment: float) -> None:
        SetClock.shown = moment
        await self.triggers.scheduler.tick()
        await self.settled()

    async def submit(self, work: Callable[[object], object]):
        return await asyncio.wrap_future(self.service.commit_queue.submit(work))

    async def turn(self, act: Callable[..., object], *given: object):
        """Does it inside a commit."""
        return await self.submit(lambda transaction: act(transaction, *given))

    async def receive(self, *events: CloudEvent):
        return await self.turn(self.triggers.receive, events, "ada", lambda workspace, task: True)

    async def read(self, look: Callable[[object], object]):
        return await self.submit(lambda transaction: look(self.service.app.opened.stores))

    async def events(self, name: str, workspace: str = "w") -> list[TriggerEvent]:
        """Oldest first."""
        return list(reversed(await self.read(lambda stores: stores.triggers.events(workspace, name, 2000))))

    async def times(self, name: str, workspace: str = "w") -> list[float]:
        """For which times a schedule has fired."""
        return [event.due_at for event in await self.events(name, workspace) if event.what == "fired"]

    async def jobs(self, task: str | None = None) -> list[Job]:
        """Oldest first."""

        def look(stores):
            rows = stores.jobs.jobs(JobFilter(), limit=500)
            return [self.service.app.opened.job(row.id) for row in reversed(rows)]

        return [job for job in await self.read(look) if task is None or job.task_name == task]

    async def ended(self, count: int, task: str | None = None) -> list[Job]:
        """Waits until so many jobs have ended, and nothing is open."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            jobs = await self.jobs(task)
            if len(jobs) >= count and all(job.ended for job in jobs):
                return jobs
            await asyncio.sleep(0.01)
        raise AssertionError(f"{[(job.task_name, job.status.value) for job in await self.jobs()]}")


def use_set_clock(monkeypatch) -> None:
    monkeypatch.setattr(gitflow.app, "Clock", SetClock)


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}
