"""The command line of docker, with a service of its own: its words differ, what comes of an attempt does not."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from box import Containers

import parts
from gitflow.runners.base import Outcome
from podman_part import IMAGE, make_root

pytestmark = [
    pytest.mark.containers("runc", "busybox"),
    # Not a part that continuous integration must have: its machines seldom allow a service of docker.
    pytest.mark.skipif(
        not all(map(parts.find_program, ("docker", "dockerd", "containerd"))),
        reason="docker's service is not installed",
    ),
]

#: What a service needs in a restricted host.
OPTIONS = (
    "--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver=vfs",
    "--default-ulimit=nofile=1024:2048", "--exec-opt=native.cgroupdriver=cgroupfs",
)  # fmt: skip


@pytest.fixture(scope="module")
def docker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service, which has the tests' image."""
    if os.geteuid():
        parts.lack("only root can start docker's service")
    folder = tmp_path_factory.mktemp("docker")
    address = f"unix://{folder}/socket"
    places = [f"--data-root={folder}/data", f"--exec-root={folder}/exec", f"--pidfile={folder}/pid"]
    service = subprocess.Popen(["dockerd", *OPTIONS, *places, "-H", address], stderr=subprocess.PIPE, text=True)
    try:
        assert service.stderr is not None
        assert any("API listen on" in line for line in service.stderr), "the service has ended"
        make_root(folder / "rootfs")
        packed = subprocess.run(["tar", "-C", folder / "rootfs", "-c", "."], capture_output=True, check=True).stdout
        environ = {**os.environ, "DOCKER_HOST": address}
        subprocess.run(["docker", "import", "-", IMAGE], input=packed, env=environ, check=True, capture_output=True)
        yield address
        left = subprocess.run(["docker", "ps", "-aq"], env=environ, check=True, capture_output=True).stdout
        assert left == b"", "a container was left"
    finally:
        service.terminate()
        service.communicate(timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def box(tmp_path: Path, docker: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Containers]:
    monkeypatch.setenv("DOCKER_HOST", docker)
    made = Containers(tmp_path, IMAGE, "docker")
    yield made
    made.runner.stop_all(0.0)
    while made.runner.running:
        made.runner.wait(60.0)
    made.runner.close()
    assert made.records == []


def test_exit_codes_outputs_and_both_streams_are_those_of_the_container(box: Containers) -> None:
    script = 'echo out; echo err >&2; printf "$V" > "$GITFLOW_OUTPUTS/v"; exit 4'
    outcome = box.do(script, values={"V": "a\nb"}, fields={"network": "none", "init": False})
    assert outcome == Outcome(exit_code=4, output={"v": "a\nb"}, error="Exit code: 4\nStderr: err")
    assert box.log() == b"out\n"


def test_a_stop_sends_term(box: Containers) -> None:
    script = "trap 'echo tidy; exit 3' TERM; echo ready; while :; do sleep 0.1; done"
    box.begin(script, fields={"network": "none", "init": False})
    box.await_line(b"ready")
    box.runner.stop(("job", "step", 1), 60.0)
    assert box.outcome() == Outcome(exit_code=3, error="stopped", killed=True)


def test_a_missing_program_and_a_missing_image_are_told_apart(box: Containers) -> None:
    outcome = box.do(fields={"cmd": ["no-such-program"], "init": False, "network": "none"})
    assert (outcome.exit_code, outcome.error) == (127, f"the image {box.image!r} has no program 'no-such-program'")
    outcome = box.do("true", fields={"image": "localhost/gitflow-test:none", "pull": "never"}, step="other")
    assert outcome.exit_code == 125
    assert "`pull: never` says not to pull it" in (outcome.error or "")


def test_docker_without_its_service_says_so(box: Containers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{box.folder}/nowhere")
    outcome = box.do("true", fields={"pull": "never"})
    assert outcome.exit_code == 125
    assert "Cannot connect to the Docker daemon" in (outcome.error or "")
