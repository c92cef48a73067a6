"""Folders that an attempt takes over from one that has ended: it cannot tell them from new ones."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from gitflow.runtime.worker import spare_dirs
from gitflow.runtime.worker.spare_dirs import SpareDirs

FOLDERS = ("artifacts", "outputs", "work")


@pytest.fixture
def job(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def spares(job: Path) -> SpareDirs:
    return SpareDirs(str(job))


def attempt(job: Path, name: str) -> Path:
    """The folder of an attempt that has ended and printed an output."""
    own = job / name
    own.mkdir(0o700)
    for folder in FOLDERS:
        (own / folder).mkdir(0o755 if folder == "work" else 0o700)
    for file in ("input.json", "output", "cmd.sh"):
        (own / file).write_text("secret")
    return own


def test_the_next_attempt_gets_the_same_folders_and_they_are_empty(job: Path, spares: SpareDirs) -> None:
    first = attempt(job, "a.1")
    inodes = {name: (first / name).stat().st_ino for name in FOLDERS}
    assert spares.keep(str(first))
    assert not first.exists()
    assert spares.take(str(job / "b.1"))
    assert {name: (job / "b.1" / name).stat().st_ino for name in FOLDERS} == inodes
    assert sorted(str(path.relative_to(job)) for path in job.rglob("*")) == [
        "b.1",
        *(f"b.1/{name}" for name in FOLDERS),
    ]
    assert {stat.S_IMODE((job / "b.1" / name).stat().st_mode) for name in ("", "artifacts", "outputs")} == {0o700}


def test_a_working_copy_with_files_is_removed(job: Path, spares: SpareDirs) -> None:
    own = attempt(job, "a.1")
    (own / "work" / "src").mkdir()
    (own / "work" / "src" / "main.c").write_text("int main;")
    assert spares.keep(str(own))
    assert spares.take(str(job / "b.1"))
    assert sorted(os.listdir(job / "b.1")) == ["artifacts", "outputs"]


def test_each_is_given_once(job: Path, spares: SpareDirs) -> None:
    assert not spares.take(str(job / "b.1"))
    assert spares.keep(str(attempt(job, "a.1")))
    assert spares.take(str(job / "b.1"))
    assert not spares.take(str(job / "c.1"))


def add_file(own: Path) -> None:
    (own / ".cache").write_text("left in its home folder")


def add_output(own: Path) -> None:
    (own / "outputs" / "key").write_text("value")


def add_artifact(own: Path) -> None:
    (own / "artifacts" / "report").write_text("text")


def put_link(own: Path) -> None:
    (own / "outputs").rmdir()
    (own / "outputs").symlink_to(own.parent)


def put_link_to_work(own: Path) -> None:
    shutil.rmtree(own / "work")
    (own.parent / "precious").mkdir()
    (own.parent / "precious" / "file").write_text("")
    (own / "work").symlink_to(own.parent / "precious")


def put_folder(own: Path) -> None:
    (own / "output").unlink()
    (own / "output").mkdir()


def remove_folder(own: Path) -> None:
    (own / "artifacts").rmdir()


def open_up(own: Path) -> None:
    (own / "outputs").chmod(0o777)


def open_attempt(own: Path) -> None:
    own.chmod(0o711)


def set_group(own: Path) -> None:
    (own / "work").chmod(0o2755)


def give_attribute(own: Path) -> None:
    try:
        os.setxattr(own / "outputs", "user.note", b"x")
    except OSError:
        pytest.skip("this file system has no extended attributes")


CHANGES = [
    add_file,
    add_output,
    add_artifact,
    put_link,
    put_link_to_work,
    put_folder,
    remove_folder,
    open_up,
    open_attempt,
    set_group,
    give_attribute,
]


@pytest.mark.parametrize("change", CHANGES)
def test_folders_that_the_step_changed_are_not_given_to_another(
    job: Path, spares: SpareDirs, change: Callable[[Path], None]
) -> None:
    own = attempt(job, "a.1")
    change(own)
    assert not spares.keep(str(own))
    assert not spares.take(str(job / "b.1"))
    assert own.is_dir()
    assert not (job / "precious").exists() or (job / "precious" / "file").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_folders_of_another_user_are_not_given_to_another_attempt(job: Path, spares: SpareDirs) -> None:
    own = attempt(job, "a.1")
    os.chown(own / "outputs", 65534, 65534)
    assert not spares.keep(str(own))


def test_no_more_are_kept_than_a_job_soon_needs(job: Path, spares: SpareDirs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spare_dirs, "MAX_KEPT", 2)
    assert [spares.keep(str(attempt(job, f"{name}.1"))) for name in "abc"] == [True, True, False]


def test_the_end_of_the_job_removes_what_is_kept(job: Path, spares: SpareDirs) -> None:
    for name in "ab":
        assert spares.keep(str(attempt(job, f"{name}.1")))
    spares.remove()
    assert list(job.iterdir()) == []
