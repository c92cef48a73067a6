"""``gitflow server`` in a folder without a server-config.yaml serves the workspace of that folder."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

HELLO = 'tasks:\n  hello:\n    flow:\n      say: {type: shell, cmd: "echo hello"}\n'


def get(url: str | urllib.request.Request):
    return json.loads(urllib.request.urlopen(url, timeout=20).read())


def address_of(process) -> str:
    line = process.stdout.readline()
    assert line.startswith("gitflow server listening on http://127.0.0.1:"), process.communicate()
    return line.split()[-1]


@pytest.mark.parametrize("below", [".", "scripts/deep"])
def test_a_server_without_a_configuration_serves_the_workspace_of_its_folder(gitflow, below: str):
    gitflow.write(".workflows/a.yaml", HELLO)
    gitflow.write(f"{below}/notes.txt", "")
    gitflow.folder = gitflow.folder / below
    base = address_of(gitflow.start("server", "--listen", "127.0.0.1:0"))
    assert [each["name"] for each in get(f"{base}/api/workspaces")] == ["default"]
    assert get(f"{base}/api/config")["auth_required"] is False


def test_it_says_that_it_listens_once_its_tasks_can_be_run(gitflow):
    for number in range(600):  # takes longer to read than a server to listen
        gitflow.write(f".workflows/{number}.yaml", HELLO.replace("hello:", f"hello-{number}:"))
    base = address_of(gitflow.start("server", "--listen", "127.0.0.1:0"))
    assert get(f"{base}/readyz")["status"] == "ok"
    execute = urllib.request.Request(f"{base}/api/workspaces/default/tasks/hello-7/execute", b"{}")
    execute.add_header("Content-Type", "application/json")
    assert get(execute)["job_id"]


def test_it_listens_to_this_machine_only(gitflow):
    gitflow.write(".workflows/a.yaml", HELLO)
    done = gitflow("server", "--listen", "0.0.0.0:0")
    assert done.returncode == 2
    assert "can be reached by others" in done.stderr


def test_a_folder_without_a_workspace_is_refused_with_what_to_do(gitflow, tmp_path: Path):
    gitflow.folder = tmp_path / "empty"
    gitflow.folder.mkdir()
    done = gitflow("server", "--listen", "127.0.0.1:0")
    assert done.returncode == 2
    assert "neither a server-config.yaml nor a workspace" in done.stderr
    assert "gitflow init" in done.stderr
