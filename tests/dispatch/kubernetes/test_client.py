"""What an API server may answer, and what becomes of it; the answers are scripted, over real connections."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from gitflow.dispatch.kubernetes import client as client_module
from gitflow.dispatch.kubernetes.access import Access
from gitflow.dispatch.kubernetes.client import Client, Gone, Refused, Unreachable
from gitflow.dispatch.kubernetes.watching import Picture

JOBS = "/apis/batch/v1/namespaces/flows/jobs"


class Server:
    """Answers each request with the next of its answers."""

    def __init__(self, *answers: web.Response | list[Any]) -> None:
        self._answers = list(answers)
        self.requests: list[tuple[str, str, dict[str, str], Any]] = []

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        text = await request.text()
        self.requests.append((request.method, request.path, dict(request.query), json.loads(text) if text else None))
        given = self._answers.pop(0) if self._answers else web.Response(status=500)
        if isinstance(given, web.Response):
            return given
        response = web.StreamResponse()
        await response.prepare(request)
        for event in given:
            await response.write(json.dumps(event).encode() + b"\n")
        return response


def run(server: Server, use: Callable[[Client], Awaitable[Any]]) -> Any:
    async def go() -> Any:
        runner = web.ServerRunner(web.Server(server.answer))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        client = Client(Access(f"http://127.0.0.1:{port}", "flows", None, "the token"), "flows")
        try:
            return await use(client)
        finally:
            await client.close()
            await runner.cleanup()

    return asyncio.run(go())


def status(code: int, reason: str, message: str, **headers: str) -> web.Response:
    body = {"kind": "Status", "code": code, "reason": reason, "message": message}
    return web.json_response(body, status=code, headers=headers)


def thing(name: str, version: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "resourceVersion": version}}


def change(kind: str, name: str, version: str) -> dict[str, Any]:
    return {"type": kind, "object": thing(name, version)}


def test_an_object_that_is_there_already_is_told_apart():
    server = Server(status(409, "AlreadyExists", "jobs.batch gf-1 already exists"))
    with pytest.raises(Refused) as refused:
        run(server, lambda client: client.create("jobs", thing("gf-1", "")))
    assert (refused.value.status, refused.value.reason) == (409, "AlreadyExists")
    assert server.requests == [("POST", JOBS, {}, thing("gf-1", ""))]


def test_an_api_server_that_asks_to_wait_is_waited_for():
    server = Server(
        status(429, "TooManyRequests", "slow down", **{"Retry-After": "0"}), web.json_response(thing("gf-1", "7"))
    )
    assert run(server, lambda client: client.create("jobs", thing("gf-1", ""))) == thing("gf-1", "7")
    assert len(server.requests) == 2


def test_one_that_always_asks_to_wait_is_unreachable(monkeypatch):
    monkeypatch.setattr(client_module, "MAX_RETRIES", 2)
    server = Server(*[status(429, "TooManyRequests", "slow down", **{"Retry-After": "0"}) for _ in range(3)])
    with pytest.raises(Unreachable, match="slow down"):
        run(server, lambda client: client.list("jobs", "a=b"))
    assert len(server.requests) == 3


@pytest.mark.parametrize("answer", [web.Response(status=500, text="oops"), status(503, "", "starting")])
def test_what_another_try_may_change_is_no_refusal(answer):
    with pytest.raises(Unreachable):
        run(Server(answer), lambda client: client.get("jobs", "gf-1"))


def test_nobody_listening_is_unreachable():
    async def go() -> None:
        client = Client(Access("http://127.0.0.1:9", "flows", None), "flows")
        try:
            await client.get("jobs", "gf-1")
        finally:
            await client.close()

    with pytest.raises(Unreachable):
        asyncio.run(go())


def test_an_object_that_is_gone_is_none_and_deleting_it_is_no_error():
    gone = status(404, "NotFound", "not found")
    assert run(Server(gone), lambda client: client.get("jobs", "gf-1")) is None
    server = Server(status(404, "NotFound", "not found"))
    run(server, lambda client: client.delete("jobs", "gf-1", wait_for_pods=True))
    assert server.requests[0][3]["propagationPolicy"] == "Foreground"
    server = Server(status(404, "NotFound", "not found"))
    run(server, lambda client: client.delete("pods", "gf-1-x", at_once=True))
    assert server.requests[0][3]["gracePeriodSeconds"] == 0


def test_a_long_list_is_read_to_its_end():
    first = {"metadata": {"continue": "more", "resourceVersion": "5"}, "items": [thing("a", "1")]}
    last = {"metadata": {"resourceVersion": "5"}, "items": [thing("b", "2")]}
    server = Server(web.json_response(first), web.json_response(last))
    found, version = run(server, lambda client: client.list("jobs", "a=b"))
    assert ([each["metadata"]["name"] for each in found], version) == (["a", "b"], "5")
    assert server.requests[1][2]["continue"] == "more"


def test_a_watch_that_is_too_old_says_so():
    async def watch(client: Client) -> None:
        async for _ in client.watch("jobs", "a=b", "1"):
            pass

    old = {"type": "ERROR", "object": {"code": 410, "reason": "Expired"}}
    for answer in ([old], status(410, "Expired", "too old resource version")):
        with pytest.raises(Gone):
            run(Server(answer), watch)


def test_a_picture_follows_from_bookmark_to_bookmark_and_lists_again_once_it_is_too_old():
    """It has to see what was deleted meanwhile, too."""
    changed: list[str] = []
    first = {"metadata": {"resourceVersion": "10"}, "items": [thing("a", "1"), thing("b", "2")]}
    second = {"metadata": {"resourceVersion": "30"}, "items": [thing("c", "3")]}
    server = Server(
        web.json_response(first),
        [change("ADDED", "c", "11"), change("DELETED", "a", "12"), change("BOOKMARK", "", "20")],
        [{"type": "ERROR", "object": {"code": 410}}],
        web.json_response(second),
        [change("MODIFIED", "c", "31"), change("ADDED", "last", "32")],
    )

    async def follow(client: Client) -> Picture:
        done = asyncio.Event()

        def note(name: str) -> None:
            changed.append(name)
            if name == "last":
                done.set()

        picture = Picture(client, "jobs", "a=b", note)
        keeping = asyncio.create_task(picture.keep())
        await done.wait()
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        return picture

    picture = run(server, follow)
    watches = [query["resourceVersion"] for _, _, query, _ in server.requests if query.get("watch")]
    assert watches[:3] == ["10", "20", "30"]
    assert all(query["allowWatchBookmarks"] == "true" for _, _, query, _ in server.requests if query.get("watch"))
    assert set(picture.objects) == {"c", "last"}
    assert picture.gone == {"a", "b"}
    assert changed.count("b") == 2
