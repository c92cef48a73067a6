"""The difference of two jobs over HTTP, and to whom which part of it is shown."""

from __future__ import annotations

import pytest
from running import Running

PASSWORD = "correct horse battery"
TEXT = """\
tasks:
  hello:
    input: {who: {type: string, default: World}, site: {type: web, default: prod}}
    flow: {say: {action: say, input: {who: "{{ input.who }}"}}, more: {type: task, task: inner, depends_on: [say]}}
  inner: {flow: {one: {type: shell, cmd: "echo NUMBER"}}}
  hidden: {flow: {one: {type: shell, cmd: "true"}}}
actions: {say: {type: shell, input: {who: {type: string}}, cmd: "echo NUMBER {{ input.who }}"}}
connection_types: {web: {host: {type: string, required: true}}}
connections: {prod: {type: web, host: "hNUMBER.example"}}
"""
AUTH = {
    "auth": {
        "jwt_secret": "s" * 40,
        "providers": {"internal": {"provider_type": "internal"}},
        "initial_user": {"email": "root@example.com", "password": PASSWORD},
    },
    "permissions": [{"workspace": "default", "action": "view", "tasks": ["hello"], "users": ["part@example.com"]}],
}


@pytest.fixture
def start(tmp_path):
    started: list[Running] = []

    def now(**settings) -> Running:
        started.append(Running(tmp_path, TEXT.replace("NUMBER", "1"), settings, {}).start())
        return started[-1]

    yield now
    for running in started:
        running.stop()


def run(server: Running, task: str, who: str = "World", headers: dict[str, str] | None = None) -> str:
    body = {"input": {"who": who} if task == "hello" else {}}
    reply = server.post(f"/api/workspaces/default/tasks/{task}/execute", body, headers)
    id = reply.json["job_id"]
    server.finished(id, headers)
    return id


def change(server: Running) -> None:
    server.write(TEXT.replace("NUMBER", "2"))
    server.refresh()


def named(found: dict) -> set[str]:
    return {f"{each['kind']} {each['name']}" for each in found["definition"]}


def test_two_jobs_are_compared_whichever_is_named_first(start):
    server = start()
    first = run(server, "hello")
    change(server)
    second = run(server, "hello", "Ada")
    found = server.get(f"/api/jobs/{second}/diff/{first}").json
    assert (found["before"]["job_id"], found["after"]["job_id"]) == (first, second)
    assert named(found) == {"action say", "task inner", "connection prod"}
    assert found["input"] == [{"name": "who", "before": "World", "after": "Ada"}]
    assert found["steps"][0]["log"]["before"] == "1 World"
    assert server.get(f"/api/jobs/{first}/diff/{second}").json == found


def test_a_job_that_is_not_there_is_not_found_and_one_is_not_compared_with_itself(start):
    server = start()
    first = run(server, "hello")
    nowhere = "00000000-0000-7000-8000-000000000000"
    assert server.get(f"/api/jobs/{first}/diff/{nowhere}").status == 404
    assert server.get(f"/api/jobs/{nowhere}/diff/{first}").status == 404
    assert server.get(f"/api/jobs/{first}/diff/{first}").status == 400


def test_who_sees_one_task_sees_nothing_of_the_others(start):
    server = start(**AUTH)

    def sign_in(email: str) -> dict[str, str]:
        reply = server.post("/api/auth/login", {"email": email, "password": PASSWORD})
        return {"Authorization": f"Bearer {reply.json['access_token']}"}

    root = sign_in("root@example.com")
    assert server.post("/api/users", {"email": "part@example.com", "password": PASSWORD}, root).status == 201
    part = sign_in("part@example.com")
    first, hidden = run(server, "hello", headers=root), run(server, "hidden", headers=root)
    change(server)
    second = run(server, "hello", headers=root)
    whole = server.get(f"/api/jobs/{first}/diff/{second}", root).json
    assert named(whole) == {"action say", "task inner", "connection prod"}
    assert named(server.get(f"/api/jobs/{first}/diff/{second}", part).json) == {"action say"}
    for ids in ((first, hidden), (hidden, first)):
        assert server.get(f"/api/jobs/{ids[0]}/diff/{ids[1]}", part).status == 404
