"""Which program runs containers, and what is said where there is none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from bench import Bench

from gitflow.actions.registry import prepare
from gitflow.core.language.definition import Action
from gitflow.runners.container_settings import ContainerSettings
from gitflow.runners.containers.client import NoClient, environment, find_client
from gitflow.runners.runner import Runner

ADVICE = "install one, on Debian or Ubuntu with: sudo apt-get install podman"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of programs."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def add(folder: Path, name: str) -> str:
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_podman_comes_before_docker_and_a_setting_before_both(programs: Path) -> None:
    docker = add(programs, "docker")
    found = find_client(ContainerSettings(""))
    assert (found.program, found.is_podman) == (docker, False)
    podman = add(programs, "podman")
    found = find_client(ContainerSettings(""))
    assert (found.program, found.is_podman) == (podman, True)
    assert find_client(ContainerSettings("", "docker")).program == docker


def test_a_machine_without_both_says_what_to_do(programs: Path) -> None:
    with pytest.raises(NoClient, match=f"this machine runs no containers: neither .* is in PATH; {ADVICE}"):
        find_client(ContainerSettings(""))
    add(programs, "podman")
    with pytest.raises(NoClient, match=r"`worker\.container\.command` names .nerdctl., which is not in PATH"):
        find_client(ContainerSettings("", "nerdctl"))


@pytest.mark.parametrize("type", ["docker", "shell"])
def test_there_an_attempt_is_refused_before_anything_is_prepared(bench: Bench, programs: Path, type: str) -> None:
    bench.runner.close()
    bench.runner = Runner(prepare, bench.chunks.append, lambda: 0.0, lambda: ContainerSettings(str(bench.folder)))
    context = bench.context("true", action=Action(type), fields={"image": "x", "runner": "docker"})
    bench.runner.start(context)
    assert ADVICE in (bench.outcome().error or "")
    assert os.listdir(context.scratch) == []


def test_gitflows_own_variables_do_not_reach_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITFLOW_TOKEN", "secret")
    monkeypatch.setenv("CONTAINERS_CONF", "/etc/own.conf")
    given = environment({"GITFLOW_STEP": "build"})
    assert "GITFLOW_TOKEN" not in given
    assert (given["CONTAINERS_CONF"], given["GITFLOW_STEP"]) == ("/etc/own.conf", "build")
