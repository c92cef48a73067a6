"""One stream of what happens on the server: in order, for those who may see it, and without an unnoticed gap."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import pytest
from running import DEFINITIONS, Running

from gitflow.api.auth.credentials import Credentials
from gitflow.core.errors import StoreError
from gitflow.core.record import replace
from gitflow.runtime.engine import server_events as recorded

PASSWORD = "correct horse battery"
SETTINGS: dict[str, Any] = {
    "auth": {
        "jwt_secret": "s" * 40,
        "providers": {"internal": {"provider_type": "internal"}},
        "initial_user": {"email": "root@example.com", "password": PASSWORD},
    },
    "permissions": [
        {"workspace": "*", "action": "run", "groups": ["staff"]},
        {"workspace": "*", "action": "view", "tasks": ["failing"]},
    ],
}
#: The history of a job of the task ``hello-world``.
HELLO = ["job.created", "job.running", "step.running", "step.completed", "job.completed"]


class Socket:
    """A client that follows over a WebSocket."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self._lines: list[dict[str, Any]] = []

    async def next(self) -> dict[str, Any]:
        while not self._lines:
            message = await self.ws.receive()
            if message.type is aiohttp.WSMsgType.PING:
                await self.ws.pong(message.data)
                continue
            assert message.type is aiohttp.WSMsgType.TEXT, message
            self._lines = [json.loads(line) for line in message.data.splitlines()]
        return self._lines.pop(0)

    async def until(self, what: str) -> list[dict[str, Any]]:
        found = [await self.next()]
        while found[-1]["what"] != what:
            found.append(await self.next())
        return found


@asynccontextmanager
async def following(server: Running, query: str = "", headers: dict[str, str] | None = None) -> AsyncIterator[Socket]:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{server.url}/api/events{query}", headers=headers) as ws,
    ):
        yield Socket(ws)


async def messages(
    session: aiohttp.ClientSession, server: Running, headers: dict[str, str] | None = None, query: str = ""
) -> AsyncGenerator[dict[str, Any], None]:
    """What an event stream sends."""
    sent = {"Accept": "text/event-stream", **(headers or {})}
    async with session.get(f"{server.url}/api/events{query}", headers=sent) as response:
        assert response.status == 200
        assert response.content_type == "text/event-stream"
        number = None
        async for line in response.content:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name == "id":
                number = int(value)
            elif name == "data":
                record = json.loads(value)
                assert record["seq"] == number
                yield record


def words(events: list[dict[str, Any]]) -> list[str]:
    return [event["what"] for event in events]


def test_a_socket_begins_with_its_place_and_gets_each_event_of_a_job_in_order(server: Running) -> None:
    async def story() -> None:
        async with following(server) as client:
            opened = await client.next()
            assert opened["what"] == "opened"
            job_id = await asyncio.to_thread(server.execute)
            found = await client.until("job.completed")
            assert [each for each in words(found) if each in HELLO] == HELLO
            assert [event["seq"] for event in found] == [opened["seq"] + n for n in range(1, len(found) + 1)]
            assert {(e["workspace"], e["task_name"], e["job_id"]) for e in found} == {
                ("default", "hello-world", job_id)
            }
            (done,) = [event for event in found if event["what"] == "step.completed"]
            assert (done["step_name"], done["status"]) == ("say-hello", "completed")
            assert found[-1]["status"] == "completed"

    server.run(story())


def test_ten_tabs_get_the_same_events(server: Running) -> None:
    async def story() -> None:
        async with AsyncExitStack() as stack:
            tabs = [await stack.enter_async_context(following(server)) for _ in range(10)]
            for tab in tabs:
                await tab.next()
            await asyncio.to_thread(server.execute)
            found = [await tab.until("job.completed") for tab in tabs]
            assert all(each == found[0] for each in found)

    server.run(story())


def test_an_interrupted_event_stream_goes_on_where_it_ended(server: Running) -> None:
    async def story() -> None:
        async with aiohttp.ClientSession() as session:
            stream = messages(session, server)
            opened = await anext(stream)
            await asyncio.to_thread(server.execute)
            first = await anext(stream)
            await stream.aclose()
            rest = messages(session, server, {"Last-Event-ID": str(first["seq"])})
            again = await anext(rest)
            assert (again["what"], again["seq"]) == (opened["what"], first["seq"])
            event = await anext(rest)
            assert event["seq"] == first["seq"] + 1
            while event["what"] != "job.completed":
                event = await anext(rest)

    server.run(story())


@pytest.mark.parametrize("since", [0, 2**53 - 1])
def test_a_number_that_is_not_of_this_run_of_the_server_is_answered_with_a_gap(server: Running, since: int) -> None:
    async def story() -> None:
        async with following(server, f"?since={since}") as client:
            first = await client.next()
            assert first["what"] == "gap"
            await asyncio.to_thread(server.execute)
            assert (await client.next())["seq"] == first["seq"] + 1

    server.run(story())


def test_after_a_restart_there_is_a_gap_and_numbers_have_grown(serve: Callable[..., Running]) -> None:
    first = serve()
    last = first.get("/api/events").json[-1]["seq"]
    first.stop()
    again = serve()
    (record,) = again.get(f"/api/events?since={last}").json
    assert record["what"] == "gap"
    assert record["seq"] > last


def test_who_comes_too_late_for_what_is_kept_learns_of_the_gap(
    serve: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorded, "MAX_KEPT", 3)
    server = serve()
    (opened,) = server.get("/api/events").json
    server.finished(server.execute())
    (gap,) = server.get(f"/api/events?since={opened['seq']}").json
    assert gap["what"] == "gap"
    newest = server.get(f"/api/events?since={gap['seq'] - 3}").json
    assert words(newest)[0] == "opened"
    assert newest[-1] | {"at": ""} == newest[-1] | {"at": "", "what": "job.completed", "seq": gap["seq"]}


def test_a_list_goes_on_at_its_link(server: Running) -> None:
    reply = server.get("/api/events?workspace=default&limit=2")
    server.finished(server.execute())
    found: list[str] = []
    for _ in range(20):
        (link,) = reply.headers["Link"].split(";")[:1]
        reply = server.get(link.strip("<>"))
        assert len(reply.json) <= 3
        if len(reply.json) == 1:
            break
        found += words(reply.json)[1:]
    assert [each for each in found if each in HELLO] == HELLO


def test_filters_leave_only_what_was_asked_for(server: Running) -> None:
    async def story() -> None:
        async with (
            following(server, "?workspace=default&task_name=failing") as failing,
            following(server, "?workspace=elsewhere") as elsewhere,
        ):
            await failing.next()
            await elsewhere.next()
            await asyncio.to_thread(server.execute)
            job_id = await asyncio.to_thread(server.execute, "failing")
            found = await failing.until("job.failed")
            assert {event["job_id"] for event in found} == {job_id}
            await elsewhere.ws.close()

    server.run(story())
    reply = server.get("/api/events?task_name=failing")
    assert (reply.status, reply.json["details"][0]["field"]) == (400, "task_name")
    assert server.get("/api/events?nonsense=1").status == 400


def test_triggers_and_workspaces_are_in_the_stream(server: Running) -> None:
    async def story() -> None:
        async with following(server) as client:
            await client.next()
            await asyncio.to_thread(server.post, "/api/workspaces/default/triggers/nightly/fire", {})
            fired = (await client.until("trigger.fired"))[-1]
            assert (fired["trigger_name"], fired["task_name"]) == ("nightly", "hello-world")
            assert fired["job_id"] is not None
            await asyncio.to_thread(server.post, "/api/workspaces/default/triggers/nightly/suspend", {"reason": "x"})
            await client.until("trigger.suspended")
            server.write("tasks: 3\n")
            await asyncio.to_thread(server.refresh)
            refused = (await client.until("workspace.refused"))[-1]
            assert (refused["workspace"], refused["job_id"]) == ("default", None)
            server.write(DEFINITIONS + "# another\n")
            await asyncio.to_thread(server.refresh)
            loaded = (await client.until("workspace.loaded"))[-1]
            assert loaded["revision"] == server.service.served.get("default").active[1].id

    server.run(story())


def test_a_drain_is_in_the_stream(server: Running) -> None:
    async def story() -> None:
        async with following(server) as client:
            await client.next()
            await asyncio.to_thread(server.post, "/api/drain", {})
            draining = (await client.until("worker.draining"))[-1]
            assert draining["worker_id"] == server.service.app.worker_id

    server.run(story())


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def sign_in(server: Running, email: str) -> dict[str, str]:
    reply = server.post("/api/auth/login", {"email": email, "password": PASSWORD})
    assert reply.status == 200, reply
    return bearer(reply.json["access_token"])


def new_user(server: Running, root: dict[str, str], name: str, groups: list[str]) -> str:
    body = {"email": f"{name}@example.com", "password": PASSWORD, "groups": groups}
    return server.post("/api/users", body, root).json["user_id"]


def run(server: Running, task: str, headers: dict[str, str]) -> str:
    reply = server.post(f"/api/workspaces/default/tasks/{task}/execute", {}, headers)
    assert reply.status == 200, reply
    return reply.json["job_id"]


def test_a_caller_gets_the_events_of_what_it_may_see(serve: Callable[..., Running]) -> None:
    server = serve(settings=SETTINGS)
    root = sign_in(server, "root@example.com")
    new_user(server, root, "guest", [])
    guest = sign_in(server, "guest@example.com")

    async def story() -> None:
        async with following(server, headers=guest) as client, following(server, headers=root) as all_of_it:
            await client.next()
            await all_of_it.next()
            await asyncio.to_thread(run, server, "hello-world", root)
            await all_of_it.until("job.completed")
            failing = await asyncio.to_thread(run, server, "failing", root)
            found = await client.until("job.failed")
            assert {event["job_id"] for event in found} == {failing}

    server.run(story())
    assert server.get("/api/events").status == 401


def test_a_revoked_key_ends_its_streams(serve: Callable[..., Running]) -> None:
    server = serve(settings=SETTINGS)
    root = sign_in(server, "root@example.com")
    key = server.post("/api/auth/api-keys", {"name": "ci"}, root).json

    async def story() -> None:
        async with (
            aiohttp.ClientSession() as session,
            following(server, headers=bearer(key["key"])) as client,
            following(server, headers=root) as other,
        ):
            stream = messages(session, server, bearer(key["key"]))
            await anext(stream)
            await client.next()
            await other.next()
            await asyncio.to_thread(server.request, "DELETE", f"/api/auth/api-keys/{key['key_id']}", None, root)
            message = await client.ws.receive()
            assert message.type is aiohttp.WSMsgType.CLOSE
            assert message.data == aiohttp.WSCloseCode.POLICY_VIOLATION
            with pytest.raises(StopAsyncIteration):
                await anext(stream)
            await asyncio.to_thread(run, server, "hello-world", root)
            await other.until("job.completed")

    server.run(story())


def test_a_check_that_fails_is_made_again(serve: Callable[..., Running], monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(settings=SETTINGS)
    root = sign_in(server, "root@example.com")
    key = server.post("/api/auth/api-keys", {"name": "ci"}, root).json
    again, failures = Credentials.authenticate_again, [RuntimeError("a bug"), StoreError("no disk")]

    async def fails_at_first(self: Credentials, http_request: Any) -> Any:
        if failures:
            raise failures.pop()
        return await again(self, http_request)

    monkeypatch.setattr(Credentials, "authenticate_again", fails_at_first)

    async def story() -> None:
        async with following(server, headers=bearer(key["key"])) as client:
            await client.next()
            await asyncio.to_thread(server.request, "DELETE", f"/api/auth/api-keys/{key['key_id']}", None, root)
            message = await client.ws.receive()
            assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, aiohttp.WSCloseCode.POLICY_VIOLATION)
            assert failures == []

    server.run(story())


def test_a_lost_group_narrows_the_stream(serve: Callable[..., Running]) -> None:
    server = serve(settings=SETTINGS)
    root = sign_in(server, "root@example.com")
    user_id = new_user(server, root, "ann", ["staff"])
    ann = sign_in(server, "ann@example.com")
    identity = server.service.app.opened.stores.identity

    def leave(_: object) -> None:
        identity.save_user(replace(identity.user(user_id), groups=()))

    async def story() -> None:
        async with following(server, headers=ann) as client:
            await client.next()
            await asyncio.to_thread(run, server, "hello-world", root)
            await client.until("job.completed")
            server.service.commit_queue.submit(leave).result()
            seen: set[str] = {"hello-world"}
            while "hello-world" in seen:  # until the check: nothing else makes the server look at her again
                await asyncio.to_thread(lambda: server.finished(run(server, "hello-world", root), root))
                await asyncio.to_thread(run, server, "failing", root)
                seen = {event["task_name"] for event in await client.until("job.failed")}
            assert seen == {"failing"}

    server.run(story())
