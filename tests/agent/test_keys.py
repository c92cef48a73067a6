"""Who may connect as an agent, with which tags, and what an agent may fetch."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from cluster import Cluster

from gitflow.agent.options import address_of
from gitflow.core.errors import InvalidInput
from gitflow.dispatch import frames

AUTH = "auth: {providers: {internal: {provider_type: internal}}}\n"
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


def test_a_revoked_key_and_a_wrong_one_are_refused_with_a_sentence(guarded: Cluster) -> None:
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


def test_another_protocol_is_refused_in_words(cluster: Cluster) -> None:
    [answer] = speak(cluster, None, str(frames.dump(hello(protocol=frames.PROTOCOL + 1))))
    assert "install the same version on both" in answer["reason"]


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
