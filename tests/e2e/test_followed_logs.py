"""A server that follows shows at once what the active one has written of a job, since PostgreSQL passes the news on."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

import event_loops
from gitflow.api.routes import live
from gitflow.api.serve import answering, listening
from gitflow.config import config_of
from gitflow.runtime.engine.notifications import Notifications
from gitflow.standby import open_follower
from killable_server import TIMEOUT_S
from postgres_part import Cluster
from standby_servers import Site, Standby, until

pytestmark = pytest.mark.postgres

#: The session that listens.
LISTENS = "datname = '{database}' AND query LIKE 'LISTEN%'"


@pytest.fixture
def site(tmp_path: Path, new_database: str) -> Iterator[Site]:
    site = Site(tmp_path, new_database)
    yield site
    site.stop()


@pytest.fixture
def active(site: Site, monkeypatch: pytest.MonkeyPatch) -> Standby:
    """The active server. Those that follow it in this process ask the store for news of a job once an hour."""
    monkeypatch.setattr(live, "POLL_S", 3600.0)
    monkeypatch.setattr(live, "HEARD_POLL_S", 3600.0)
    server = site.begin("one")
    until(lambda: server.call("/readyz")[0] == 200)
    return server


@asynccontextmanager
async def following(site: Site) -> AsyncIterator[tuple[str, Notifications]]:
    """The address of a server that follows, in this process, and what tells its clients of news."""
    tree = {
        "listen": "127.0.0.1:0",
        "state_dir": str(site.folder / "state-here"),
        "secrets_key_file": str(site.folder / "secrets.key"),
        "db": {"url": site.url},
        "workspaces": {"w": {"type": "git", "url": str(site.repository), "ref": "main"}},
    }
    environ = {"PATH": os.environ["PATH"], "GITFLOW_CACHE": str(site.folder / "cache-here")}
    config = config_of(tree, None, environ)
    async with (
        open_follower(config, environ) as service,
        answering(service) as server,
        listening(server) as address,
    ):
        yield address, service.notifications


async def holds(what: Callable[[], Any]) -> None:
    async with asyncio.timeout(TIMEOUT_S):
        while not what():
            await asyncio.sleep(0.01)


async def first_line(socket: aiohttp.ClientWebSocketResponse) -> None:
    """The log of the job has been read: from now on, its follower waits for news."""
    await socket.receive(TIMEOUT_S)


async def rest(socket: aiohttp.ClientWebSocketResponse) -> list[str]:
    """The lines that are still to come, until the server says that the log has ended."""
    async with asyncio.timeout(TIMEOUT_S):
        text = "".join([message.data async for message in socket])
    assert socket.close_code == 1000
    return [json.loads(line)["line"] for line in text.splitlines() if json.loads(line)["stream"] == "stdout"]


def test_a_follower_shows_the_end_of_a_job_without_polling(site: Site, active: Standby) -> None:
    async def story() -> None:
        async with following(site) as (address, notifications), aiohttp.ClientSession(address) as session:
            await holds(lambda: notifications.hears_others)
            job_id = await asyncio.to_thread(active.execute, "long")
            async with session.ws_connect(f"/api/jobs/{job_id}/logs/stream") as socket:
                await first_line(socket)
                (site.ledger / "go").touch()
                assert await rest(socket) == ["ended"]

    event_loops.run(story())


def test_a_follower_shows_the_end_of_a_job_though_the_session_that_listens_is_ended(
    site: Site, active: Standby, cluster: Cluster
) -> None:
    database = site.url.rpartition("/")[2]
    sessions = LISTENS.format(database=database)

    def sessions_now() -> set[int]:
        return {pid for (pid,) in cluster.run(f"SELECT pid FROM pg_stat_activity WHERE {sessions}")}

    async def story() -> None:
        async with following(site) as (address, notifications), aiohttp.ClientSession(address) as session:
            await holds(lambda: notifications.hears_others)
            job_id = await asyncio.to_thread(active.execute, "long")
            async with session.ws_connect(f"/api/jobs/{job_id}/logs/stream") as socket:
                await first_line(socket)
                [before] = sessions_now()
                cluster.run(f"SELECT pg_terminate_backend({before}, {int(TIMEOUT_S * 1000)})")
                (site.ledger / "go").touch()
                assert await rest(socket) == ["ended"]
            await holds(lambda: notifications.hears_others and sessions_now() - {before})

    event_loops.run(story())
