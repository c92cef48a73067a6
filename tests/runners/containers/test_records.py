"""Containers of dead processes are found by the lock that the kernel released, and only these."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

import pytest

from gitflow.runners.containers import records
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
    assert "a container of an ended process cannot be handled: /no/such/podman" in caplog.text


def test_an_attempt_that_removed_its_container_leaves_no_record(tmp_path: Path, token: str) -> None:
    kept = Kept(str(tmp_path), token, "podman")
    kept.keep()
    kept.remove()
    assert os.listdir(tmp_path / FOLDER) == []


def test_a_sweep_between_the_opening_and_the_lock_takes_no_record_of_a_living_process(
    tmp_path: Path, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept(str(tmp_path), token, "podman")
    real, swept = fcntl.flock, []

    def sweep_first(fd: int, operation: int) -> None:
        monkeypatch.setattr(fcntl, "flock", real)
        swept.append(sweep(str(tmp_path)))
        real(fd, operation)

    monkeypatch.setattr(fcntl, "flock", sweep_first)
    kept.keep()
    assert swept == [1]
    assert_is_kept(tmp_path, token)
    kept.remove()
    assert os.listdir(tmp_path / FOLDER) == []


def test_a_record_that_a_sweep_is_about_to_remove_is_made_anew(
    tmp_path: Path, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / token).touch()  # as if keep had opened it, but not locked it yet
    kept = Kept(str(tmp_path), token, "podman")
    keeping = threading.Thread(target=kept.keep)
    real_flock, real_program_in, locks = fcntl.flock, records._program_in, threading.Event()

    def flock(fd: int, operation: int) -> None:
        if threading.current_thread() is keeping:
            locks.set()
        real_flock(fd, operation)

    def program_in(data: bytes) -> str | None:
        keeping.start()
        assert locks.wait(60)
        return real_program_in(data)

    monkeypatch.setattr(fcntl, "flock", flock)
    monkeypatch.setattr(records, "_program_in", program_in)
    assert sweep(str(tmp_path)) == 1
    keeping.join(60)
    monkeypatch.undo()
    assert_is_kept(tmp_path, token)
    kept.remove()


def assert_is_kept(state: Path, token: str) -> None:
    assert os.listdir(state / FOLDER) == [token]
    assert sweep(str(state)) == 0
    assert os.listdir(state / FOLDER) == [token]
