"""Containers of dead processes are found by the lock that the kernel released, and only these."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gitflow.runners.containers.records import FOLDER, Kept, sweep
from podman_part import Podman, needs_podman


@pytest.fixture
def token() -> str:
    return os.urandom(12).hex()


@needs_podman
def test_what_a_dead_process_left_is_removed_by_its_label(tmp_path: Path, podman: Podman, token: str) -> None:
    dead, alive = Kept(str(tmp_path), token, "podman"), Kept(str(tmp_path), "alive", "podman")
    dead.keep()
    alive.keep()
    for mark in (token, "alive"):
        podman.run("create", "--name", f"of-{mark}", "--label", f"gitflow.run={mark}", podman.image, "sleep", "600")
    podman.run("start", f"of-{token}")
    dead.release()  # as the kernel does
    assert sweep(str(tmp_path)) == 1
    assert podman.containers() == ["of-alive"]
    assert os.listdir(tmp_path / FOLDER) == ["alive"]
    alive.release()
    assert sweep(str(tmp_path)) == 1
    assert podman.containers() == []


def test_a_process_that_died_before_it_named_its_program_left_no_container(tmp_path: Path) -> None:
    assert sweep(str(tmp_path)) == 0
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "abc").write_bytes(b"")
    assert sweep(str(tmp_path)) == 1
    assert os.listdir(tmp_path / FOLDER) == []


def test_what_cannot_be_removed_is_tried_again_by_the_next_one(
    tmp_path: Path, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    kept = Kept(str(tmp_path), token, "/no/such/podman")
    kept.keep()
    kept.release()
    assert sweep(str(tmp_path)) == 0
    assert os.listdir(tmp_path / FOLDER) == [token]
    assert "a container of an ended process cannot be removed: /no/such/podman" in caplog.text


def test_an_attempt_that_removed_its_container_leaves_no_record(tmp_path: Path, token: str) -> None:
    kept = Kept(str(tmp_path), token, "podman")
    kept.keep()
    kept.remove()
    assert os.listdir(tmp_path / FOLDER) == []
