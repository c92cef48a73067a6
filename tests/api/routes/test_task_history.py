"""The history of a task over HTTP: versions by the page, the difference of two revisions, and who sees what."""

from __future__ import annotations

import re
import subprocess
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from running import Running

PASSWORD = "correct horse battery"
TEXT = """\
tasks:
  hello:
    input: {site: {type: web, default: prod}}
    flow: {say: {type: shell, cmd: "echo %s"}, more: {type: task, task: hidden, depends_on: [say]}}
  hidden: {flow: {one: {type: shell, cmd: "true"}}}
connection_types: {web: {host: {type: string, required: true}}}
connections: {prod: {type: web, host: a.example}}
"""
OTHER = "tasks: {other: {flow: {say: {type: shell, cmd: 'true'}}}}\n"
PART = {"workspace": "w", "action": "view", "tasks": ["hello"], "users": ["part@example.com"]}
AUTH = {
    "auth": {
        "jwt_secret": "s" * 40,
        "providers": {"internal": {"provider_type": "internal"}},
        "initial_user": {"email": "root@example.com", "password": PASSWORD},
    },
    "permissions": [PART],
}
VERSIONS, DIFF = "/api/workspaces/w/tasks/hello/versions", "/api/workspaces/w/tasks/hello/diff"


def git(folder: Path, *command: str) -> str:
    words = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *command]
    return subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


class History:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        git(folder, "init", "-q", "-b", "main")

    def commit(self, text: str, message: str, name: str = ".workflows/a.yaml") -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-q", "--allow-empty", "-m", message)
        return git(self.folder, "rev-parse", "HEAD")

    def git(self, *command: str) -> str:
        return git(self.folder, *command)


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "repository")


@pytest.fixture
def start(tmp_path: Path, history: History) -> Any:
    started: list[Running] = []

    def now(**settings: Any) -> Running:
        workspaces = {"w": {"type": "git", "url": f"file://{history.folder}", "poll_interval_secs": 3600}}
        started.append(Running(tmp_path / "server", "", {"workspaces": workspaces, **settings}, {}).start())
        started[-1].refresh("w")
        return started[-1]

    yield now
    for running in started:
        running.stop()


def pages(server: Running, limit: int) -> list[list[dict[str, Any]]]:
    found, path = [], f"{VERSIONS}?limit={limit}"
    while path:
        reply = server.get(path)
        assert reply.status == 200, reply
        found.append(reply.json)
        link = re.match(r'<([^>]+)>; rel="next"', reply.headers.get("Link", ""))
        path = link[1] if link else ""
    return found


def subjects(rows: list[dict[str, Any]]) -> list[str]:
    return [row["commit"]["subject"] for row in rows]


def signed_in(server: Running, email: str) -> dict[str, str]:
    token = server.post("/api/auth/login", {"email": email, "password": PASSWORD}).json["access_token"]
    return {"Authorization": f"Bearer {token}"}


def in_part(server: Running) -> dict[str, str]:
    """Somebody who sees the task hello alone."""
    made = server.post(
        "/api/users", {"email": "part@example.com", "password": PASSWORD}, signed_in(server, "root@example.com")
    )
    assert made.status == 201, made
    return signed_in(server, "part@example.com")


def test_versions_are_commits_that_changed_what_the_task_does_with_what_they_changed(start, history):
    first = history.commit(TEXT % 1, "first\n\nwith a body")
    history.commit(TEXT % 1 + "# a comment\n", "a comment")
    history.commit(OTHER, "another task", ".workflows/b.yaml")
    second = history.commit(TEXT % 2, "say more")
    third = history.commit((TEXT % 2).replace("a.example", "b.example"), "another host")
    rows = start().get(VERSIONS).json
    assert [row["revision"] for row in rows] == [third, second, first]
    assert subjects(rows) == ["another host", "say more", "first"]
    assert [(each["kind"], each["name"], each["change"]) for each in rows[1]["changes"]] == [
        ("task", "hello", "changed")
    ]
    assert rows[1]["summary"] == {"added": 0, "removed": 0, "changed": 1, "breaking": 0}
    assert [each["kind"] for each in rows[0]["changes"]] == ["connection"]
    assert rows[2]["summary"]["added"] >= 2
    assert rows[2]["message"].rstrip() == "first\n\nwith a body"
    assert all(row["loads"] for row in rows)


def test_the_pages_together_are_the_whole_history_also_of_branches_that_were_merged(start, history):
    history.commit(TEXT % 1, "first")
    history.git("checkout", "-q", "-b", "side")
    history.commit("tasks: {later: {flow: {a: {type: shell, cmd: ls}}}}\n", "side 1", ".workflows/side.yaml")
    for number in (2, 3):
        history.commit((TEXT % 1).replace('cmd: "true"', f"cmd: 'echo {number}'"), f"side {number}")
    history.git("checkout", "-q", "main")
    for number in (2, 3):
        history.commit((TEXT % 1).replace("a.example", f"{number}.example"), f"main {number}")
    history.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    history.commit(TEXT % 9, "last")
    server = start()
    whole = pages(server, 100)
    assert len(whole) == 1
    assert sorted(subjects(whole[0])) == ["first", "last", "main 2", "main 3", "merge", "side 2", "side 3"]
    for limit in (1, 2, 3):
        found = pages(server, limit)
        assert len(found) > 2
        assert sorted(subjects(list(chain(*found)))) == sorted(subjects(whole[0])), limit


def test_a_task_that_came_from_another_file_is_followed_there(start, history):
    history.commit(TEXT % 1, "first", ".workflows/old.yaml")
    history.git("mv", ".workflows/old.yaml", ".workflows/new.yaml")
    history.git("commit", "-q", "-m", "moved")
    history.commit(TEXT % 2, "second", ".workflows/new.yaml")
    server = start()
    assert subjects(list(chain(*pages(server, 1)))) == ["second", "first"]


def test_a_commit_at_which_the_task_cannot_run_says_so(start, history):
    history.commit(TEXT % 1, "first")
    history.commit("tasks: [\n", "broken")
    history.commit(TEXT % 2, "mended")
    rows = start().get(VERSIONS).json
    assert [(row["commit"]["subject"], row["loads"]) for row in rows] == [
        ("mended", True),
        ("broken", False),
        ("first", True),
    ]


def test_a_cursor_leads_nowhere_but_into_the_history_of_the_active_revision(start, history):
    first = history.commit(TEXT % 1, "first")
    history.git("checkout", "-q", "-b", "secret")
    foreign = history.commit(TEXT % 2, "not merged")
    history.git("checkout", "-q", "main")
    history.commit(TEXT % 3, "third")
    server = start()
    assert subjects(server.get(f"{VERSIONS}?before={first}").json) == ["first"]
    for before in (foreign, f"{first},{foreign}", "f" * 40, "main", "--all", ",".join([first] * 21), ""):
        assert server.get(f"{VERSIONS}?before={before}").status == 400, before
    for limit in ("0", "101", "x"):
        assert server.get(f"{VERSIONS}?limit={limit}").status == 400, limit
    assert server.get("/api/workspaces/w/tasks/nothing/versions").status == 404


def test_who_sees_the_task_alone_sees_nothing_of_what_else_it_uses(start, history):
    history.commit(TEXT % 1, "first")
    history.commit((TEXT % 1).replace("a.example", "b.example").replace('cmd: "true"', "cmd: ls"), "around it")
    history.commit(TEXT % 2, "hello itself")
    server = start(**AUTH)
    part = in_part(server)
    rows = server.get(VERSIONS, part).json
    assert subjects(rows) == ["hello itself", "around it", "first"]
    assert [{each["name"] for each in row["changes"]} for row in rows] == [{"hello"}, set(), {"hello"}]
    assert "hidden" not in {each["name"] for row in rows for each in row["changes"]}
    assert server.get("/api/workspaces/w/tasks/hidden/versions", part).status == 404
    assert server.get("/api/workspaces/w/tasks/hidden/diff", part).status == 404


def named(reply: Any) -> set[str]:
    assert reply.status == 200, reply
    return {f"{each['kind']} {each['name']}" for each in reply.json["changes"]}


def test_a_difference_is_the_plan_of_one_task(start, history):
    first = history.commit(TEXT % 1, "first")
    history.commit(OTHER, "another task", ".workflows/b.yaml")
    second = history.commit((TEXT % 2).replace("a.example", "b.example"), "second")
    server = start()
    found = server.get(f"{DIFF}?from={first}&to=main")
    assert named(found) == {"task hello", "connection prod"}
    assert (found.json["base"]["commit"]["sha"], found.json["head"]["commit"]["sha"]) == (first, second)
    assert found.json["summary"]["changed"] == 2
    assert named(server.get(DIFF)) == set()
    assert named(server.get(f"/api/workspaces/w/tasks/other/diff?from={first}")) == {"task other"}
    assert server.get(f"/api/workspaces/w/tasks/nothing/diff?from={first}").status == 404
    assert server.get(f"{DIFF}?from=no-such-branch").status == 404
    broken = history.commit("tasks: {hello: {flow: {say: {action: nobody-knows}}}}\n", "broken")
    server.refresh("w")
    refused = server.get(DIFF)
    assert refused.json["head"]["commit"]["sha"] == broken
    assert "unknown-action" in {problem["rule"] for problem in refused.json["problems"]}


def test_a_difference_obeys_the_rule_of_revisions_and_shows_a_part_of_the_workspace_to_who_sees_a_part(start, history):
    first = history.commit(TEXT % 1, "first")
    second = history.commit((TEXT % 2).replace("a.example", "b.example"), "second")
    server = start(**AUTH)
    part, root = in_part(server), signed_in(server, "root@example.com")
    assert server.get(f"{DIFF}?from={first}", part).status == 403
    assert named(server.get(f"{DIFF}?from={first}", root)) == {"task hello", "connection prod"}
    history.commit("tasks: {hello: {flow: {say: {action: nobody-knows}}}}\n", "broken")
    server.refresh("w")
    assert server.get(DIFF, part).json["head"]["revision"] == second
    history.commit((TEXT % 3).replace("a.example", "c.example"), "third")
    server.refresh("w")
    shown = server.get(f"{DIFF}?from={second}", part)
    assert shown.status == 403
