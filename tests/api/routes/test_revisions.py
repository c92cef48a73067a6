"""Which revision a caller may name for a new job, on servers of one repository with different rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from running import Reply, Running

from committing import commit_all, git, init

PASSWORD = "correct horse battery"
WITH_APPROVAL = """\
tasks:
  hello: {flow: {say: {type: shell, cmd: "echo %s"}}}
  deploy:
    flow:
      ask: {type: approval, message: go?}
      ship: {type: shell, cmd: "true", depends_on: [ask]}
  outer: {flow: {inner: {type: task, task: deploy}}}
"""
WITHOUT_APPROVAL = """\
tasks:
  hello: {flow: {say: {type: shell, cmd: "echo %s"}}}
  deploy: {flow: {ship: {type: shell, cmd: "true"}}}
  outer: {flow: {inner: {type: task, task: deploy}}}
"""
RULES = ("served", "history", "branches", "any")


class Repository:
    """``main`` is served. Each commit has a name by which tests ask for it."""

    def __init__(self, folder: Path) -> None:
        self.work, self.bare = folder / "work", folder / "origin.git"
        init(self.work)
        git(folder, "init", "-q", "--bare", "-b", "main", "origin.git")

    def push(self, text: str, ref: str = "refs/heads/main") -> str:
        (self.work / ".workflows").mkdir(exist_ok=True)
        (self.work / ".workflows/a.yaml").write_text(text)
        sha = commit_all(self.work)
        git(self.work, "push", "-q", "-f", str(self.bare), f"HEAD:{ref}")
        return sha


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, dict[str, str]]]:
    """A server that serves the repository by every rule, and the commits by name."""
    folder = tmp_path_factory.mktemp("revisions")
    repository = Repository(folder)
    named = {"before": repository.push(WITHOUT_APPROVAL % 0), "past": repository.push(WITHOUT_APPROVAL % 1)}
    workspaces: dict[str, Any] = {
        rule: {"type": "git", "url": f"file://{repository.bare}", "poll_interval_secs": 3600, "revisions": rule}
        for rule in RULES
    }
    workspaces["default"] = {name: value for name, value in workspaces["served"].items() if name != "revisions"}
    settings = {
        "workspaces": workspaces,
        "auth": {
            "jwt_secret": "s" * 40,
            "providers": {"internal": {"provider_type": "internal"}},
            "initial_user": {"email": "root@example.com", "password": PASSWORD},
        },
        "permissions": [
            {"workspace": "*", "action": "run"},
            {"workspace": "*", "action": "admin", "users": ["lead@example.com"]},
        ],
    }
    running = Running(folder / "server", "", settings, {}).start()
    for name in workspaces:
        running.refresh(name)
    named["now"] = repository.push(WITH_APPROVAL % 2)
    named["feature"] = repository.push(WITHOUT_APPROVAL % 3, "refs/heads/feature")
    named["tagged"] = repository.push(WITHOUT_APPROVAL % 4, "refs/tags/v1")
    for name in workspaces:
        running.refresh(name)
        assert running.service.served.get(name).active[1].id == named["now"]
    yield running, named
    running.stop()


@pytest.fixture(scope="module")
def who(served: tuple[Running, dict[str, str]]) -> dict[str, dict[str, str]]:
    server, _ = served

    def sign_in(email: str) -> dict[str, str]:
        reply = server.post("/api/auth/login", {"email": email, "password": PASSWORD})
        return {"Authorization": f"Bearer {reply.json['access_token']}"}

    found = {"root": sign_in("root@example.com")}
    for name in ("eve", "lead"):
        body = {"email": f"{name}@example.com", "password": PASSWORD}
        assert server.post("/api/users", body, found["root"]).status == 201
        found[name] = sign_in(f"{name}@example.com")
    made = server.post("/api/auth/api-keys", {"name": "trigger-only", "scopes": ["workflows:trigger"]}, found["root"])
    found["a scoped key of root"] = {"Authorization": f"Bearer {made.json['key']}"}
    return found


def execute(server: Running, headers: dict[str, str], workspace: str, revision: str, task: str = "hello") -> Reply:
    path = f"/api/workspaces/{workspace}/tasks/{task}/execute"
    return server.post(path, {"revision": revision}, headers)


#: What is named -> by which rules a runner may run it.
ALLOWED = {
    "now": {"default", *RULES},
    "main": {"default", *RULES},
    "past": {"history", "branches", "any"},
    "before": {"branches", "any"},
    "feature": {"branches", "any"},
    "tagged": {"any"},
}


@pytest.mark.parametrize("rule", ["default", *RULES])
@pytest.mark.parametrize("name", ALLOWED)
def test_a_runner_names_what_the_rule_allows(served: Any, who: Any, name: str, rule: str) -> None:
    server, named = served
    reply = execute(server, who["eve"], rule, named.get(name, name))
    if rule in ALLOWED[name]:
        assert reply.status == 200, reply
        assert server.finished(reply.json["job_id"], who["eve"])["revision"] == named.get(name, named["now"])
    else:
        assert reply.status == 403, reply
        assert f"workspaces.{rule}.revisions" in reply.json["error"]


@pytest.mark.parametrize("revision", ["feature", "v1", "no-such-branch", "HEAD~1", "", "refs/heads/feature", "0" * 40])
def test_a_runner_learns_nothing_of_what_there_is(served: Any, who: Any, revision: str) -> None:
    server, _ = served
    reply = execute(server, who["eve"], "served", revision)
    assert reply.status in (400, 403), reply


@pytest.mark.parametrize("revision", ["now", "abbreviated"])
def test_an_abbreviated_commit_in_force_is_the_one_in_force(served: Any, who: Any, revision: str) -> None:
    server, named = served
    asked = named["now"][:9] if revision == "abbreviated" else named["now"]
    assert execute(server, who["eve"], "served", asked).status == 200
    assert execute(server, who["eve"], "served", named["now"][:3]).status == 403


@pytest.mark.parametrize("name", ["root", "lead"])
@pytest.mark.parametrize("revision", ["past", "before", "feature", "tagged"])
def test_an_administrator_names_any(served: Any, who: Any, name: str, revision: str) -> None:
    server, named = served
    for task in ("hello", "deploy"):
        assert execute(server, who[name], "served", named[revision], task).status == 200


def test_a_key_of_an_administrator_that_may_only_trigger_is_no_administrator(served: Any, who: Any) -> None:
    server, named = served
    assert execute(server, who["a scoped key of root"], "served", named["feature"]).status == 403


@pytest.mark.parametrize("task", ["deploy", "outer"])
@pytest.mark.parametrize(("rule", "revision"), [("history", "past"), ("branches", "feature"), ("any", "tagged")])
def test_a_task_with_an_approval_runs_at_no_other_revision(
    served: Any, who: Any, rule: str, revision: str, task: str
) -> None:
    server, named = served
    reply = execute(server, who["eve"], rule, named[revision], task)
    assert reply.status == 403, reply
    assert "has an approval at the active revision" in reply.json["error"]
    assert execute(server, who["eve"], rule, named["now"], task).status == 200


def test_a_dry_run_is_bound_too_and_a_batch_and_other_apis_take_no_revision(served: Any, who: Any) -> None:
    server, named = served
    path, revision = "/api/workspaces/served/tasks/hello", {"revision": named["feature"]}
    assert server.post(f"{path}/execute?dry_run=true", revision, who["eve"]).status == 403
    assert server.post(f"{path}/batch", {"inputs": [{}], **revision}, who["eve"]).status == 400
    made = server.post("/v1/workflows/served/hello/trigger", {"payload": {}, **revision}, who["eve"])
    assert made.status == 201, made
    assert server.finished(made.json["id"], who["eve"])["revision"] == named["now"]


def test_a_retry_at_its_own_revision_is_always_allowed(served: Any, who: Any) -> None:
    server, named = served
    job_id = execute(server, who["root"], "served", named["feature"], "deploy").json["job_id"]
    server.finished(job_id, who["root"])
    reply = server.post(f"/api/jobs/{job_id}/retry", {"from": "start"}, who["eve"])
    assert reply.status == 201, reply
    assert server.finished(reply.json["job_id"], who["eve"])["revision"] == named["feature"]


def test_on_an_open_server_every_caller_counts_as_an_administrator(serve: Any, tmp_path: Any) -> None:
    repository = Repository(tmp_path)
    repository.push(WITHOUT_APPROVAL % 0)
    feature = repository.push(WITHOUT_APPROVAL % 1, "refs/heads/feature")
    shop = {"type": "git", "url": f"file://{repository.bare}", "poll_interval_secs": 3600}
    server = serve(settings={"workspaces": {"shop": shop}})
    server.refresh("shop")
    reply = execute(server, {}, "shop", "feature")
    assert reply.status == 200, reply
    assert server.finished(reply.json["job_id"])["revision"] == feature
