"""A disk that is full or read-only: room can be made, a backup can be taken, and everything says what to do."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from disks import Disk, small_disk

FLOW = """
tasks:
  quick:
    flow:
      a: {type: shell, cmd: 'head -c 300000 /dev/urandom > "$GITFLOW_ARTIFACTS/file"; seq 1 500'}
"""

#: Internals that no sentence may show.
INTERNAL = re.compile(r"Traceback|sqlite3\.|OperationalError|Errno|unable to open")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with small_disk(tmp_path / "disk", "8m") as made:
        yield made


@pytest.fixture
def begun(gitflow, disk: Disk):
    """Three jobs that have ended, on the disk."""
    gitflow.state, gitflow.within = disk.folder / "state", disk.within
    gitflow.write(".workflows/a.yaml", FLOW)
    for _ in range(3):
        done(gitflow, "run", "quick", "-q")
    return gitflow


def done(gitflow, *words: str) -> str:
    ended = gitflow(*words)
    assert ended.returncode == 0, ended.stderr
    assert not INTERNAL.search(ended.stderr), ended.stderr
    return ended.stdout


def refused(gitflow, *words: str) -> str:
    """The sentence with which it was refused."""
    ended = gitflow(*words)
    assert ended.returncode == 1, (words, ended.stdout, ended.stderr)
    assert not INTERNAL.search(ended.stderr), (words, ended.stderr)
    assert ended.stderr.count("\n") == 1, (words, ended.stderr)
    return ended.stderr


def ids_of(gitflow) -> list[str]:
    return [job["job_id"] for job in gitflow.jobs()]


def age(gitflow, disk: Disk, days: float) -> None:
    """As if all that has ended had ended so long ago, and had printed on another day."""
    code = f"""if True:
        import os, sqlite3
        store = sqlite3.connect({str(gitflow.state / "gitflow.db")!r})
        for column in ("created_at", "started_at", "completed_at"):
            store.execute(f"UPDATE job SET {{column}} = {{column}} - ? WHERE NOT is_open", ({days} * 86400,))
        store.commit()
        os._exit(0)  # and the log of the store stays as it is
    """
    subprocess.run([*disk.within, sys.executable, "-c", code], check=True)
    for path in (disk.seen / "state/logs").glob("20*"):
        path.rename(path.with_name("2020-01-01" + path.name[10:]))


def fill(disk: Disk, has_reserve: bool) -> None:
    disk.fill()
    if not has_reserve:
        (disk.seen / "state/reserve").unlink()
        disk.fill()


@pytest.mark.parametrize("has_reserve", [True, False])
def test_delete_makes_room_on_a_full_disk(begun, disk: Disk, has_reserve: bool) -> None:
    first, *others = ids_of(begun)
    fill(disk, has_reserve)
    done(begun, "delete", first)
    assert disk.free() >= 250_000
    assert ids_of(begun) == others


@pytest.mark.parametrize("has_reserve", [True, False])
def test_gc_makes_room_on_a_full_disk(begun, disk: Disk, has_reserve: bool) -> None:
    age(begun, disk, 100)
    fill(disk, has_reserve)
    said = done(begun, "gc")
    assert "3 jobs" in said
    assert "1 days of logs" in said
    assert disk.free() > 0
    assert ids_of(begun) == []


def test_a_full_disk_is_said_with_the_file_and_what_to_do(begun, disk: Disk) -> None:
    fill(disk, has_reserve=False)
    [job_id, *_] = ids_of(begun)
    assert done(begun, "logs", job_id).count("\n") == 500
    no_room = f"gitflow: there is no room for the backup in {disk.folder}; name a file on a disk with more room\n"
    assert refused(begun, "backup", str(disk.folder / "backup.tar")) == no_room
    elsewhere = str(begun.folder / "backup.tar")
    done(begun, "backup", elsewhere)
    said = refused(begun, "restore", elsewhere, "--force")
    assert f"gitflow: {begun.state}" in said
    assert "the disk is full" in said
    assert "make room" in said
    assert done(begun, "logs", job_id).count("\n") == 500, "nothing that was there is lost"


@pytest.mark.parametrize("has_shm", [True, False])
def test_a_backup_is_taken_of_a_read_only_store_with_all_that_is_in_its_log(begun, disk: Disk, has_shm: bool) -> None:
    ids = sorted(ids_of(begun))
    assert (disk.seen / "state/gitflow.db-wal").stat().st_size
    if not has_shm:
        for path in (disk.seen / "state").rglob("*-shm"):
            path.unlink()
    disk.make_read_only()
    target = begun.folder / "backup.tar"
    done(begun, "backup", str(target))
    done(begun, "restore", str(target), "--state-dir", str(begun.folder / "again"))
    with sqlite3.connect(begun.folder / "again/gitflow.db") as store:
        assert sorted(id for (id,) in store.execute("SELECT id FROM job")) == ids
    store.close()
    assert not list(begun.folder.glob(".backup*"))


def test_a_read_only_disk_is_said_with_the_file_and_what_to_do(begun, disk: Disk) -> None:
    [job_id, *_] = ids_of(begun)
    backup = str(begun.folder / "backup.tar")
    done(begun, "backup", backup)
    begun.write("server-config.yaml", "listen: 127.0.0.1:0\n")
    disk.make_read_only()
    for words in (
        ["run", "quick"], ["jobs"], ["job", job_id], ["logs", job_id], ["gc"], ["delete", job_id], ["explain", job_id],
        ["history", job_id], ["cancel", job_id], ["restore", backup, "--force"], ["server"],
    ):  # fmt: skip
        said = refused(begun, *words)
        assert f"gitflow: {begun.state}" in said
        assert "Read-only file system; mount it so that it can be written" in said
    said = refused(begun, "backup", str(disk.folder / "backup.tar"))
    assert "backup.tar cannot be written: Read-only file system; name a file in a folder" in said
