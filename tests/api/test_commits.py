"""Wherever a job or a workspace is shown, so is the commit that it is of."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from running import Running

TEXT = """
tasks: {hello: {flow: {say: {type: shell, cmd: 'true'}}}}
triggers: {nightly: {type: scheduler, cron: "0 0 * * *", task: hello}}
"""


def git(folder: Path, *command: str) -> str:
    words = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *command]
    return subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    (folder / ".workflows").mkdir(parents=True)
    (folder / ".workflows/a.yaml").write_text(TEXT)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", 'Say "hello"\n\nas we do')
    return folder


@pytest.fixture
def server(tmp_path: Path, repository: Path) -> Any:
    shop = {"type": "git", "url": f"file://{repository}", "poll_interval_secs": 3600}
    plain = {"type": "folder", "path": str(tmp_path / "plain")}
    (tmp_path / "plain/.workflows").mkdir(parents=True)
    (tmp_path / "plain/.workflows/a.yaml").write_text(TEXT)
    running = Running(tmp_path / "server", "", {"workspaces": {"shop": shop, "plain": plain}}, {}).start()
    running.refresh("shop")
    running.refresh("plain")
    yield running
    running.stop()


def run(server: Running, workspace: str) -> str:
    id = server.post(f"/api/workspaces/{workspace}/tasks/hello/execute", {}).json["job_id"]
    server.finished(id)
    return id


def _without_signs(data: dict[str, Any]) -> dict[str, Any]:
    return {name.removeprefix("$"): value for name, value in data.items()}


def _first_line(server: Running, id: str) -> dict[str, Any]:
    """The values in the first line of the job's ``_server`` log."""
    logs = server.get(f"/api/jobs/{id}/steps/_server/logs").json["logs"]
    line = json.loads(logs.splitlines()[0])["line"]
    assert line.startswith("job.created: {")
    return json.JSONDecoder().raw_decode(line.removeprefix("job.created: "))[0]


def shown(server: Running, workspace: str, id: str) -> dict[str, Any]:
    """The job in each API that has room for its commit."""
    v4 = f"/client/v4/accounts/{workspace}/workflows/hello/instances"
    return {
        "job": server.get(f"/api/jobs/{id}").json,
        "jobs": server.get(f"/api/jobs?workspace={workspace}").json[0],
        "instance": server.get(f"{v4}/{id}").json["result"],
        "instances": server.get(v4).json["result"][0],
        "run": server.get(f"/v1/workflow-runs/{id}").json,
        "data": _without_signs(server.get(f"/v2/jobs/{id}").json["context"]["data"]),
        "history": server.get(f"/api/jobs/{id}/events").json[0]["details"],
        "server log": _first_line(server, id),
    }


def test_a_job_has_its_revision_and_its_commit_in_every_api_that_has_room_for_it(server, repository):
    sha = git(repository, "rev-parse", "HEAD")
    found = shown(server, "shop", run(server, "shop"))
    assert {name: one["revision"] for name, one in found.items()} == dict.fromkeys(found, sha)
    commit = found["job"]["commit"]
    assert (commit["sha"], commit["subject"]) == (sha, 'Say "hello"')
    assert commit["author"] == git(repository, "log", "-1", "--format=%an <%ae>")
    assert {name: one["commit"] for name, one in found.items()} == dict.fromkeys(found, commit)


def test_a_job_of_no_commit_says_so(server):
    found = shown(server, "plain", run(server, "plain"))
    assert {one["revision"] for one in found.values()} == {found["job"]["revision"]}
    assert "commit" not in found.pop("run")
    assert all(one["commit"] is None for one in found.values())


def test_the_message_of_a_fire_has_the_commit_of_its_job_until_that_is_deleted(server, repository):
    id = server.post("/api/workspaces/shop/triggers/nightly/fire", {}).json["job_id"]
    server.finished(id)
    [agent] = [one for one in server.get("/api/v1/agents").json if one["name"] == "nightly" and one["messages_count"]]
    [message] = server.get(f"/api/v1/agents/{agent['id']}/messages").json
    payload = server.get(f"/api/v1/messages/{message['id']}").json["payload"]
    assert payload["job_id"] == id
    assert payload["revision"] == payload["commit"]["sha"] == git(repository, "rev-parse", "HEAD")
    assert server.request("DELETE", f"/api/jobs/{id}").status in (200, 204)
    payload = server.get(f"/api/v1/messages/{message['id']}").json["payload"]
    assert (payload["revision"], payload["commit"]) == (None, None)


def test_metrics_name_the_active_revision_and_its_commit(server, repository):
    sha = git(repository, "rev-parse", "HEAD")
    lines = server.get("/metrics").body.decode().splitlines()
    [shop, plain] = sorted((x for x in lines if x.startswith("gitflow_workspace_revision_info{")), reverse=True)
    assert f'workspace="shop",revision="{sha}",sha="{sha}",subject="Say \\"hello\\""' in shop
    assert shop.endswith("} 1")
    assert "sha=" not in plain
