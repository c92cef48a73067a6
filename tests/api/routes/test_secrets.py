"""Secrets and connections: names, sources and readers, and nothing of a value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

PASSWORD = "correct horse battery"
DEFINITIONS = """\
secrets:
  token: "{{{{ env.TOKEN }}}}"
  gone: "{{{{ env.GONE }}}}"
  refused: "{{{{ env.HOME }}}}"
  of_file: "{{{{ file('{folder}/db') }}}}"
  nested: {{user: somebody, password: "{{{{ env.TOKEN }}}}"}}
connection_types:
  database:
    host: {{type: string}}
    password: {{type: string, secret: true}}
    url: {{type: string}}
connections:
  main:
    type: database
    host: db.example.com
    password: pa55word-in-git
    url: "postgres://{{{{ secret.of_file }}}}@db"
actions:
  call: {{type: shell, cmd: "echo {{{{ secret.token }}}}"}}
  query: {{type: shell, input: {{db: {{type: database, required: true}}}}, cmd: "echo {{{{ input.db.host }}}}"}}
tasks:
  deploy: {{flow: {{s: {{action: call}}}}}}
  hidden:
    flow:
      s: {{action: query, input: {{db: main}}}}
      t: {{type: shell, cmd: "echo {{{{ secret.nested.password }}}}"}}
"""
VALUES = ("t0ken-of-the-server", "s3cret-of-a-file", "pa55word-in-git")
SECRETS, CONNECTIONS = "/api/workspaces/default/secrets", "/api/workspaces/default/connections"


@pytest.fixture
def start(serve, tmp_path: Path):
    def make(**settings: Any):
        folder = tmp_path / "secret"
        folder.mkdir()
        (folder / "db").write_text(VALUES[1] + "\n")
        allowed = {"env": ["TOKEN", "GONE"], "files": [str(folder)]}
        workspace = {"type": "folder", "path": str(tmp_path / "a" / "workspace"), "secrets": allowed}
        found = {"workspaces": {"default": workspace}, **settings}
        return serve(DEFINITIONS.format(folder=folder), found, environ={"TOKEN": VALUES[0]})

    return make


def test_names_sources_presence_and_readers_are_shown_and_no_value(start):
    server = start()
    reply = server.get(SECRETS)
    found = {secret["name"]: secret for secret in reply.json}
    assert {name: secret["sources"] for name, secret in found.items()} == {
        "token": ["env"],
        "gone": ["env"],
        "refused": ["env"],
        "of_file": ["file"],
        "nested": ["env"],
    }
    assert [name for name, secret in found.items() if not secret["present"]] == ["gone", "refused"]
    assert "workspaces.default.secrets.env" in found["refused"]["problem"]
    assert (found["token"]["tasks"], found["token"]["actions"]) == (["deploy"], ["call"])
    assert (found["of_file"]["tasks"], found["nested"]["tasks"]) == (["hidden"], ["hidden"])
    assert (found["gone"]["tasks"], found["gone"]["last_job"]) == ([], None)
    assert (found["token"]["file"], found["token"]["line"]) == (".workflows/a.yaml", 2)
    for value in VALUES:
        assert value not in reply.body.decode()


def test_the_newest_job_of_a_reader_is_named(start):
    server = start()
    job_id = server.execute("deploy")
    server.finished(job_id)
    found = {secret["name"]: secret["last_job"] for secret in server.get(SECRETS).json}
    assert (found["token"]["job_id"], found["token"]["task_name"], found["nested"]) == (job_id, "deploy", None)


def test_a_connection_is_shown_with_what_is_secret_masked(start):
    reply = start().get(CONNECTIONS)
    [found] = reply.json
    assert found["values"] == {"host": "db.example.com", "password": "••••••", "url": "••••••"}
    assert (found["type"], found["secrets"], found["tasks"]) == ("database", ["of_file"], ["hidden"])
    for value in VALUES:
        assert value not in reply.body.decode()


def test_who_sees_some_tasks_sees_what_those_read(start):
    users = {"jwt_secret": "s" * 40, "initial_user": {"email": "root@example.com", "password": PASSWORD}}
    rule = {"workspace": "default", "tasks": ["deploy"], "action": "run", "users": ["eve@example.com"]}
    server = start(auth=users, permissions=[rule])

    def sign_in(email: str, password: str) -> dict[str, str]:
        reply = server.post("/api/auth/login", {"email": email, "password": password})
        return {"Authorization": f"Bearer {reply.json['access_token']}"}

    root = sign_in("root@example.com", PASSWORD)
    server.post("/api/users", {"email": "eve@example.com", "password": "eve's password"}, root)
    eve = sign_in("eve@example.com", "eve's password")
    assert [(each["name"], each["tasks"], each["actions"]) for each in server.get(SECRETS, eve).json] == [
        ("token", ["deploy"], [])
    ]
    assert server.get(CONNECTIONS, eve).json == []
    assert len(server.get(SECRETS, root).json) == 5
    assert server.get(SECRETS).status == 401
    assert server.get(f"{SECRETS}?name=token", root).status == 400
