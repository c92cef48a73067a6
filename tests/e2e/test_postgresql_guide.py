"""The guide to PostgreSQL is followed from nothing to a running job, and from SQLite to PostgreSQL."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gitflow.config import read_config
from killable_server import TIMEOUT_S, Server
from postgres_part import find_programs

pytestmark = pytest.mark.postgres

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "postgresql.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(), re.S)


@pytest.fixture
def follow(tmp_path, cluster):
    """Runs commands of the guide in a folder with a workspace; PostgreSQL is the tests'."""
    (tmp_path / "workflows" / ".workflows").mkdir(parents=True)
    (tmp_path / "workflows" / ".workflows" / "hello.yaml").write_text(blocks("yaml")[1])
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


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    server = Server(folder)
    try:
        yield server
    finally:
        server.process.send_signal(signal.SIGTERM)
        server.process.communicate(timeout=TIMEOUT_S)


def test_the_commands_and_the_settings_of_the_guide_lead_to_a_job_and_move_one(tmp_path, follow, cluster):
    install, create, key, serve, job, copying = blocks("sh")
    settings, _workflow, of_several, *_ = blocks("yaml")
    assert install.strip() == "pip install 'gitflow-runner[postgres]'"  # tests of the packages install them
    assert serve.strip() == "gitflow server &"

    def run_a_job(server: Server) -> None:
        assert "greet | Hello" in follow(job.replace("http://127.0.0.1:8080", server.address))

    (tmp_path / "several.yaml").write_text(settings + of_several)
    assert read_config(str(tmp_path / "several.yaml"), {}).cluster.url == "http://gitflow-1.internal:8080"

    # from SQLite: a server as it is without these settings
    (tmp_path / "server-config.yaml").write_text(
        "listen: 127.0.0.1:0\nstate_dir: state\nworkspaces: {main: {type: folder, path: workflows}}\n"
    )
    with serving(tmp_path) as server:
        run_a_job(server)

    # the tests' user of PostgreSQL has the name of the guide's already
    follow(create.replace("createuser --pwprompt gitflow\n", ""))
    assert "the same on both sides" in follow(copying)
    follow(key)
    text = settings.replace("db.example.com", f"127.0.0.1:{cluster.port}")
    (tmp_path / "server-config.yaml").write_text(f"listen: 127.0.0.1:0\n{text}")
    with serving(tmp_path) as server:
        run_a_job(server)
        jobs = [(job["job_id"], job["status"]) for job in reversed(server.call("/api/jobs")[1])]
    assert [status for _, status in jobs] == ["completed", "completed"]
    assert cluster.run("SELECT id, status FROM job ORDER BY position", "gitflow") == jobs
