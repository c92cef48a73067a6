"""Who may connect as an agent, with which tags, and what an agent may fetch."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from cluster import Cluster, until

from gitflow.agent.options import address_of
from gitflow.core.errors import InvalidInput
from gitflow.dispatch import frames
from step_processes import marked

AUTH = "auth: {providers: {internal: {provider_type: internal}}}\n"
TAGGED = "tasks: {t: {flow: {s: {type: shell, tags: [gpu], cmd: 'echo hello'}}}}\n"
HELLO = "tasks: {hello: {flow: {s: {type: shell, cmd: 'echo hello'}}}}\n"


def hello(**given: Any) -> frames.Hello:
    fields = {"protocol": frames.PROTOCOL, "agent": "a", "boot": "b", "name": "n", "version": "v", "slots": 1}
    return frames.Hello(**{**fields, "tags": (), "holding": (), **given})


@pytest.fixture
def guarded(make_cluster: Callable[..., Cluster]) -> Cluster:
    """A server with accounts; ``token`` is an administrator's key."""
    cluster = make_cluster(more=AUTH)
    cluster.gitflow("user", "add", "ada@example.com", "--admin", "--no-password")
    cluster.token = cluster.gitflow("key", "create", "ada", "--user", "ada@example.com")
    cluster.start_server()
    return cluster


def speak(cluster: Cluster, token: str | None, *messages: str | bytes) -> list[Any]:
    """Sends messages over the link, and returns what the server answers: as much, or until it closes."""

    async def talk() -> list[Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answers: list[Any] = []
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.ws_connect(f"{cluster.address}/api/agents/link") as socket,
        ):
            for message in messages:
                await (socket.send_bytes(message) if isinstance(message, bytes) else socket.send_str(message))
            while True:
                message = await socket.receive(timeout=30)
                if message.type is not aiohttp.WSMsgType.TEXT:
                    return answers
                answers.append(json.loads(message.data))
                if len(answers) == len(messages) and answers[-1]["type"] != "goodbye":
                    return answers

    return asyncio.run(talk())


def test_an_agent_needs_a_key_with_the_scope_and_with_its_tags(guarded: Cluster) -> None:
    plain = guarded.gitflow("key", "create", "plain", "--scope", "workflows:read")
    key = guarded.gitflow("key", "create", "gpu", "--scope", "agent", "--workspace", "w", "--tag", "gpu")
    for token, status in ((None, 401), (plain, 403), (guarded.token, 403)):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            speak(guarded, token, str(frames.dump(hello())))
        assert refused.value.status == status
    assert speak(guarded, key, str(frames.dump(hello(tags=("gpu",)))))[0]["type"] == "welcome"
    [answer] = speak(guarded, key, str(frames.dump(hello(tags=("gpu", "big")))))
    assert answer["type"] == "goodbye"
    assert "allows gpu, and not big" in answer["reason"]


def test_a_key_of_an_agent_shows_nothing_and_only_an_administrator_makes_one(guarded: Cluster) -> None:
    key = guarded.gitflow("key", "create", "agent", "--scope", "agent")
    assert guarded.call("/api/workspaces", token=key)[0] == 403
    assert guarded.call("/api/jobs", token=key)[0] == 403
    guarded.gitflow("user", "add", "bob@example.com", "--no-password")
    bob = guarded.gitflow("key", "create", "bob", "--user", "bob@example.com")
    wanted = {"name": "mine", "scopes": ["agent"]}
    assert guarded.call("/api/auth/api-keys", wanted, token=bob)[0] == 403
    status, made = guarded.call("/api/auth/api-keys", {**wanted, "tags": ["gpu"]})
    assert (status, made["tags"]) == (201, ["gpu"])
    assert guarded.call("/api/auth/api-keys", {"name": "x", "scopes": ["workflows:read"], "tags": ["gpu"]})[0] == 400


def test_an_agent_gets_steps_of_the_workspace_of_its_key_alone(make_cluster: Callable[..., Cluster]) -> None:
    cluster = make_cluster(more=AUTH)
    text = (cluster.folder / "server-config.yaml").read_text()
    (cluster.folder / "other" / ".workflows").mkdir(parents=True)
    (cluster.folder / "other" / ".workflows" / "a.yaml").write_text(HELLO)
    cluster.workflows.joinpath("a.yaml").write_text(HELLO)
    cluster._settings["more"] += "x-other: {}\n"
    (cluster.folder / "server-config.yaml").write_text(
        text.replace("path: ws}}", "path: ws}, other: {type: folder, path: other}}")
    )
    cluster.gitflow("user", "add", "ada@example.com", "--admin", "--no-password")
    cluster.token = cluster.gitflow("key", "create", "ada", "--user", "ada@example.com")
    key = cluster.gitflow("key", "create", "agent", "--scope", "agent", "--workspace", "other")
    cluster.start_server()
    cluster.start_agent("one", token=key)
    cluster.connected()
    mine = cluster.execute("hello")
    status, body = cluster.call("/api/workspaces/other/tasks/hello/execute", {})
    assert status == 200
    assert cluster.ended(body["job_id"])["status"] == "completed"
    assert cluster.step(mine, "s")["waiting_on"] == "worker"


def test_one_key_serves_several_workspaces_and_tags_and_no_others(make_cluster: Callable[..., Cluster]) -> None:
    cluster = make_cluster(more=AUTH)
    text = (cluster.folder / "server-config.yaml").read_text()
    for name in ("other", "third"):
        (cluster.folder / name / ".workflows").mkdir(parents=True)
        (cluster.folder / name / ".workflows" / "a.yaml").write_text(TAGGED)
    cluster.workflows.joinpath("a.yaml").write_text(TAGGED)
    folders = "path: ws}, other: {type: folder, path: other}, third: {type: folder, path: third}}"
    (cluster.folder / "server-config.yaml").write_text(text.replace("path: ws}}", folders))
    cluster.gitflow("user", "add", "ada@example.com", "--admin", "--no-password")
    cluster.token = cluster.gitflow("key", "create", "ada", "--user", "ada@example.com")
    words = ("--scope", "agent", "--workspace", "w", "--workspace", "other", "--tag", "gpu", "--tag", "big")
    key = cluster.gitflow("key", "create", "agent", *words)
    cluster.start_server()
    cluster.start_agent("one", "--tags", "gpu,big", token=key)
    cluster.connected()
    made = {name: cluster.call(f"/api/workspaces/{name}/tasks/t/execute", {})[1]["job_id"] for name in ("third", "w")}
    made["other"] = cluster.call("/api/workspaces/other/tasks/t/execute", {})[1]["job_id"]
    assert cluster.ended(made["w"])["status"] == cluster.ended(made["other"])["status"] == "completed"
    assert cluster.step(made["third"], "s")["waiting_on"] == "worker"
    [listed] = [each for each in cluster.call("/api/auth/api-keys")[1] if each["name"] == "agent"]
    assert (listed["workspace"], listed["workspaces"]) == (None, ["other", "w"])


def test_several_workspaces_are_for_a_key_that_is_an_agents_alone(guarded: Cluster) -> None:
    wanted = {"name": "x", "workspaces": ["w"]}
    assert guarded.call("/api/auth/api-keys", {**wanted, "scopes": ["agent", "workflows:read"]})[0] == 400
    assert guarded.call("/api/auth/api-keys", {**wanted, "scopes": ["agent"], "workspace": "w"})[0] == 400
    status, body = guarded.call("/api/auth/api-keys", {**wanted, "scopes": ["agent"], "workspaces": ["nowhere"]})
    assert (status, "there is no workspace named 'nowhere'" in body["error"]) == (400, True)


def test_a_key_that_is_revoked_ends_its_link_at_once_and_its_steps(
    make_cluster: Callable[..., Cluster], tmp_path: Path
) -> None:
    """The agent ends them, because they would never be reported; the server loses them after the lease."""
    cluster = make_cluster(more=AUTH, lease="3s")
    cluster.gitflow("user", "add", "ada@example.com", "--admin", "--no-password")
    cluster.token = cluster.gitflow("key", "create", "ada", "--user", "ada@example.com")
    key = cluster.gitflow("key", "create", "agent", "--scope", "agent")
    cluster.start_server()
    agent = cluster.start_agent("one", token=key)
    cluster.connected()
    cluster.write("tasks: {t: {flow: {s: {type: shell, cmd: 'echo up; exec sleep 600'}}}}\n")
    job_id = cluster.execute("t")
    until(lambda: cluster.log(job_id) == "up")
    [listed] = [each for each in cluster.call("/api/auth/api-keys")[1] if each["name"] == "agent"]
    assert cluster.call(f"/api/auth/api-keys/{listed['key_id']}", method="DELETE")[0] == 204
    assert agent.wait(60) == 1
    assert "its API key was revoked or has expired" in cluster.log_of(agent)
    assert not marked(tmp_path)
    assert cluster.ended(job_id)["status"] == "failed"
    assert cluster.step(job_id, "s")["error_message"] == "interrupted: its worker was not heard of for 3 s"
    again = cluster.start_agent("one", token=key)
    assert again.wait(60) == 1
    assert "does not accept the API key" in cluster.log_of(again)


def test_a_wrong_key_is_refused_with_a_sentence(guarded: Cluster) -> None:
    agent = guarded.start_agent("one", token="gfk_wrong")
    assert agent.wait(60) == 1
    assert "does not accept the API key" in guarded.log_of(agent)


def test_the_files_of_an_attempt_are_for_its_agent_alone(guarded: Cluster) -> None:
    key = guarded.gitflow("key", "create", "agent", "--scope", "agent")
    path = "/api/attempts/01a22c09-e245-758f-aa1a-eff488f3fe7b/s/1/files"
    assert guarded.call(path, token=guarded.token)[0] == 403
    assert guarded.call(path, token=key)[0] == 404
    assert guarded.call(path.replace("/1/", "/x/"), token=key)[0] == 404


@pytest.mark.parametrize("message", ["", "x", "[]", '{"type": "hello"}', '{"type": "ping", "running": 1}', b"\x00\x01"])
def test_what_is_no_hello_is_refused_with_a_reason(cluster: Cluster, message: str | bytes) -> None:
    [answer] = speak(cluster, None, message)
    assert (answer["type"], answer["may_try_again"]) == ("goodbye", False)
    assert answer["reason"]


@pytest.mark.parametrize("apart", [-1, 0, 1])
def test_sides_whose_protocols_are_one_apart_speak_the_older_one(cluster: Cluster, apart: int) -> None:
    [answer] = speak(cluster, None, str(frames.dump(hello(protocol=frames.PROTOCOL + apart))))
    assert (answer["type"], answer["protocol"]) == ("welcome", frames.PROTOCOL + min(apart, 0))


def test_an_agent_that_is_further_away_is_refused_in_words(cluster: Cluster) -> None:
    [answer] = speak(cluster, None, str(frames.dump(hello(protocol=frames.PROTOCOL + 2))))
    assert (answer["type"], answer["may_try_again"]) == ("goodbye", False)
    assert "install the same version on both" in answer["reason"]


def test_a_hello_of_an_older_agent_lacks_what_came_later(cluster: Cluster) -> None:
    given = json.loads(frames.dump(hello(holding=(frames.Held("j", "s", 1, "t"),))))
    del given["exclusive"]
    del given["holding"][0]["has_ended"]
    [answer] = speak(cluster, None, json.dumps(given))
    assert answer["type"] == "welcome"
    assert answer["end"] == ["t"]


async def _welcome_of_the_future(http_request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(http_request)
    await socket.receive()
    await socket.send_str(str(frames.dump(frames.Welcome(frames.PROTOCOL + 2, 1, "w", 60.0, (), ()))))
    await socket.receive()
    return socket


def test_a_server_that_is_further_away_ends_the_agent_with_a_sentence(make_cluster: Callable[..., Cluster]) -> None:
    cluster = make_cluster()

    async def serve() -> str:
        app = web.Application()
        app.router.add_get("/api/agents/link", _welcome_of_the_future)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        address = runner.addresses[0]
        agent = await asyncio.to_thread(cluster.start_agent, "one", url=f"http://127.0.0.1:{address[1]}")
        assert await asyncio.to_thread(agent.wait, 60) == 1
        await runner.cleanup()
        return cluster.log_of(agent)

    assert "install the same version on both" in asyncio.run(serve())


def test_a_token_that_counts_no_longer_is_answered_stale(cluster: Cluster) -> None:
    report = frames.dump(frames.Report("0" * 64, None, "x"))
    answers = speak(cluster, None, str(frames.dump(hello())), str(report))
    assert {"type": "kept", "token": "0" * 64, "stale": True} in answers


@pytest.mark.parametrize(
    "url", ["http://example.com", "http://10.0.0.1:8080", "ftp://localhost", "https://u:p@host", "x"]
)
def test_an_address_without_tls_on_another_machine_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        address_of(url)


@pytest.mark.parametrize(
    "url", ["https://example.com/gitflow/", "http://127.0.0.1:1", "http://[::1]:1", "http://localhost"]
)
def test_an_address_with_tls_or_on_this_machine_is_taken(url: str) -> None:
    assert address_of(url) == url.rstrip("/")
