"""The words that ``create`` gets on machines that the tests do not have: with SELinux, and with docker's service but
without root."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench import Bench

from gitflow.core.language.definition import Action
from gitflow.runners.container_settings import ContainerSettings
from gitflow.runners.containers.client import Client
from gitflow.runners.containers.options import options_of

PODMAN = Client("/usr/bin/podman", is_podman=True, has_init=True, is_privileged=False)
DOCKER = Client("/usr/bin/docker", is_podman=False, has_init=True, is_privileged=False)
DOCKER_AS_ROOT = Client("/usr/bin/docker", is_podman=False, has_init=True, is_privileged=True)
US = f"{os.getuid()}:{os.getgid()}"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.runner.close()


def words(bench: Bench, client: Client, **fields: object) -> list[str]:
    context = bench.context(None, action=Action("docker"), fields={"image": "i", **fields})
    return options_of(context, ContainerSettings(str(bench.folder)), client, "/gitflow/work", {})


def value_of(found: list[str], option: str) -> str | None:
    return found[found.index(option) + 1] if option in found else None


@pytest.mark.parametrize(
    ("client", "fields", "user"),
    [
        (DOCKER, {}, US),
        (DOCKER, {"user": "7:8"}, "7:8"),
        (DOCKER_AS_ROOT, {}, None),
        (PODMAN, {}, None),
        (PODMAN, {"user": "7"}, "7"),
    ],
    ids=["docker", "docker with a user", "docker as root", "podman", "podman with a user"],
)
def test_what_a_container_of_dockers_service_writes_is_of_the_user_of_the_worker(
    bench: Bench, client: Client, fields: dict[str, object], user: str | None
):
    assert value_of(words(bench, client, **fields), "--user") == user


@pytest.mark.parametrize("client", [PODMAN, DOCKER], ids=["podman", "docker"])
def test_with_selinux_a_container_can_use_its_folders_and_nothing_is_relabelled(
    bench: Bench, client: Client, monkeypatch: pytest.MonkeyPatch
):
    """``:z`` would change the labels of files for good, also those of a user's own folders."""
    exists = os.path.exists
    monkeypatch.setattr(os.path, "exists", lambda path: path == "/sys/fs/selinux/enforce" or exists(path))
    found = words(bench, client, mounts=[{"source": str(bench.folder), "target": "/data"}])
    assert value_of(found, "--security-opt") == "label=disable"
    assert [word for word in found if word.endswith((":z", ":Z")) or "relabel" in word] == []


def test_without_selinux_labels_are_not_mentioned(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    exists = os.path.exists
    monkeypatch.setattr(os.path, "exists", lambda path: path != "/sys/fs/selinux/enforce" and exists(path))
    assert "--security-opt" not in words(bench, PODMAN)
