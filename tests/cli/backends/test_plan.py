"""``gitflow plan --server``: the files at hand against what a real server has in force, and what goes on there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from running import Running

from committing import commit, git, init

TEXT = """\
tasks:
  waits: {flow: {ask: {type: approval, message: go?}}}
  hello: {flow: {say: {type: shell, cmd: "echo %s"}}}
triggers:
  often: {type: scheduler, cron: "*/20 * * * *", task: hello}
  never: {type: scheduler, cron: "0 0 29 2 *", task: hello}
"""


@pytest.fixture
def repository(tmp_path) -> Path:
    folder = init(tmp_path / "repository")
    commit(folder, TEXT % 1)
    return folder


@pytest.fixture
def server(tmp_path, repository):
    workspaces = {"w": {"type": "git", "url": f"file://{repository}", "poll_interval_secs": 3600}}
    running = Running(tmp_path / "server", "", {"workspaces": workspaces}, {}).start()
    running.refresh("w")
    yield running
    running.stop()


@pytest.fixture
def plan(repository, tmp_path):
    def run(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "GITFLOW_CACHE": str(tmp_path / "cache"), **environ}
        command = [sys.executable, "-m", "gitflow.cli.main", "plan", *words]
        return subprocess.run(command, cwd=repository, env=env, capture_output=True, text=True, check=False)

    return run


def test_the_base_is_what_is_in_force_and_open_jobs_and_next_schedules_are_listed(server, repository, plan):
    in_force = git(repository, "rev-parse", "HEAD")
    job = server.post("/api/workspaces/w/tasks/waits/execute", {}).json["job_id"]
    commit(repository, TEXT % 2)
    (repository / ".workflows/a.yaml").write_text(TEXT % 3)
    done = plan("--server", server.url, "--format", "json")
    assert done.stderr == ""
    found = json.loads(done.stdout)
    schema = json.loads((Path(__file__).parents[3] / "schemas" / "plan.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(found)
    assert found["base"]["revision"] == in_force
    [detail] = found["changes"][0]["details"]
    assert (detail["before"], detail["after"]) == ("echo 1", "echo 3")
    assert [(each["job_id"], each["task"], each["revision"]) for each in found["server"]["open_jobs"]] == [
        (job, "waits", in_force)
    ]
    assert [each["trigger"] for each in found["server"]["schedules"]] == ["often"]
    text = plan("--server", GITFLOW_SERVER=server.url).stdout
    assert f"job {job} of task waits is" in text
    assert "schedule often starts task hello at" in text


def test_the_head_is_the_one_revision_that_may_be_named(server, repository, plan):
    head = commit(repository, TEXT % 2)
    done = plan(f"--server={server.url}", head, "--format", "json")
    assert json.loads(done.stdout)["head"]["commit"]["sha"] == head
    refused = plan(f"--server={server.url}", "main", head)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "give HEAD alone" in refused.stderr


def test_a_workspace_that_is_not_served_is_named(server, plan):
    done = plan(f"--server={server.url}", "--server-workspace", "v")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no workspace named 'v'" in done.stderr


def test_without_a_server_that_is_said(plan):
    done = plan("--server", GITFLOW_SERVER="")
    assert (done.returncode, done.stdout) == (2, "")
    assert "needs a server" in done.stderr
