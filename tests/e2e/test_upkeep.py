"""gitflow gc, backup and restore, beside processes that run jobs."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

FLOW = """
secrets: {token: '{{ env.THE_TOKEN }}'}
actions:
  make:
    type: shell
    cmd: |
      echo some output
      echo content-of-an-artifact > "$GITFLOW_ARTIFACTS/file"
tasks:
  quick: {flow: {a: {action: make}}}
  hidden: {flow: {a: {type: shell, cmd: 'echo k={{ secret.token }} >> "$GITFLOW_OUTPUT"'}}}
  waits: {flow: {a: {action: make}, b: {type: wait, event: go, depends_on: [a]}, c: {type: shell, depends_on: [b], cmd: 'cat $GITFLOW_NEEDS/a/file; echo done'}}}
"""  # noqa: E501


@pytest.fixture
def begun(gitflow):
    gitflow.write(".workflows/a.yaml", FLOW)
    return gitflow


def done(gitflow, *words: str, **more) -> str:
    ended = gitflow(*words, **more)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def waiting(gitflow) -> tuple[object, str]:
    process = gitflow.start("run", "waits")
    end = time.monotonic() + 30
    while True:
        found = [job["job_id"] for job in gitflow.jobs() if job["task_name"] == "waits"]
        if found and "suspended" in gitflow("job", found[0], "-o", "json").stdout:
            return process, found[0]
        assert time.monotonic() < end
        time.sleep(0.05)


def age(gitflow, days: float) -> None:
    """As if everything that has ended had ended so long ago."""
    with sqlite3.connect(gitflow.state / "gitflow.db") as store:
        for column in ("created_at", "started_at", "completed_at"):
            store.execute(f"UPDATE job SET {column} = {column} - ? WHERE NOT is_open", (days * 86400,))
    store.close()


def test_gc_removes_what_is_old_beside_a_run_that_goes_on(begun):
    for _ in range(3):
        done(begun, "run", "quick")
    process, open_id = waiting(begun)
    age(begun, 100)
    would = json.loads(done(begun, "gc", "--dry-run", "--json"))
    assert would["dry_run"]
    assert would["removed"]["jobs"] == 3
    assert len(begun.jobs()) == 4
    gone = json.loads(done(begun, "gc", "--json"))
    assert gone["removed"]["jobs"] == 3
    assert [job["job_id"] for job in begun.jobs()] == [open_id]
    assert "nothing is older than its retention" in done(begun, "gc")
    done(begun, "gc", "--older-than", "0s")
    done(begun, "event", open_id, "go")
    stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 0, stderr
    assert "content-of-an-artifact" in stdout
    assert "some output" in done(begun, "logs", open_id)


#: ``gitflow WORDS`` in a time in which everything in the shared place was put long ago.
LATER = """
import sys
from gitflow.runtime.workspaces import revision_files
from gitflow.stores import shared_files
from gitflow.stores.blobs import marked
shared_files.YOUNG_S = revision_files.YOUNG_S = marked.SETTLED_S = -3600.0
from gitflow.cli.main import main
sys.argv[0] = "gitflow"
sys.exit(main())
"""


def gc_later(gitflow, *words: str) -> dict[str, int]:
    command = [sys.executable, "-c", LATER, "gc", "--json", *words]
    ended = subprocess.run(command, cwd=gitflow.folder, env=gitflow.environ, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)["removed"]


def test_gc_removes_from_the_shared_place_what_nothing_needs_and_nothing_else(begun, tmp_path: Path):
    shared = tmp_path / "shared"
    shared.mkdir()
    begun.write("server-config.yaml", f"artifacts: {{url: 'file://{shared}'}}\n")
    begun.write(".workflows/a.yaml", FLOW.replace("content-of-an-artifact", "older content"))
    done(begun, "run", "quick")
    begun.write(".workflows/a.yaml", FLOW)
    process, open_id = waiting(begun)
    left = [path.relative_to(shared).parts[0] for path in shared.rglob("*") if path.is_file()]
    assert len(left) == 5  # of each job an artifact and a revision, and the mark of the store
    assert left.count("stores") == 1
    [old_id] = [job["job_id"] for job in begun.jobs() if job["job_id"] != open_id]
    done(begun, "delete", old_id, "--yes")
    assert json.loads(done(begun, "gc", "--json"))["removed"] == {}
    assert gc_later(begun) == {"shared_files": 1}  # the revision was asked for lately
    for mark in (begun.state / "artifacts" / "revisions").iterdir():
        os.utime(mark, (0, 0))
    assert gc_later(begun, "--dry-run") == {"shared_revisions": 1}
    assert gc_later(begun) == {"shared_revisions": 1}
    for copy in (begun.state / "artifacts").glob("??/*"):
        copy.unlink()
    done(begun, "event", open_id, "go")
    stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 0, stderr
    assert "content-of-an-artifact" in stdout


def test_gc_removes_nothing_from_a_place_that_another_store_uses(begun, tmp_path: Path):
    shared = tmp_path / "shared"
    shared.mkdir()
    begun.write("server-config.yaml", f"artifacts: {{url: 'file://{shared}'}}\n")
    done(begun, "run", "quick")
    files = {path for path in shared.rglob("*") if path.is_file()}
    other = {**begun.environ, "GITFLOW_STATE": str(tmp_path / "other")}
    command = [sys.executable, "-c", LATER, "gc"]
    for words in ((), ("--dry-run",)):
        ended = subprocess.run(
            [*command, *words], cwd=begun.folder, env=other, capture_output=True, text=True, timeout=60
        )
        assert ended.returncode == 1
        assert f"nothing is removed from {shared}: another store keeps files there" in ended.stderr
    assert {path for path in shared.rglob("*") if path.is_file()} > files  # and the mark of the other store


def test_gc_says_what_it_removed_here_though_the_shared_place_refuses(begun, tmp_path: Path):
    shared = tmp_path / "shared"
    (shared / "stores").mkdir(parents=True)
    (shared / "stores" / "another").touch()
    begun.write("server-config.yaml", f"artifacts: {{url: 'file://{shared}'}}\n")
    done(begun, "run", "quick")
    ended = begun("gc", "--older-than", "1ms", "--json")
    assert (ended.returncode, json.loads(ended.stdout)["removed"]["jobs"]) == (1, 1)
    assert "another store keeps files there" in ended.stderr
    assert json.loads(done(begun, "jobs", "-o", "json")) == []


def test_gc_refuses_an_age_that_is_none(begun):
    ended = begun("gc", "--older-than", "soon")
    assert ended.returncode == 2
    assert "--older-than" in ended.stderr


def test_a_gc_that_is_killed_at_any_instant_loses_nothing_that_is_kept(begun):
    for _ in range(2):
        done(begun, "run", "quick")
    age(begun, 100)
    done(begun, "run", "quick")
    process, open_id = waiting(begun)
    for wait_s in (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4):
        collector = begun.start("gc")
        time.sleep(wait_s)
        collector.send_signal(signal.SIGKILL)
        collector.communicate(timeout=30)
    done(begun, "gc")
    assert len(begun.jobs()) == 2
    done(begun, "event", open_id, "go")
    stdout, _ = process.communicate(timeout=30)
    assert "content-of-an-artifact" in stdout
    for job in begun.jobs():
        assert "some output" in done(begun, "logs", job["job_id"])


def test_a_backup_taken_beside_a_run_comes_back_whole_elsewhere(begun, tmp_path: Path):
    done(begun, "run", "quick")
    process, open_id = waiting(begun)
    file = str(tmp_path / "backup.tar")
    told = json.loads(done(begun, "backup", file, "--json"))
    assert told["files"] >= 3
    assert not told["with_key"]
    assert os.stat(file).st_mode & 0o077 == 0
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    done(begun, "event", open_id, "go")
    process.communicate(timeout=30)

    elsewhere = str(tmp_path / "other-state")
    assert "restored into" in done(begun, "restore", file, "--state-dir", elsewhere)
    jobs = {job["task_name"]: job for job in json.loads(done(begun, "jobs", "-o", "json", "--state-dir", elsewhere))}
    assert jobs["quick"]["status"] == "completed"
    assert jobs["waits"]["status"] == "failed", "it was open, and whoever ran it is not here"
    assert "some output" in done(begun, "logs", jobs["waits"]["job_id"], "--state-dir", elsewhere)
    done(begun, "run", "quick", "--state-dir", elsewhere)
    assert next(Path(elsewhere).rglob("artifacts/*/*")).read_text() == "content-of-an-artifact\n"


def test_a_restore_never_overwrites_unless_it_is_forced_and_nobody_is_there(begun, tmp_path: Path):
    done(begun, "run", "quick")
    file = str(tmp_path / "backup.tar")
    done(begun, "backup", file)
    done(begun, "run", "quick")
    refused = begun("restore", file)
    assert refused.returncode == 1
    assert "--force" in refused.stderr
    process, open_id = waiting(begun)
    busy = begun("restore", file, "--force")
    assert busy.returncode == 1
    assert str(process.pid) in busy.stderr
    done(begun, "cancel", open_id)
    process.communicate(timeout=30)
    assert len(begun.jobs()) == 3
    done(begun, "restore", file, "--force")
    assert len(begun.jobs()) == 1
    assert not [path for path in begun.state.iterdir() if path.name.startswith(".")]


def test_the_key_goes_into_a_backup_only_if_it_is_wanted(begun, tmp_path: Path):
    environ = {"THE_TOKEN": "hunter-two-and-more"}
    job_id = json.loads(done(begun, "run", "hidden", "--json", env=environ))["job_id"]
    without, with_key = str(tmp_path / "without.tar"), str(tmp_path / "with.tar")
    done(begun, "backup", without)
    done(begun, "backup", with_key, "--with-key")
    key = (begun.state / "secrets.key").read_bytes().strip()
    assert key not in Path(without).read_bytes()
    for file in (without, with_key):
        assert b"hunter-two-and-more" not in Path(file).read_bytes()
    here = ("--state-dir", str(tmp_path / "here"))
    done(begun, "restore", with_key, *here)
    assert "••••••" in done(begun, "job", job_id, *here)
    there = ("--state-dir", str(tmp_path / "there"))
    done(begun, "restore", without, *there)
    lost = begun("job", job_id, *there)
    assert lost.returncode == 1
    assert "put the key file back" in lost.stderr
    assert len(json.loads(done(begun, "jobs", "-o", "json", *there))) == 1


@pytest.mark.parametrize("how", ["cut", "changed", "no backup", "leads elsewhere", "missing"])
def test_a_damaged_backup_is_refused_before_anything_is_touched(begun, tmp_path: Path, how: str):
    done(begun, "run", "quick")
    file = tmp_path / "backup.tar"
    done(begun, "backup", str(file))
    data = bytearray(file.read_bytes())
    if how == "cut":
        file.write_bytes(data[: len(data) // 2])
    elif how == "changed":
        at = data.rindex(b"content-of-an-artifact")
        data[at] ^= 1
        file.write_bytes(data)
    elif how == "no backup":
        with tarfile.open(file, "w") as tar:
            tar.add(begun.folder / ".workflows/a.yaml", "a.yaml")
    elif how == "leads elsewhere":
        file.write_bytes(data.replace(b'"gitflow.db"', b'"../flow.db"'))
    else:
        file.unlink()
    before = begun.jobs()
    refused = begun("restore", str(file), "--force")
    assert refused.returncode in (1, 2)
    assert str(file) in refused.stderr
    assert "Traceback" not in refused.stderr
    assert begun.jobs() == before


def test_the_store_that_the_environment_names_is_used_and_said_where_the_file_names_another(begun, tmp_path: Path):
    """So a backup takes the store that was meant."""
    job_id = begun.job("quick")["job_id"]
    begun.write("server-config.yaml", "state_dir: elsewhere\n")
    for words in (("job", job_id), ("backup", str(tmp_path / "b.tar")), ("run", "quick"), ("gc",), ("key", "list")):
        ended = begun(*words)
        assert ended.returncode == 0, ended.stderr
        (line,) = [line for line in ended.stderr.splitlines() if "state directory" in line]
        assert line == (
            f"gitflow: the state directory is {begun.state} ($GITFLOW_STATE), not {begun.folder / 'elsewhere'} "
            f"(state_dir of {begun.folder / 'server-config.yaml'})"
        )
    assert not (begun.folder / "elsewhere").exists()
    assert "state directory" not in begun("validate").stderr
    own = ("jobs", "--state-dir", str(begun.state))
    assert "state directory" not in begun(*own).stderr
    assert begun("jobs", env={"GITFLOW_STATE": ""}).stdout.count(job_id) == 0
    assert (begun.folder / "elsewhere").exists()
