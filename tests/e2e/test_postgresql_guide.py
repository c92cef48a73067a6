"""The guide to PostgreSQL is followed from nothing to a running job, and from SQLite to PostgreSQL."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from killable_server import TIMEOUT_S, Server
from postgres_part import find_programs

pytestmark = pytest.mark.postgres

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "postgresql.md"
FLOW = "tasks:\n  hello-world:\n    flow:\n      greet: {type: shell, cmd: 'echo Hello'}\n"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(), re.S)


@pytest.fixture
def follow(tmp_path, cluster):
    """Runs commands of the guide in a folder with a workspace; PostgreSQL is the tests'."""
    (tmp_path / "workflows" / ".workflows").mkdir(parents=True)
    (tmp_path / "workflows" / ".workflows" / "a.yaml").write_text(FLOW)
    address = urlsplit(cluster.url())
    path = f"{Path(sys.executable).parent}:{find_programs()}:{os.environ['PATH']}"
    environ = {
        **os.environ, "PATH": path, "PGHOST": "127.0.0.1", "PGPORT": str(address.port), "PGUSER": address.username,
        "GITFLOW_CACHE": str(tmp_path / "cache"), "GITFLOW_STATE": "",
    }  # fmt: skip

    def run(command: str) -> str:
        text = command.replace("db.example.com", f"127.0.0.1:{address.port}")
        done = subprocess.run(
            ["bash", "-ec", text], cwd=tmp_path, env=environ, text=True, capture_output=True, timeout=TIMEOUT_S
        )
        assert done.returncode == 0, (text, done.stderr)
        return done.stdout

    yield run
    cluster.run("DROP DATABASE IF EXISTS gitflow WITH (FORCE)")


def serve(folder: Path) -> str:
    """A job that the server has run; the server is stopped afterwards."""
    server = Server(folder)
    try:
        _, made = server.call("/api/workspaces/main/tasks/hello-world/execute", {})
        assert "job_id" in made, made
        job = server.until(lambda: ended(server, made["job_id"]))
        assert job["status"] == "completed"
        return made["job_id"]
    finally:
        server.process.send_signal(signal.SIGTERM)
        server.process.communicate(timeout=TIMEOUT_S)


def ended(server: Server, job_id: str) -> dict | None:
    job = server.call(f"/api/jobs/{job_id}")[1]
    return job if job["completed_at"] else None


def test_the_commands_and_the_settings_of_the_guide_lead_to_a_job_and_move_one(tmp_path, follow, cluster):
    install, create, key, serving, copying = blocks("sh")
    [settings] = blocks("yaml")
    assert install.strip() == "pip install 'gitflow-runner[postgres]'"  # tests of the packages install them
    assert serving.strip() == "gitflow server"

    # from SQLite: a server as it is without these settings
    (tmp_path / "server-config.yaml").write_text(
        "listen: 127.0.0.1:0\nstate_dir: state\nworkspaces: {main: {type: folder, path: workflows}}\n"
    )
    before = serve(tmp_path)

    # the tests' user of PostgreSQL has the name of the guide's already
    follow(create.replace("createuser gitflow\n", ""))
    assert "the same on both sides" in follow(copying)
    follow(key)
    text = settings.replace("db.example.com", f"127.0.0.1:{cluster.port}")
    (tmp_path / "server-config.yaml").write_text(f"listen: 127.0.0.1:0\n{text}")
    after = serve(tmp_path)
    found = cluster.run("SELECT id, status FROM job ORDER BY position", "gitflow")
    assert found == [(before, "completed"), (after, "completed")]
