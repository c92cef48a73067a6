"""The seed page of agents, messages and workflows, line by line, as its clients speak it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import Reply, Running

from gitflow.api.dialects.activeworkflow.views import NAMELESS, slug
from gitflow.core.status import StepStatus

DEFINITIONS = """\
actions:
  fetch:
    type: shell
    input: {from: {type: string}, token: {type: string, secret: true, default: not for anybody}}
    cmd: 'echo "OUTPUT: {\\"n\\": 1, \\"from\\": \\"{{ input.from }}\\"}"'
tasks:
  alert:
    name: Bob's Status Alert Workflow
    description: Tells Bob
    input: {pin: {type: string, secret: true, default: "93417"}}
    flow:
      fetch: {action: fetch, input: {from: "site {{ input.pin }}"}}
      turns: {for_each: [1, 2], type: shell, cmd: 'echo "OUTPUT: {\\"i\\": {{ each.item }}}"', depends_on: [fetch]}
      notify: {type: shell, cmd: "true", depends_on: [fetch, turns]}
      never: {type: shell, cmd: "true", when: "{{ false }}", depends_on: [fetch]}
  gate:
    flow:
      say: {type: shell, cmd: 'echo "OUTPUT: {\\"a\\": 1}"'}
      ask: {type: approval, message: go?, depends_on: [say]}
triggers:
  nightly: {type: scheduler, cron: "0 0 3 1 1 *", task: alert}
  hooked: {type: webhook, name: hooked, task: alert, secret: tell nobody, enabled: false}
"""

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

#: The endpoints of the seed page -> the keys of what is answered, and the parameters it takes.
AGENT = {"id": int, "name": str, "type": str, "messages_count": int, "disabled": bool, "sources": list}
MESSAGE = {"id": int, "agent_id": int, "created_at": str, "expires_at": str}
WORKFLOW = {"id": int, "name": str, "description": str}
EXPORT = {
    "schema_version": int,
    "name": str,
    "description": str,
    "guid": str,
    "exported_at": str,
    "agents": list,
    "links": list,
    "control_links": list,
}
ENDPOINTS = {
    "/api/v1/agents": ([AGENT], ()),
    "/api/v1/agents/{agent}": (AGENT, ()),
    "/api/v1/agents/{agent}/messages": ([MESSAGE], ("after=2020-01-01T00:00:00Z", "limit=5")),
    "/api/v1/messages/{message}": ({**MESSAGE, "payload": dict}, ()),
    "/api/v1/workflows": ([WORKFLOW], ()),
    "/api/v1/workflows/{workflow}": ({**WORKFLOW, "agents": list}, ()),
    "/api/v1/workflows/{workflow}/export": (EXPORT, ()),
}


@pytest.fixture
def server(serve: Callable[..., Running]) -> Running:
    return serve(DEFINITIONS)


def fits(found: Any, wanted: Any) -> None:
    if isinstance(wanted, list):
        assert found
        for one in found:
            fits(one, wanted[0])
        return
    assert list(found) == list(wanted)
    for name, kind in wanted.items():
        assert type(found[name]) is kind, name
        if name.endswith("_at"):
            assert TIME.fullmatch(found[name]), name


def ended(server: Running, task: str = "alert") -> str:
    job_id = server.execute(task)
    server.finished(job_id)
    return job_id


def agents(server: Running) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in server.get("/api/v1/agents").json}


def messages(server: Running, name: str, query: str = "") -> list[dict[str, Any]]:
    return server.get(f"/api/v1/agents/{agents(server)[name]['id']}/messages{query}").json


def workflow(server: Running, name: str) -> int:
    return next(one["id"] for one in server.get("/api/v1/workflows").json if one["name"] == name)


BOB = "Bob's Status Alert Workflow"


def test_every_endpoint_of_the_page_answers_with_its_keys(server: Running) -> None:
    ended(server)
    names = {
        "agent": agents(server)["fetch"]["id"],
        "message": messages(server, "fetch")[0]["id"],
        "workflow": workflow(server, BOB),
    }
    for path, (shape, parameters) in ENDPOINTS.items():
        for query in ("", *parameters, "&".join(parameters)):
            reply = server.get(f"{path.format_map(names)}?{query}")
            assert reply.status == 200, (path, reply)
            fits(reply.json, shape)


def test_agents_are_triggers_and_steps_with_their_sources(server: Running) -> None:
    found = agents(server)
    assert {name: one["type"] for name, one in found.items()} == {
        "nightly": "Agents::SchedulerTrigger",
        "hooked": "Agents::WebhookTrigger",
        "fetch": "Agents::ShellAgent",
        "turns": "Agents::ShellAgent",
        "notify": "Agents::ShellAgent",
        "never": "Agents::ShellAgent",
        "say": "Agents::ShellAgent",
        "ask": "Agents::ApprovalAgent",
    }
    names = {one["id"]: name for name, one in found.items()}
    assert {name: [names[source["id"]] for source in one["sources"]] for name, one in found.items()} == {
        "nightly": [],
        "hooked": [],
        "fetch": ["nightly", "hooked"],
        "turns": ["fetch"],
        "notify": ["fetch", "turns"],
        "never": ["fetch"],
        "say": [],
        "ask": ["say"],
    }
    assert [name for name, one in found.items() if one["disabled"]] == ["hooked", "never"]
    one = server.get(f"/api/v1/workflows/{workflow(server, BOB)}").json
    assert one["agents"] == [found[name] for name in ("nightly", "hooked", "fetch", "turns", "notify", "never")]
    assert one["description"] == "Tells Bob"


def test_a_suspended_trigger_is_disabled(server: Running) -> None:
    server.post("/api/workspaces/default/triggers/nightly/suspend", {})
    assert agents(server)["nightly"]["disabled"] is True


def test_ids_stay_across_revisions_and_restarts(serve: Callable[..., Running]) -> None:
    server = serve(DEFINITIONS)
    ended(server)
    before = agents(server), messages(server, "fetch"), server.get("/api/v1/workflows").json
    server.stop()
    again = serve(DEFINITIONS.replace("Tells Bob", "Tells Bob more"))
    assert (agents(again), messages(again, "fetch")) == before[:2]
    assert [one["id"] for one in again.get("/api/v1/workflows").json] == [one["id"] for one in before[2]]


def test_messages_are_what_a_step_gave_newest_first(server: Running) -> None:
    jobs = [ended(server) for _ in range(3)]
    found = messages(server, "fetch")
    assert [one["created_at"] for one in found] == sorted((one["created_at"] for one in found), reverse=True)
    assert [one["id"] for one in found] == sorted((one["id"] for one in found), reverse=True)
    assert {one["agent_id"] for one in found} == {agents(server)["fetch"]["id"]}
    assert agents(server)["fetch"]["messages_count"] == 3
    assert messages(server, "fetch", "?limit=2") == found[:2]
    assert messages(server, "fetch", "?limit=0") == []
    middle = quote(found[1]["created_at"])
    assert messages(server, "fetch", f"?after={middle}") == found[:1]
    assert messages(server, "fetch", f"?after={quote(found[2]['created_at'])}&limit=1") == found[:1]
    assert messages(server, "notify") == []
    assert messages(server, "fetch") == found
    server.request("DELETE", f"/api/jobs/{jobs[0]}")
    assert messages(server, "fetch") == found[:2]
    assert_not_found(server.get(f"/api/v1/messages/{found[2]['id']}"))


def test_a_message_has_its_payload_without_secrets(server: Running) -> None:
    ended(server)
    [listed] = messages(server, "fetch")
    assert server.get(f"/api/v1/messages/{listed['id']}").json == {**listed, "payload": {"n": 1, "from": "site ••••••"}}
    [listed] = messages(server, "turns")
    assert server.get(f"/api/v1/messages/{listed['id']}").json["payload"] == {"value": [{"i": 1}, {"i": 2}]}


def test_a_message_never_expires_while_its_job_goes_on(server: Running) -> None:
    job_id = server.execute("gate")
    server.until(job_id, lambda job: job.steps["ask"].status is StepStatus.SUSPENDED)
    [listed] = messages(server, "say")
    assert listed["expires_at"] is None
    server.post(f"/api/jobs/{job_id}/steps/ask/approve", {})
    server.finished(job_id)
    assert messages(server, "say")[0]["expires_at"] > listed["created_at"]
    [decision] = messages(server, "ask")
    assert server.get(f"/api/v1/messages/{decision['id']}").json["payload"]["approved"] is True


def test_another_output_of_a_step_is_another_message(server: Running) -> None:
    job_id = ended(server)
    [before] = messages(server, "fetch")
    server.post(f"/api/jobs/{job_id}/steps/fetch/retry", {})
    server.finished(job_id)
    [after] = messages(server, "fetch")
    assert after["id"] > before["id"]
    assert_not_found(server.get(f"/api/v1/messages/{before['id']}"))


def test_each_time_a_trigger_fires_is_a_message(server: Running) -> None:
    jobs = [server.post("/api/workspaces/default/triggers/nightly/fire", {}).json["job_id"] for _ in range(2)]
    newest, first = messages(server, "nightly")
    assert agents(server)["nightly"]["messages_count"] == 2
    found = server.get(f"/api/v1/messages/{newest['id']}").json
    fits(found, {**MESSAGE, "payload": dict})
    assert found["payload"]["job_id"] == jobs[1]
    assert messages(server, "nightly", f"?after={quote(first['created_at'])}") == [newest]


def test_the_export_is_the_definition_and_nothing_else(server: Running) -> None:
    ended(server)
    reply = server.get(f"/api/v1/workflows/{workflow(server, BOB)}/export")
    assert reply.headers["Content-Disposition"] == 'attachment; filename="bob-s-status-alert-workflow.json"'
    found = reply.json
    assert (found["schema_version"], found["name"], found["description"]) == (1, BOB, "Tells Bob")
    assert found["control_links"] == []
    guids = [agent["guid"] for agent in found["agents"]]
    assert guids == sorted(guids)
    assert all(ID.fullmatch(guid) for guid in [found["guid"], *guids])
    named = {agent["name"]: agent for agent in found["agents"]}
    links = [
        (found["agents"][link["source"]]["name"], found["agents"][link["receiver"]]["name"]) for link in found["links"]
    ]
    assert sorted(links) == [
        *(("fetch", "never"), ("fetch", "notify"), ("fetch", "turns"), ("hooked", "fetch"), ("nightly", "fetch")),
        ("turns", "notify"),
    ]
    assert named["nightly"]["schedule"] == "0 0 3 1 1 *"
    assert [name for name, agent in named.items() if "schedule" in agent] == ["nightly"]
    assert named["fetch"]["options"]["input"] == {"from": "site {{ input.pin }}"}
    assert (
        named["fetch"]["options"]["action"]["cmd"] == 'echo "OUTPUT: {\\"n\\": 1, \\"from\\": \\"{{ input.from }}\\"}"'
    )
    assert named["turns"]["options"]["for_each"] == [1, 2]
    assert {name for name, agent in named.items() if agent["disabled"]} == {"hooked", "never"}
    assert named["fetch"]["keep_messages_for"] == 90 * 86_400
    for secret in (b"not for anybody", b"tell nobody", b"93417"):
        assert secret not in reply.body
    again = server.get(f"/api/v1/workflows/{workflow(server, BOB)}/export").json
    assert again | {"exported_at": ""} == found | {"exported_at": ""}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Bob's Status Alert Workflow", "bob-s-status-alert-workflow"),
        ("  two  words ", "two-words"),
        ("a_b-c", "a_b-c"),
        ("--x--", "x"),
        ("Äpfel & Öl", "pfel-l"),
        ("日本", NAMELESS),
        ("", NAMELESS),
        ("---", NAMELESS),
    ],
)
def test_a_slug_is_what_a_file_may_be_called(name: str, wanted: str) -> None:
    assert slug(name) == wanted


@given(st.text())
def test_a_slug_is_always_fit_for_a_header(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?", slug(name))
    assert "--" not in slug(name)
    assert slug(slug(name)) == slug(name)


def assert_not_found(reply: Reply) -> None:
    assert (reply.status, reply.json) == (404, {"error": "404 Record not found"})


@pytest.mark.parametrize("number", ["0", "-1", "99999", "x", "1e3", "%C2%B2", "9" * 30, "1/2", "%00"])
def test_what_is_not_there_is_not_found_whatever_its_id(shared: Running, number: str) -> None:
    for noun in ("agents", "messages", "workflows"):
        assert_not_found(shared.get(f"/api/v1/{noun}/{number}"))
    assert_not_found(shared.get(f"/api/v1/agents/{number}/messages"))
    assert_not_found(shared.get("/api/v1/nothing"))


def test_the_id_of_something_else_is_not_found(server: Running) -> None:
    assert_not_found(server.get(f"/api/v1/agents/{workflow(server, BOB)}"))
    assert_not_found(server.get(f"/api/v1/workflows/{agents(server)['fetch']['id']}"))


def test_what_is_defined_no_more_is_not_there(server: Running) -> None:
    found, bob = agents(server), workflow(server, BOB)
    server.post("/api/workspaces/default/triggers/nightly/fire", {})
    fired = messages(server, "nightly")[0]["id"]
    server.write("tasks: {gate: {flow: {say: {type: shell, cmd: 'true'}}}}\n")
    assert server.refresh()
    assert list(agents(server)) == ["say"]
    for name in ("nightly", "fetch", "ask"):
        assert_not_found(server.get(f"/api/v1/agents/{found[name]['id']}"))
    assert_not_found(server.get(f"/api/v1/workflows/{bob}"))
    assert server.get(f"/api/v1/messages/{fired}").status == 200  # what was emitted stays


@pytest.mark.parametrize(
    "query", ["limit=x", "limit=-1", "limit=1.5", "limit=", "after=yesterday", "after=", "after=1"]
)
def test_a_wrong_parameter_is_said_in_the_same_shape(shared: Running, query: str) -> None:
    reply = shared.get(f"/api/v1/agents/{agents(shared)['fetch']['id']}/messages?{query}")
    assert reply.status == 400
    assert list(reply.json) == ["error"]
    assert reply.json["error"].startswith("400 ")


def test_it_is_only_to_be_read(server: Running) -> None:
    reply = server.post("/api/v1/agents", {})
    assert reply.status == 405
    assert reply.json["error"].startswith("405 ")


ROOT, PASSWORD = "root@example.com", "correct horse battery"
AUTH = {
    "auth": {"anonymous": "none", "initial_user": {"email": ROOT, "password": PASSWORD}},
    "permissions": [{"action": "view", "tasks": ["gate"], "api_keys": ["ci"]}],
}


def test_the_token_is_the_last_word_of_the_header(serve: Callable[..., Running]) -> None:
    server = serve(DEFINITIONS, AUTH)
    for headers in ({}, {"Authorization": "garbage"}, {"Authorization": "Bearer a.b.c"}):
        for path in ("agents", "agents/1", "workflows", "messages/1"):
            reply = server.get(f"/api/v1/{path}", headers)
            assert (reply.status, reply.json) == (401, {"error": "401 Unauthorized"})
    token = server.post("/api/auth/login", {"email": ROOT, "password": PASSWORD}).json["access_token"]
    for scheme in ("", "Bearer ", "JWT ", "Token token "):
        assert server.get("/api/v1/agents", {"Authorization": scheme + token}).status == 200


def test_only_what_the_caller_may_see_is_there(serve: Callable[..., Running]) -> None:
    server = serve(DEFINITIONS, AUTH)
    token = server.post("/api/auth/login", {"email": ROOT, "password": PASSWORD}).json["access_token"]
    root = {"Authorization": token}
    key = server.post("/api/auth/api-keys", {"name": "ci", "standalone": True}, root).json["key"]
    ci = {"Authorization": key}
    job_id = server.post("/api/workspaces/default/tasks/alert/execute", {}, root).json["job_id"]
    server.finished(job_id)
    found = {one["name"]: one["id"] for one in server.get("/api/v1/agents", root).json}
    [message] = server.get(f"/api/v1/agents/{found['fetch']}/messages", root).json
    assert [one["name"] for one in server.get("/api/v1/agents", ci).json] == ["say", "ask"]
    [gate] = server.get("/api/v1/workflows", ci).json
    assert server.get(f"/api/v1/workflows/{gate['id']}/export", ci).status == 200
    bob = next(one["id"] for one in server.get("/api/v1/workflows", root).json if one["name"] == BOB)
    for path in (
        *(f"agents/{found['fetch']}", f"agents/{found['nightly']}", f"agents/{found['fetch']}/messages"),
        *(f"messages/{message['id']}", f"workflows/{bob}", f"workflows/{bob}/export"),
    ):
        assert server.get(f"/api/v1/{path}", root).status == 200
        assert_not_found(server.get(f"/api/v1/{path}", ci))
