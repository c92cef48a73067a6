"""The guide to containers is followed from nothing to a job, by `gitflow run` and on a server.

There are no registries here: images that were made on this machine have the names of the guide.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from killable_server import TIMEOUT_S, Server, servers
from podman_part import Podman, needs_podman

pytestmark = needs_podman

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "containers.md"
SCRIPTS = {"scripts/build.sh": "echo built\n", "scripts/ship.sh": "echo shipped\n"}
REPORT = "2 scripts, reported by Python 3"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(), re.S)


@pytest.fixture(scope="module")
def images(podman: Podman) -> None:
    """Those that the guide names."""
    made = {"alpine": podman.image, "python": podman.import_python("localhost/gitflow-test:python")}
    names = set(re.findall(r"image: (\S+)", blocks("yaml")[0]))
    for name in names:
        [kind] = [kind for kind in made if f"/{kind}:" in name]
        podman.run("tag", made[kind], name)


def test_the_first_workflow_of_the_guide_runs(gitflow, podman: Podman, images: None):
    [command] = blocks("sh")
    gitflow.write(".workflows/check.yaml", blocks("yaml")[0])
    for name, text in SCRIPTS.items():
        gitflow.write(name, text)
    done = gitflow(*command.split()[1:], env=podman.environ)
    assert done.returncode == 0, done.stderr
    assert REPORT in done.stdout
    assert podman.containers() == []


@pytest.fixture
def start(tmp_path: Path, podman: Podman, images: None) -> Iterator[Callable[[], Server]]:
    with servers(tmp_path, blocks("yaml")[0], signal.SIGTERM) as begin:
        yield begin


def test_it_runs_on_a_server_whose_settings_are_those_of_the_guide(start: Callable[[], Server], tmp_path: Path):
    for name, text in SCRIPTS.items():
        (tmp_path / "ws" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "ws" / name).write_text(text)
    settings = yaml.safe_load(blocks("yaml")[-1])
    assert settings["worker"]["container"]["images"] == ["registry.example.com/**"]
    config = tmp_path / "server-config.yaml"
    config.write_text(config.read_text() + blocks("yaml")[-1])

    server = start()
    refused = run(server)
    assert "registry.example.com/**" in str(refused["steps"])
    server.process.send_signal(signal.SIGTERM)
    server.process.communicate(timeout=TIMEOUT_S)

    config.write_text(config.read_text().replace("registry.example.com/**", "docker.io/library/*"))
    done = run(start())
    assert done["status"] == "completed", done


def run(server: Server) -> dict:
    status, made = server.call("/api/workspaces/w/tasks/check/execute", {"input": {}})
    assert status < 300, made
    return server.until(lambda: ended(server, made["job_id"]))


def ended(server: Server, job_id: str) -> dict | None:
    job = server.call(f"/api/jobs/{job_id}")[1]
    return job if job["completed_at"] else None
