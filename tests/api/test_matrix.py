"""Every route for every kind of caller, on a server configured as docs/how-to/auth.md tells."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from running import Running

from gitflow.api.http.route import Route
from gitflow.api.route_table import routes
from gitflow.core.identity import AGENT_SCOPE

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "auth.md"
ROOT, PASSWORD = "root@example.com", "correct horse battery"
DEFINITIONS = """\
actions: {hold: {type: approval, message: go?}, hush: {type: approval, message: go on?}}
tasks:
  deploy: {folder: ops, flow: {ask: {action: hold}}}
  secret-thing: {folder: ops, flow: {ask: {action: hush}}}
  other: {flow: {ask: {action: hold}}}
triggers:
  nightly: {type: scheduler, cron: "0 0 3 1 1 *", task: deploy}
"""
#: Who calls -> what the guide's rules let them do with ops/deploy.
LEVELS = {
    "nobody": None,
    "garbage": None,
    "expired": None,
    "stranger": "deny",
    "foreign key": "deny",
    "viewer": "view",
    "read-only ci": "view",
    "runner": "run",
    "ci": "run",
    "admin": "admin",
}
#: What those may do in the workspace as a whole, whose rules name no tasks; the others may see it.
IN_ALL = {"ci": "run", "admin": "admin"}
RANK = {"deny": 0, "view": 1, "run": 2, "admin": 3}


def settings() -> dict[str, Any]:
    """The first configuration of the guide, with its variables filled in, but for where it listens."""
    (text,) = re.findall(r"```yaml\n(# server-config.yaml\n.*?)```", GUIDE.read_text(), re.S)
    text = text.replace("${GITFLOW_JWT_SECRET}", "s" * 40).replace("${GITFLOW_ROOT_PASSWORD}", PASSWORD)
    return {name: value for name, value in yaml.safe_load(text).items() if name != "listen"}


@pytest.fixture(scope="module")
def server(share: Callable[..., Running]) -> Running:
    return share(DEFINITIONS, settings())


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def sign_in(server: Running, email: str, password: str) -> dict[str, str]:
    reply = server.post("/api/auth/login", {"email": email, "password": password})
    assert reply.status == 200, reply
    return bearer(reply.json["access_token"])


@pytest.fixture(scope="module")
def caller_sources(server: Running) -> dict[str, dict[str, str]]:
    from gitflow.identity.tokens import issue_access

    root = sign_in(server, ROOT, PASSWORD)
    found = {"nobody": {}, "garbage": bearer("garbage"), "admin": root}
    for name, groups in (("stranger", []), ("viewer", ["staff"]), ("runner", ["operators", "staff"])):
        body = {"email": f"{name}@example.com", "password": f"{name} password", "groups": groups}
        user = server.post("/api/users", body, root).json
        found[name] = sign_in(server, f"{name}@example.com", f"{name} password")
        if name == "runner":
            found["expired"] = bearer(issue_access(user["user_id"], "s" * 40, 1_000_000.0))
    for name, body in (
        ("ci", {"name": "ci"}),
        ("read-only ci", {"name": "reader", "scopes": ["workflows:read"]}),
        ("foreign key", {"name": "foreign", "workspace": "default"}),
    ):
        # That of the runner's is limited by its scopes alone.
        is_own = name == "read-only ci"
        wanted = body if is_own else {**body, "standalone": True}
        made = server.post("/api/auth/api-keys", wanted, found["runner"] if is_own else root)
        assert made.status == 201, made
        found[name] = bearer(made.json["key"])
    with sqlite3.connect(server.state / "gitflow.db") as database:  # of a workspace that was taken away since
        database.execute("UPDATE api_key SET workspace = 'elsewhere' WHERE name = 'foreign'")
    assert set(found) == set(LEVELS)
    return found


@pytest.fixture(scope="module")
def job_id(server: Running, caller_sources: dict[str, dict[str, str]]) -> str:
    made = server.post("/api/workspaces/default/tasks/deploy/execute", {}, caller_sources["admin"])
    return made.json["job_id"]


#: Routes that are about the task ops/deploy, or a job of it, and so go by the rules.
ABOUT_A_TASK = re.compile(r"/api/(jobs/\{id\}|workspaces/\{ws\}/(tasks|triggers)/\{name\})")
#: Routes that are about the workspace as a whole.
ABOUT_A_WORKSPACE = re.compile(r"/api/workspaces/\{ws\}")


def filled(route: Route, job_id: str) -> str:
    name = "nightly" if "/triggers/" in route.path else "deploy"
    values = {"ws": "default", "name": name, "id": job_id, "step": "ask", "type": "go", "key": "no-such-key"}
    path = re.sub(r"\{(\w+)\*?\}", lambda match: values.get(match[1], "x"), route.path)
    return path.replace(job_id, "0" * 8 + "-0000-7000-8000-" + "0" * 12) if "/users/" in path else path


#: What shows all of a workspace is refused to those who may see a part of it: the guide denies ops/secret-* to staff.
SHOWS_ALL_OF_A_WORKSPACE = {"/api/workspaces/{ws}/plan"}
SEES_A_PART = {"viewer", "runner", "read-only ci"}


def expected(route: Route, caller: str) -> set[int] | str:
    """The statuses this caller may get, or ``past``: whatever the handler answers, but no refusal of identity."""
    level = LEVELS[caller]
    if route.needs == "public":
        return "past"
    if level is None:
        return {401}
    if route.scope == AGENT_SCOPE:
        return {403}  # none of the callers is an agent
    if ABOUT_A_TASK.match(route.path):
        if level == "deny":
            return {403, 404} if caller == "foreign key" else {404}
        return "past" if RANK[level] >= RANK[route.needs] else {403}
    if ABOUT_A_WORKSPACE.match(route.path):
        if level == "deny":
            return {404}
        if route.path in SHOWS_ALL_OF_A_WORKSPACE and caller in SEES_A_PART:
            return {403}
        may = route.needs == "view" or RANK[IN_ALL.get(caller, "view")] >= RANK[route.needs]
        return "past" if may else {403}
    if route.needs == "admin":
        return "past" if level == "admin" else {403}
    return "past"


CASES = [
    pytest.param(route, id=f"{route.method} {route.path}")
    for route in routes()
    if not route.path.endswith("/stream") and route.path.startswith("/api")
]


@pytest.mark.parametrize("route", CASES)
def test_every_route_answers_every_caller_as_the_permissions_say(
    server: Running, caller_sources: dict[str, dict[str, str]], job_id: str, route: Route
) -> None:
    path = filled(route, job_id)
    for caller, headers in caller_sources.items():
        wanted = expected(route, caller)
        if wanted == "past" and route.method != "GET":
            continue  # it would be done; what each route does has its own tests
        status = server.request(route.method, path, {} if route.method != "GET" else None, headers).status
        if wanted == "past":
            assert status not in (401, 403) or caller == "foreign key" or route.path.startswith("/api/auth"), caller
            assert status < 500, caller
        else:
            assert status in wanted, (caller, status, wanted)


@pytest.mark.parametrize(
    "route",
    [
        pytest.param(route, id=f"{route.method} {route.path}")
        for route in routes()
        if not route.path.startswith("/api/")
    ],
)
def test_routes_of_other_apis_know_nobody_without_a_credential_that_counts(
    server: Running, caller_sources: dict[str, dict[str, str]], job_id: str, route: Route
) -> None:
    if route.needs == "public" or route.path.endswith("/stream"):
        return
    for caller in ("nobody", "garbage", "expired"):
        body = {} if route.method != "GET" else None
        assert server.request(route.method, filled(route, job_id), body, caller_sources[caller]).status == 401, caller


def test_a_denied_task_is_in_no_list_and_not_there(server: Running, caller_sources: dict[str, dict[str, str]]) -> None:
    """The guide denies ops/secret-* to staff, and the operators among them."""
    made = server.post("/api/workspaces/default/tasks/secret-thing/execute", {}, caller_sources["admin"]).json["job_id"]
    for caller in ("viewer", "runner"):
        headers = caller_sources[caller]
        assert [task["name"] for task in server.get("/api/workspaces/default/tasks", headers).json] == [
            "deploy",
            "other",
        ]
        assert made not in [job["job_id"] for job in server.get("/api/jobs", headers).json]
        assert server.get(f"/api/jobs/{made}", headers).status == 404
        assert server.get("/api/workspaces/default/tasks/secret-thing", headers).status == 404
        never = server.get("/api/workspaces/default/tasks/never-was", headers)
        there = server.get("/api/workspaces/default/tasks/secret-thing", headers)
        assert never.json["error"].replace("never-was", "secret-thing") == there.json["error"]


def test_what_a_caller_may_not_see_is_not_counted_either(
    server: Running, caller_sources: dict[str, dict[str, str]]
) -> None:
    for caller, count in (("viewer", 2), ("admin", 3)):
        (row,) = server.get("/api/workspaces", caller_sources[caller]).json
        assert row["tasks_count"] == count


def test_a_runner_runs_what_is_filed_under_ops_and_sees_the_rest(
    server: Running, caller_sources: dict[str, dict[str, str]]
) -> None:
    runner = caller_sources["runner"]
    assert server.post("/api/workspaces/default/tasks/deploy/execute", {}, runner).status == 200
    assert server.post("/api/workspaces/default/tasks/other/execute", {}, runner).status == 403
    assert server.get("/api/workspaces/default/tasks/other", runner).status == 200


def test_the_guides_examples_are_the_ones_of_the_program() -> None:
    """Every command the guide shows exists, with the options it shows."""
    import click

    from gitflow.cli.commands.root import cli

    shown = re.findall(r"^\$ gitflow ((?:user|key|audit)[^#\n]*)", GUIDE.read_text(), re.M)
    assert len(shown) >= 6
    for line in shown:
        command: click.Command = cli
        for word in line.split():
            if isinstance(command, click.Group):
                command = command.get_command(click.Context(command), word)
            elif word.startswith("-"):
                assert any(word in option.opts for option in command.params), line


def test_a_scope_table_row_stands_for_every_scope() -> None:
    from gitflow.core.identity import SCOPES

    assert set(re.findall(r"^\| `([\w:]+)` \| ", GUIDE.read_text(), re.M)) >= set(SCOPES)


def test_who_sees_some_tasks_sees_the_actions_of_those(
    server: Running, caller_sources: dict[str, dict[str, str]]
) -> None:
    path = "/api/workspaces/default/actions"
    for caller, names in (("admin", ["hold", "hush"]), ("viewer", ["hold"])):
        assert [row["name"] for row in server.get(path, caller_sources[caller]).json] == names
        assert server.get(f"{path}/hush", caller_sources[caller]).status == (200 if "hush" in names else 404)
