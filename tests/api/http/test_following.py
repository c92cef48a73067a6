"""A request that a follower passes on reaches the active server as the caller sent it, and once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from gitflow.api.http.errors import HttpError
from gitflow.api.http.following import PASSED_ON, PassOn
from gitflow.api.http.host_check import Caller
from gitflow.dispatch.frames import ACTIVE

CALLER = Caller("192.0.2.1", "https", "flows.example.com")


@asynccontextmanager
async def answering(handler) -> AsyncIterator[str]:
    server = web.Server(handler)
    runner = web.ServerRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def following(find_active) -> AsyncIterator[str]:
    pass_on = PassOn(find_active)

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        try:
            return await pass_on(request, CALLER, "id-1")
        except HttpError as error:
            return web.json_response({"code": error.code}, status=error.status, headers=error.headers)

    async with answering(handler) as url:
        yield url
    await pass_on.close()


def run(test) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(30):
            await test()

    asyncio.run(bounded())


async def echo(request: web.BaseRequest) -> web.StreamResponse:
    body = await request.read()
    answer = {"method": request.method, "path": request.rel_url.raw_path_qs, "body": body.decode()}
    answer["headers"] = {name: request.headers.getall(name) for name in request.headers}
    response = web.json_response(answer, status=201)
    response.headers.add("Set-Cookie", "a=1")
    response.headers.add("Set-Cookie", "b=2")
    return response


def test_the_caller_s_own_request_arrives_and_the_answer_comes_back_whole():
    async def test() -> None:
        async with answering(echo) as active, following(lambda: active) as url, aiohttp.ClientSession() as session:
            headers = {"Authorization": "Bearer key", "X-Own": "1", "Origin": "https://flows.example.com"}
            async with session.put(f"{url}/api/x%2Fy?a=%20b", data=b"body", headers=headers) as answer:
                found = json.loads(await answer.read())
                assert answer.status == 201
                assert answer.headers.getall("Set-Cookie") == ["a=1", "b=2"]
        assert (found["method"], found["path"], found["body"]) == ("PUT", "/api/x%2Fy?a=%20b", "body")
        got = found["headers"]
        assert (got["Authorization"], got["X-Own"], got["X-Request-ID"]) == (["Bearer key"], ["1"], ["id-1"])
        assert (got["X-Forwarded-For"], got["X-Forwarded-Proto"]) == (["192.0.2.1"], ["https"])
        assert (got["Host"], got[PASSED_ON]) == ([active.removeprefix("http://")], ["1"])
        assert "Origin" not in got  # it was checked where it is known

    run(test)


def test_a_large_body_without_a_length_is_passed_on_piece_by_piece():
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"x" * 65536

    async def count(request: web.BaseRequest) -> web.StreamResponse:
        size = 0
        async for piece in request.content.iter_any():
            size += len(piece)
        return web.Response(text=str(size))

    async def test() -> None:
        async with answering(count) as active, following(lambda: active) as url, aiohttp.ClientSession() as session:
            answer = await session.post(url, data=pieces())
            assert await answer.text() == str(64 * 65536)

    run(test)


@pytest.mark.parametrize("kind", ["none", "unreachable", "passed on"])
def test_without_an_active_server_the_answer_says_when_to_ask_again(kind):
    async def test() -> None:
        async with answering(echo) as gone:
            pass
        found = {"none": None, "unreachable": gone, "passed on": gone}[kind]
        async with following(lambda: found) as url, aiohttp.ClientSession() as session:
            headers = {PASSED_ON: "1"} if kind == "passed on" else {}
            async with session.post(url, headers=headers) as answer:
                assert (answer.status, await answer.json()) == (503, {"code": "no_engine"})
                assert answer.headers["Retry-After"] == "2"

    run(test)


def test_a_server_that_never_answers_is_waited_for_only_as_long_as_it_is_the_active_one():
    async def test() -> None:
        asked, over = asyncio.Event(), asyncio.Event()

        async def freeze(request: web.BaseRequest) -> web.StreamResponse:
            asked.set()
            await over.wait()
            return web.Response()

        async with answering(freeze) as active:
            urls = [active]
            async with following(lambda: urls[0]) as url, aiohttp.ClientSession() as session:
                waiting = asyncio.create_task(session.post(url).__aenter__())
                await asked.wait()
                urls[0] = "http://127.0.0.1:1"
                answer = await waiting
                assert (answer.status, await answer.json()) == (503, {"code": "no_engine"})
            over.set()

    run(test)


def test_a_websocket_is_passed_on_in_both_directions_until_one_side_closes_it():
    async def talk(request: web.BaseRequest) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.data == "enough":
                await socket.close(code=4001)
            else:
                await socket.send_str(f"{request.headers['Authorization']}: {message.data}")
        return socket

    async def test() -> None:
        async with answering(talk) as active, following(lambda: active) as url, aiohttp.ClientSession() as session:
            socket = await session.ws_connect(url, headers={"Authorization": "key"})
            await socket.send_str("hello")
            assert (await socket.receive()).data == "key: hello"
            await socket.send_str("enough")
            await socket.receive()
            assert socket.close_code == 4001

    run(test)


def test_a_caller_that_must_connect_itself_hears_where():
    error = PassOn(lambda: "http://gitflow-1:8080").elsewhere()
    assert (error.status, error.code, error.headers[ACTIVE]) == (503, "no_engine", "http://gitflow-1:8080")
    assert ACTIVE not in PassOn(lambda: None).elsewhere().headers
