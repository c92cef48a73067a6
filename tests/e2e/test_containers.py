"""Steps in containers as a person runs them: by `gitflow run`, on a server, through kill -9, and from a registry."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import parts
from killable_server import TIMEOUT_S, Server, servers
from podman_part import IMAGE, Podman, needs_podman

FLOW = f"""
actions:
  greet:
    type: docker
    image: {IMAGE}
    input: {{name: {{required: true}}}}
    output: {{greeting: {{required: true}}}}
    cmd: |
      printf '%s' "Hello {{{{ input.name }}}}" > "$GITFLOW_OUTPUTS/greeting"
      echo "$PWD" > "$GITFLOW_ARTIFACTS/where"
tasks:
  greet:
    input: {{name: {{default: World}}}}
    flow:
      hello: {{action: greet, input: {{name: "{{{{ input.name }}}}"}}}}
      read:
        type: shell
        runner: docker
        image: {IMAGE}
        depends_on: [hello]
        cmd: |
          echo "{{{{ hello.output.greeting }}}} from $(cat "$GITFLOW_NEEDS/hello/where")"
      here: {{type: shell, depends_on: [hello], cmd: 'cat "$GITFLOW_NEEDS/hello/where"'}}
  hold:
    flow:
      hold: {{type: docker, image: {IMAGE}, cmd: "echo ready; sleep 600", retry: {{max_attempts: 2}}}}
"""


@needs_podman
def test_outputs_and_artifacts_pass_between_containers_and_processes(gitflow, podman: Podman):
    gitflow.write(".workflows/a.yaml", FLOW)
    value = 'O\'Neill $(id) "x"'
    done = gitflow("run", "greet", "--input", f"name={value}", "--json", env=podman.environ)
    assert done.returncode == 0, done.stderr
    assert {step["status"] for step in json.loads(done.stdout)["steps"]} == {"completed"}
    assert f"read | Hello {value} from /gitflow/work\n" in done.stderr
    assert "here | /gitflow/work\n" in done.stderr
    assert podman.containers() == []


@needs_podman
def test_a_killed_run_leaves_its_container_to_the_next_command(gitflow, podman: Podman):
    gitflow.write(".workflows/a.yaml", FLOW)
    run = gitflow.start("run", "hold", env=podman.environ)
    for line in run.stdout:
        if "ready" in line:
            break
    [name] = podman.containers()
    assert name.startswith("gitflow-")
    assert name.endswith("-hold-1")
    run.send_signal(signal.SIGKILL)
    run.communicate()
    assert podman.containers() == [name]
    listed = gitflow("jobs", "-o", "json", env=podman.environ)
    [job] = json.loads(listed.stdout)
    assert job["status"] == "failed"
    assert podman.containers() == []
    assert os.listdir(gitflow.state / "containers") == []


@needs_podman
def test_an_interrupt_ends_the_container(gitflow, podman: Podman):
    gitflow.write(".workflows/a.yaml", FLOW)
    run = gitflow.start("run", "hold", env=podman.environ)
    for line in run.stdout:
        if "ready" in line:
            break
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=TIMEOUT_S)
    assert run.returncode == 130
    assert podman.containers() == []


def test_a_run_on_a_machine_without_podman_and_docker_is_refused_before_it_starts(gitflow, tmp_path: Path):
    gitflow.write(".workflows/a.yaml", FLOW)
    assert gitflow("validate").returncode == 0
    done = gitflow("run", "greet", env={"PATH": str(tmp_path)})
    assert done.returncode == 1
    assert done.stderr == (
        "gitflow: step 'hello' runs in a container, but this machine runs no containers: neither podman nor docker is "
        "in PATH; install one, on Debian or Ubuntu with: sudo apt-get install podman\n"
    )
    assert gitflow.jobs() == []


@pytest.fixture
def start(tmp_path: Path, podman: Podman) -> Iterator[Callable[[], Server]]:
    with servers(tmp_path, FLOW, signal.SIGTERM) as begin:
        yield begin


def execute(server: Server, task: str) -> str:
    status, answer = server.call(f"/api/workspaces/w/tasks/{task}/execute", {"input": {}})
    assert status < 300, answer
    return answer["job_id"]


def is_ready(server: Server, job_id: str, times: int) -> bool:
    with urllib.request.urlopen(f"{server.address}/api/jobs/{job_id}/logs") as answer:
        return answer.read().decode().count("ready") == times


@needs_podman
def test_the_next_server_removes_the_container_and_tries_the_step_again(start, podman: Podman):
    first = start()
    job_id = execute(first, "hold")
    first.until(lambda: is_ready(first, job_id, 1))
    [name] = podman.containers()
    first.kill()
    assert podman.containers() == [name]
    second = start()
    second.until(lambda: is_ready(second, job_id, 2))
    assert podman.containers() == [name.removesuffix("-1") + "-2"]
    assert second.call(f"/api/jobs/{job_id}/cancel", {})[0] < 300
    second.until(lambda: second.call(f"/api/jobs/{job_id}")[1]["status"] == "cancelled")
    assert podman.containers() == []


@pytest.fixture
def registry(tmp_path: Path, podman: Podman, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a registry on this machine, which has the tests' image as ``app:1``."""
    config = tmp_path / "registry.yaml"
    config.write_text(
        f"version: 0.1\nlog: {{level: info}}\nhttp: {{addr: 127.0.0.1:0}}\n"
        f"storage: {{filesystem: {{rootdirectory: {tmp_path / 'registry'}}}}}\n"
    )
    program = parts.find_program("docker-registry")
    process = subprocess.Popen([program, "serve", str(config)], stderr=subprocess.PIPE, text=True)
    try:
        address = next(_address_in(line) for line in process.stderr if "listening on" in line)
        registries = tmp_path / "registries.conf"
        registries.write_text(f'[[registry]]\nlocation = "{address}"\ninsecure = true\n')
        monkeypatch.setenv("CONTAINERS_REGISTRIES_CONF", str(registries))
        podman.run("push", IMAGE, f"{address}/app:1")
        yield address
    finally:
        process.terminate()
        process.communicate(timeout=TIMEOUT_S)


def _address_in(line: str) -> str:
    return line.partition("listening on ")[2].split('"')[0].split(",")[0].split()[0]


@pytest.mark.containers("docker-registry")
@needs_podman
def test_an_image_is_pulled_when_it_is_missing_and_always_if_wanted(gitflow, podman: Podman, registry: str):
    gitflow.write(
        ".workflows/a.yaml",
        f"tasks:\n  pull:\n    input: {{pull: {{default: missing}}}}\n    flow:\n      a:\n        type: docker\n"
        f"        image: {registry}/app:1\n        cmd: echo ran\n      b:\n        type: docker\n"
        f"        image: {registry}/app:1\n        cmd: echo again\n        pull: always\n        depends_on: [a]\n",
    )
    environ = {**podman.environ, "CONTAINERS_REGISTRIES_CONF": os.environ["CONTAINERS_REGISTRIES_CONF"]}
    done = gitflow("run", "pull", env=environ)
    assert done.returncode == 0, done.stderr
    printed = done.stdout + done.stderr
    assert "| ran" in printed
    assert "| again" in printed
    assert printed.count("Trying to pull") == 2
    podman.run("rmi", f"{registry}/app:1")
