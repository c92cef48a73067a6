"""Several servers on one PostgreSQL database: one is active, the others follow it, and one takes its place."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

import event_loops
from killable_server import TIMEOUT_S
from postgres_part import running_pair
from standby_servers import Site, Standby, ended, until

pytestmark = pytest.mark.postgres


@pytest.fixture
def site(tmp_path: Path, new_database: str) -> Iterator[Site]:
    site = Site(tmp_path, new_database)
    yield site
    site.stop()


def test_a_follower_reads_and_passes_on_what_changes_something(site):
    active, follower = site.two()
    job_id = follower.execute("hello-world", name="follower")
    assert ended(follower, job_id)["status"] == "completed"
    assert "Hello, follower" in follower.log(job_id)
    assert follower.job(job_id) == active.job(job_id)
    assert {task["name"] for task in follower.call("/api/workspaces/w/tasks")[1]} >= {"hello-world", "once", "long"}
    assert follower.call("/api/workspaces/w/tasks/none/execute", {})[0] == 404
    assert follower.call("/api/jobs", {})[0] == 405
    assert follower.role == "follower"


async def of_socket(session: aiohttp.ClientSession, server: Standby, since: int | None) -> AsyncIterator[Any]:
    """Events of the server, until the connection ends."""
    query = "" if since is None else f"?since={since}"
    async with session.ws_connect(f"{server.address}/api/events{query}") as socket:
        async for message in socket:
            for line in message.data.splitlines():
                yield json.loads(line)


async def of_stream(session: aiohttp.ClientSession, server: Standby, since: int | None) -> AsyncIterator[Any]:
    headers = {"Accept": "text/event-stream", **({} if since is None else {"Last-Event-ID": str(since)})}
    async with session.get(f"{server.address}/api/events", headers=headers) as answer:
        assert answer.status == 200
        try:
            async for line in answer.content:
                if line.startswith(b"data: "):
                    yield json.loads(line.removeprefix(b"data: "))
        except (aiohttp.ClientError, RuntimeError):  # it was cut; aiohttp has both for that
            return


def test_events_of_the_server_come_through_a_follower_and_go_on_when_it_becomes_active(site):
    active, follower = site.two()

    async def events_of_a_job(found: AsyncIterator[Any], job_id: str) -> list[str]:
        told = []
        async for event in found:
            if event.get("job_id") == job_id:
                told.append(event["what"])
            if told[-1:] == ["job.completed"]:
                return told
        raise AssertionError(f"the stream ended after {told}")

    async def story() -> None:
        async with asyncio.timeout(TIMEOUT_S), AsyncExitStack() as stack:
            session = await stack.enter_async_context(aiohttp.ClientSession())
            follow = [of_socket, of_stream]
            streams = [each(session, follower, None) for each in follow]
            opened = [await anext(stream) for stream in streams]
            assert [each["what"] for each in opened] == ["opened", "opened"]
            job_id = await asyncio.to_thread(active.execute, "hello-world")
            told = [await events_of_a_job(stream, job_id) for stream in streams]
            assert told[0] == told[1]
            assert {"job.created", "step.completed"} <= {*told[0]}
            assert follower.role == "follower"

            active.kill()
            for stream in streams:
                assert [event async for event in stream if event.get("job_id") == job_id] == []  # and it ends
            await asyncio.to_thread(until_active, follower)
            streams = [each(session, follower, opened[0]["seq"]) for each in follow]
            assert [(await anext(stream))["what"] for stream in streams] == ["gap", "gap"]
            job_id = await asyncio.to_thread(follower.execute, "hello-world")
            assert [await events_of_a_job(stream, job_id) for stream in streams] == told

    event_loops.run(story())


@pytest.mark.parametrize("shared", [False, True])
def test_a_second_server_with_a_folder_is_refused_unless_all_servers_share_it(site, shared):
    site.begin("one")
    site.configure("two")
    config = site.folder / "two.yaml"
    folder = f"workspaces: {{w: {{type: folder, path: '{site.repository}', shared: {str(shared).lower()}}}}}\n"
    text = "".join(line for line in config.read_text().splitlines(True) if not line.startswith("workspaces:"))
    config.write_text(text + folder)
    if shared:
        site.started.append(Standby(site.folder, "two"))
        assert site.started[-1].role == "follower"
        return
    command = [sys.executable, "-m", "gitflow.cli.main", "server", "--config", str(config)]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
    assert refused.returncode != 0
    assert "workspaces.w: another server is active on this database, and a folder is on one machine" in refused.stderr


def until_active(server: Standby) -> float:
    """How long that took."""
    began = time.monotonic()
    until(lambda: server.role == "active")
    return time.monotonic() - began


class Caller:
    """Starts jobs one after another, also through the server that follows; what was acknowledged must not be lost."""

    def __init__(self, *servers: Standby) -> None:
        self.servers = list(servers)
        self.acknowledged: list[str] = []
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._call)
        self._thread.start()

    def _call(self) -> None:
        number = 0
        while not self._is_over.is_set():
            number += 1
            server = self.servers[number % len(self.servers)]
            status, made = server.call("/api/workspaces/w/tasks/again/execute", {})
            if status == 200:
                self.acknowledged.append(made["job_id"])
            else:
                assert status in (0, 503), made

    def until_more(self, count: int) -> None:
        wanted = len(self.acknowledged) + count
        until(lambda: len(self.acknowledged) >= wanted)

    def stop(self) -> list[str]:
        self._is_over.set()
        self._thread.join()
        return self.acknowledged


def test_a_follower_takes_the_place_of_a_server_that_was_killed_under_load_and_nothing_is_lost(site):
    active, follower = site.two()
    caller = Caller(active, follower)
    caller.until_more(10)
    active.kill()
    until_active(follower)
    caller.until_more(10)
    third = site.begin("three")
    caller.servers.append(third)
    caller.until_more(10)
    follower.kill()
    until_active(third)
    caller.until_more(10)
    jobs = caller.stop()
    assert {ended(third, job_id)["status"] for job_id in jobs} == {"completed"}
    begun = site.begun()
    attempts = {job_id: third.job(job_id)["steps"][0]["attempt"] for job_id in jobs}
    assert all(begun.get(job_id, 0) <= attempts[job_id] for job_id in jobs)  # no attempt began twice
    assert sum(attempts.values()) <= len(jobs) + 2 * 16  # only those that ran at a kill were tried again


def test_a_standby_of_postgresql_is_promoted_and_nothing_acknowledged_is_lost(tmp_path):
    with running_pair() as (primary, standby), ExitStack() as stack:
        primary.run("CREATE DATABASE flows TEMPLATE template0 ENCODING 'UTF8'")
        both = f"127.0.0.1:{primary.port},127.0.0.1:{standby.port}"
        site = Site(tmp_path, f"postgresql://gitflow@{both}/flows")
        stack.callback(site.stop)
        caller = Caller(*site.two())
        caller.until_more(20)
        primary.stop("immediate")
        standby.promote()
        caller.until_more(20)
        jobs = caller.stop()
        assert {ended(site.started[0], job_id)["status"] for job_id in jobs} == {"completed"}
        attempts = {job_id: site.started[0].job(job_id)["steps"][0]["attempt"] for job_id in jobs}
        begun = site.begun()
        assert all(begun[job_id] <= attempts[job_id] for job_id in jobs)  # no attempt began twice
        rows = standby.run("SELECT id FROM job", "flows")
        assert {job_id for (job_id,) in rows} >= {*jobs}


def test_a_frozen_server_is_replaced_and_commits_nothing_more_once_it_goes_on(site):
    site.lease = "3s"
    active, follower = site.two()
    job_id = active.execute("long")
    until(lambda: site.begun().get(job_id))
    active.process.send_signal(signal.SIGSTOP)
    until_active(follower)
    job = ended(follower, job_id)
    assert (job["status"], job["steps"][0]["error_message"]) == ("failed", "interrupted: the server that ran it ended")
    active.process.send_signal(signal.SIGCONT)
    until(lambda: active.role == "follower")
    (site.ledger / "go").touch()
    after = active.execute("hello-world", name="both")  # passed on
    assert ended(follower, after)["status"] == "completed"
    assert follower.job(job_id) == job
    assert "ended" not in follower.log(job_id)
    assert active.process.poll() is None


def test_of_servers_that_start_at_once_one_leads(site):
    site.configure("one")
    servers = [site.begin("one")]
    servers[0].stop()
    threads = []
    for name in ("one", "two", "three"):
        threads.append(threading.Thread(target=lambda name=name: servers.append(site.begin(name))))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    roles = until(lambda: found if None not in (found := [server.role for server in servers[1:]]) else None)
    assert sorted(roles) == ["active", "follower", "follower"]


def test_a_rolling_restart_loses_no_job_and_runs_no_step_twice(site):
    servers = list(site.two())
    caller = Caller(*servers)
    for name in ("three", "four"):
        caller.until_more(8)
        servers.append(site.begin(name))
        caller.servers.append(servers[-1])
        leaving = next(server for server in servers if server.role == "active")
        caller.servers.remove(leaving)
        servers.remove(leaving)
        leaving.stop()
        assert leaving.process.returncode == 0
        until(lambda: any(server.role == "active" for server in servers))
    caller.until_more(8)
    jobs = caller.stop()
    assert {ended(servers[0], job_id)["status"] for job_id in jobs} == {"completed"}
    begun = site.begun()
    assert {job_id: begun.get(job_id) for job_id in jobs} == dict.fromkeys(jobs, 1)


def test_a_step_of_an_agent_goes_on_when_its_server_is_killed_and_is_reported_once(site):
    site.slots = 0
    active, follower = site.two()
    site.start_agent(follower)  # which sends it to the active server
    job_id = follower.execute("long")
    until(lambda: site.begun().get(job_id))
    active.kill()
    until_active(follower)
    (site.ledger / "go").touch()
    job = ended(follower, job_id)
    assert (job["status"], job["steps"][0]["attempt"], site.begun()[job_id]) == ("completed", 1, 1)
    assert follower.log(job_id).count("ended") == 1
    told = [entry["what"] for entry in follower.call(f"/api/jobs/{job_id}/events")[1]]
    assert told.count("step.completed") == 1
