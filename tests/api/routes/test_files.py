"""Files of a workspace over HTTP: who reads which, at which revision, and in what form."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from running import Running

PASSWORD = "correct horse battery"
DEFINITIONS = """\
tasks:
  public: {flow: {run: {type: shell, script: scripts/run.sh}}}
"""
HIDDEN = "tasks: {hidden: {flow: {run: {type: shell, script: scripts/hidden.sh}}}}\n"
MIXED = """\
tasks: {also-public: {flow: {a: {type: sleep, duration: 1s}}}, also-hidden: {flow: {a: {type: sleep, duration: 1s}}}}
"""
SETTINGS: dict[str, Any] = {
    "auth": {
        "jwt_secret": "s" * 40,
        "providers": {"internal": {"provider_type": "internal"}},
        "initial_user": {"email": "root@example.com", "password": PASSWORD},
    },
    "permissions": [
        {"workspace": "default", "action": "view", "groups": ["staff"]},
        {"workspace": "default", "tasks": ["*hidden"], "action": "deny", "users": ["eve@example.com"]},
    ],
}
FILES = "/api/workspaces/default/files"


@pytest.fixture
def server(serve: Callable[..., Running]) -> Running:
    return serve(DEFINITIONS, SETTINGS)


@pytest.fixture
def callers(server: Running) -> dict[str, dict[str, str]]:
    def sign_in(email: str) -> dict[str, str]:
        reply = server.post("/api/auth/login", {"email": email, "password": PASSWORD})
        return {"Authorization": f"Bearer {reply.json['access_token']}"}

    found = {"root": sign_in("root@example.com")}
    for name in ("ann", "eve"):
        made = {"email": f"{name}@example.com", "password": PASSWORD, "groups": ["staff"]}
        assert server.post("/api/users", made, found["root"]).status == 201
        found[name] = sign_in(f"{name}@example.com")
    return found


@pytest.fixture
def filled(server: Running, callers: dict[str, dict[str, str]]) -> Running:
    server.write("echo hi\n", "scripts/run.sh")
    server.write("echo s\n", "scripts/hidden.sh")
    server.write(HIDDEN, ".workflows/hidden.yaml")
    server.write(MIXED, ".workflows/mixed.yaml")
    server.write("# read me ✓\n", "README.md")
    server.write("<script>alert(1)</script>", "page.html")
    assert server.post("/api/workspaces/default/refresh", {}, callers["root"]).status == 200
    return server


def test_a_file_is_read_as_text_with_the_name_of_its_content(filled, callers):
    reply = filled.get(f"{FILES}/README.md", callers["ann"])
    assert (reply.status, reply.body.decode()) == (200, "# read me ✓\n")
    assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"
    tag = reply.headers["ETag"]
    known = subprocess.run(
        ["git", "hash-object", "--stdin"], input=reply.body, capture_output=True, check=True
    ).stdout.decode()
    assert tag == f'"{known.strip()}"'
    assert filled.get(f"{FILES}/README.md", {**callers["ann"], "If-None-Match": tag}).status == 304
    assert reply.headers["X-Revision"] == filled.get("/api/workspaces/default", callers["ann"]).json["revision"]


def test_a_page_in_the_workspace_is_shown_as_text(filled, callers):
    reply = filled.get(f"{FILES}/page.html", callers["ann"])
    assert reply.headers["Content-Type"].startswith("text/plain")
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


def test_what_is_no_text_is_sent_as_bytes_and_what_is_too_large_is_refused(filled, callers):
    (filled.folder / "data.bin").write_bytes(b"\0\1\2")
    (filled.folder / "large.txt").write_bytes(b"x" * (3 << 20))
    filled.post("/api/workspaces/default/refresh", {}, callers["root"])
    reply = filled.get(f"{FILES}/data.bin", callers["ann"])
    assert (reply.body, reply.headers["Content-Type"]) == (b"\0\1\2", "application/octet-stream")
    large = filled.get(f"{FILES}/large.txt", callers["ann"])
    assert (large.status, large.json["error"]) == (
        413,
        "file 'large.txt' has 3145728 bytes; at most 2097152 are shown",
    )


def test_files_are_listed_in_order(filled, callers):
    found = filled.get(FILES, callers["ann"]).json
    assert [each["path"] for each in found["files"]] == [
        ".workflows/a.yaml", ".workflows/hidden.yaml", ".workflows/mixed.yaml",
        "README.md", "page.html", "scripts/hidden.sh", "scripts/run.sh",
    ]  # fmt: skip
    assert (found["truncated"], found["files"][0]["kind"]) == (False, "file")


def test_who_sees_a_part_reads_what_its_tasks_use_and_no_more(filled, callers):
    listed = [each["path"] for each in filled.get(FILES, callers["eve"]).json["files"]]
    assert listed == [".workflows/a.yaml", "scripts/run.sh"]
    for path in (".workflows/hidden.yaml", ".workflows/mixed.yaml", "scripts/hidden.sh", "README.md", "nothing"):
        reply = filled.get(f"{FILES}/{path}", callers["eve"])
        assert (reply.status, reply.json["error"]) == (404, f"there is no file named {path!r}")
    assert filled.get(f"{FILES}/scripts/run.sh", callers["eve"]).body == b"echo hi\n"
    assert filled.get(f"{FILES}/scripts/run.sh?revision=other", callers["eve"]).status == 403


@pytest.mark.parametrize(
    "path", ["../secret", "%2e%2e/secret", ".git/config", "scripts/../../secret", "", "/etc/passwd"]
)
def test_nothing_outside_of_the_workspace_is_read(filled, callers, path):
    (filled.folder.parent / "secret").write_text("s")
    assert filled.get(f"{FILES}/{path}", callers["root"]).status in (400, 404)


def test_a_link_that_leaves_the_workspace_is_not_followed(filled, callers):
    (filled.folder / "out").symlink_to("/etc/passwd")
    filled.post("/api/workspaces/default/refresh", {}, callers["root"])
    assert filled.get(f"{FILES}/out", callers["root"]).status != 200


@pytest.mark.parametrize(("query", "status"), [("rev=main", 400), ("revision=nothing", 404)])
def test_a_question_that_means_nothing_is_refused(filled, callers, query, status):
    assert filled.get(f"{FILES}/README.md?{query}", callers["root"]).status == status
    assert filled.get(f"{FILES}?{query}", callers["root"]).status == status


def test_a_definition_says_where_it_stands(filled, callers):
    task = filled.get("/api/workspaces/default/tasks/public", callers["ann"]).json
    assert (task["file"], task["line"]) == (".workflows/a.yaml", 2)
    assert (task["flow"]["run"]["file"], task["flow"]["run"]["line"]) == (".workflows/a.yaml", 2)


AUTHOR = {f"GIT_{who}_{what}": "ada@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
AT_COMMITS = "tasks: {{t: {{description: {}, flow: {{a: {{type: sleep, duration: 1s}}}}}}}}"


def git(folder: Path, *command: str) -> str:
    env = {**AUTHOR, "PATH": "/usr/bin:/bin"}
    done = subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True, text=True, env=env)
    return done.stdout.strip()


def test_a_task_and_its_files_are_read_at_a_commit(serve, tmp_path):
    repository = tmp_path / "repository"
    (repository / ".workflows").mkdir(parents=True)
    git(repository, "init", "-q", "-b", "main")
    shas = []
    for word in ("old", "new"):
        (repository / ".workflows" / "a.yaml").write_text(AT_COMMITS.format(word))
        git(repository, "add", ".")
        git(repository, "commit", "-qm", "x")
        shas.append(git(repository, "rev-parse", "HEAD"))
    link = "https://git.example.com/a/b/blob/{revision}/{path}#L{line}"
    server = serve(settings={"workspaces": {"shop": {"type": "git", "url": str(repository), "web_url": link}}})
    assert server.get("/api/workspaces/shop").json["web_url"] == link
    assert server.get("/api/workspaces/shop/tasks/t").json["description"] == "new"
    assert server.get(f"/api/workspaces/shop/tasks/t?revision={shas[0]}").json["description"] == "old"
    path = "/api/workspaces/shop/files/.workflows/a.yaml"
    assert b"new" in server.get(path).body
    assert b"old" in server.get(f"{path}?revision={shas[0]}").body
    assert server.get(f"{path}?revision={'0' * 40}").status == 404
