"""What is served through everything that can happen to a repository elsewhere."""

from __future__ import annotations

import glob
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from repositories import BROKEN, GOOD, Repository, Server, git

from gitflow.runtime.workspaces.cleanup import Cleanup
from gitflow.workspaces.git import GitWorkspace


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "remote")


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def test_a_force_push_that_rewrites_everything_is_followed(repository, server):
    first = repository.push(GOOD % 1)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        old = served.get("w").revision
        git(repository.work, "checkout", "-q", "--orphan", "anew")
        second = repository.push(GOOD % 2)
        heard = []
        served.observers.append(heard.append)
        assert served.refresh("w")
        assert served.get("w").revision.id == second
        assert [(change.before, change.paths) for change in heard] == [(first, (".workflows/a.yaml",))]
        workspace = served.get("w").workspace
        git(Path(workspace.git_dir), "gc", "-q", "--prune=now")
        assert workspace.definition_files(old)[0].data == (GOOD % 1).encode()


def test_a_force_push_to_a_broken_revision_keeps_the_one_in_force_for_good(repository, server):
    first = repository.push(GOOD % 1)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        git(repository.work, "checkout", "-q", "--orphan", "anew")
        broken = repository.push(BROKEN)
        served.refresh("w")
    git(Path(server.git(repository).git_dir), "gc", "-q", "--prune=now")
    shutil.rmtree(server.cache)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        now = served.get("w")
        assert (now.revision.id, now.candidate.revision.id) == (first, broken)


def test_a_deleted_branch_is_told_and_comes_back(repository, server):
    first = repository.push(GOOD % 1)
    git(repository.bare, "symbolic-ref", "HEAD", "refs/heads/other")
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        git(repository.work, "push", "-q", "origin", ":main")
        assert not served.refresh("w")
        now = served.get("w")
        assert now.revision.id == first
        assert "there is no branch or tag 'main'" in now.error
        second = repository.push(GOOD % 2)
        assert served.refresh("w")
        assert (served.get("w").revision.id, served.get("w").error) == (second, None)


def test_a_renamed_default_branch_is_named_or_followed(repository, server):
    repository.push(GOOD % 1)
    with server.serving(w=server.git(repository), head=server.git(repository, "head", ref="HEAD")) as served:
        for name in served.names():
            served.refresh(name)
        assert [one.branch for one in served.all()] == ["main", "main"]
        sha = repository.commit(GOOD % 2)
        git(repository.work, "push", "-q", "origin", "HEAD:trunk")
        git(repository.bare, "symbolic-ref", "HEAD", "refs/heads/trunk")
        git(repository.work, "push", "-q", "origin", ":main")
        assert not served.refresh("w")
        assert "its default branch is 'trunk'" in served.get("w").error
        assert served.refresh("head")
        assert (served.get("head").revision.id, served.get("head").branch) == (sha, "trunk")


def test_a_tag_that_moves_is_followed(repository, server):
    repository.push(GOOD % 1)
    git(repository.work, "tag", "-m", "first", "live")
    git(repository.work, "push", "-q", "origin", "live")
    with server.serving(w=server.git(repository, ref="live")) as served:
        served.refresh("w")
        assert (served.get("w").commit.message, served.get("w").branch) == ("change", None)
        moved = repository.push(GOOD % 2)
        assert not served.refresh("w")
        git(repository.work, "tag", "-f", "-m", "second", "live")
        git(repository.work, "push", "-q", "-f", "origin", "live")
        assert served.refresh("w")
        assert served.get("w").revision.id == moved


def test_a_remote_that_was_never_reached_is_told_and_then_served(repository, server):
    sha = repository.push(GOOD % 1)
    away = repository.bare.with_name("away")
    repository.bare.rename(away)
    with server.serving(w=server.git(repository)) as served:
        assert not served.refresh("w")
        assert served.is_ready
        assert "cannot be fetched" in served.get("w").error
        away.rename(repository.bare)
        assert served.refresh("w")
        assert served.get("w").revision.id == sha


def test_a_repository_without_commits_is_told(repository, server):
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        assert "there is no branch or tag 'main'" in served.get("w").error


def test_a_revision_with_a_link_that_leaves_is_refused_with_its_name(repository, server):
    first = repository.push(GOOD % 1)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        (repository.work / "out").symlink_to("/etc")
        unsafe = repository.push(GOOD % 2)
        assert not served.refresh("w")
        now = served.get("w")
        assert (now.revision.id, now.candidate.revision.id) == (first, unsafe)
        assert "'out' is a symbolic link" in now.candidate.problems[0].message


FETCHER = """
import sys
from gitflow.workspaces.git import GitWorkspace
workspace = GitWorkspace({url!r}, identity="w", state_dir={state!r})
print("begun", flush=True)
workspace.resolve()
print("done", flush=True)
"""


def test_a_fetch_that_is_killed_in_the_middle_leaves_nothing_and_stops_nobody(repository, server):
    repository.push(GOOD % 1)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        for number in range(3):
            (repository.work / "large").write_bytes(random.Random(number).randbytes(3_000_000))
            sha = repository.push(GOOD % (number + 2))
            _fetch_and_kill(repository, server, pause_s=0.02 * number)
            served.refresh("w")
            assert (served.get("w").revision.id, served.get("w").error) == (sha, None)
        git_dir = served.get("w").workspace.git_dir
        assert not glob.glob(f"{git_dir}/objects/pack/tmp_*")
        assert not glob.glob(f"{git_dir}/**/*.lock", recursive=True)
        git(Path(git_dir), "fsck", "--strict")


def _fetch_and_kill(repository: Repository, server: Server, pause_s: float) -> None:
    script = FETCHER.format(url=repository.url, state=server.state)
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout
    process.stdout.readline()
    threading.Event().wait(0.1 + pause_s)  # somewhere in the middle, wherever that is
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()


def test_a_half_written_pack_of_a_killed_fetch_is_removed(repository, server):
    repository.push(GOOD % 1)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        git_dir = Path(served.get("w").workspace.git_dir)
        (git_dir / "objects/pack/tmp_pack_abc").write_bytes(b"PACK")
        (git_dir / "refs/heads/main.lock").touch()
        sha = repository.push(GOOD % 2)
        assert served.refresh("w")
        assert served.get("w").revision.id == sha
        assert not (git_dir / "objects/pack/tmp_pack_abc").exists()


@pytest.mark.parametrize("damage", ["objects", "pack", "refs", "head"])
def test_a_mirror_that_is_damaged_is_made_anew(repository, server, damage):
    first = repository.push(GOOD % 1)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        git_dir = Path(served.get("w").workspace.git_dir)
        if damage == "pack":
            git(git_dir, "gc", "-q")
        _damage(git_dir, damage)
        second = repository.push(GOOD % 2)
        assert served.refresh("w")
        now = served.get("w")
        assert (now.revision.id, now.error, now.candidate) == (second, None, None)
        assert Path(server.checkouts.ensure(now.workspace, now.revision).workflows, "a.yaml").exists()
        assert not list(git_dir.parent.glob("*.damaged"))
    assert first != second


@pytest.mark.parametrize("restarts", [False, True])
def test_a_mirror_that_lacks_one_old_file_is_made_anew(repository, server, restarts):
    repository.commit("x", "large")
    repository.push(GOOD % 1)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        git_dir = Path(served.get("w").workspace.git_dir)
        if not restarts:
            _lose_old_files_and_serve(repository, server, served, git_dir)
    if restarts:
        with server.serving(w=server.git(repository)) as served:
            _lose_old_files_and_serve(repository, server, served, git_dir)


def _lose_old_files_and_serve(repository, server, served, git_dir):
    for name in ("large", ".workflows/a.yaml"):
        sha = git(repository.work, "rev-parse", f"HEAD:{name}")
        (git_dir / "objects" / sha[:2] / sha[2:]).unlink()
    second = repository.push("tasks: {}\n", ".workflows/b.yaml")
    assert served.refresh("w")
    now = served.get("w")
    assert (now.revision.id, now.error, now.candidate) == (second, None, None)
    checkout = server.checkouts.at("w", second)
    assert Path(checkout.files, "large").read_text() == "x"


def _damage(git_dir: Path, what: str) -> None:
    if what in ("objects", "pack"):
        for path in git_dir.glob("objects/*/*"):
            path.chmod(0o644)
            path.write_bytes(b"rubbish")
    elif what == "refs":
        for path in git_dir.glob("refs/**/*"):
            if path.is_file():
                path.write_text("rubbish\n")
        (git_dir / "packed-refs").write_text("rubbish\n")
    else:
        (git_dir / "HEAD").write_bytes(b"")


def test_a_mirror_that_is_damaged_while_the_remote_is_down_leaves_what_is_in_force(repository, server):
    first = repository.push(GOOD % 1)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        _damage(Path(served.get("w").workspace.git_dir), "objects")
        repository.bare.rename(repository.bare.with_name("away"))
        assert not served.refresh("w")
        now = served.get("w")
        assert (now.revision.id, now.snapshot.revision) == (first, first)
        checkout = server.checkouts.ensure(now.workspace, now.revision)
        assert Path(checkout.workflows, "a.yaml").exists()


def test_what_is_kept_for_jobs_survives_the_making_anew(repository, server):
    first = repository.push(GOOD % 1)
    workspace = server.git(repository)
    workspace.keep(workspace.resolve())
    git(repository.work, "checkout", "-q", "--orphan", "anew")
    repository.push(GOOD % 2)
    workspace.resolve()
    (Path(workspace.git_dir) / "refs/heads/bad").write_text("1" * 40 + "\n")
    assert workspace.repair()
    assert workspace.kept() == {first}
    assert not workspace.repair()


def test_processes_that_fetch_at_the_same_time_do_not_harm_each_other(repository, server):
    repository.push(GOOD % 1)
    other = GitWorkspace(repository.url, identity="w", state_dir=server.state)
    over = threading.Event()
    failures = []

    def fetch_on():
        while not over.is_set():
            try:
                other.resolve()
            except BaseException as error:
                failures.append(error)
                return

    with server.serving(w=server.git(repository)) as served:
        thread = threading.Thread(target=fetch_on)
        thread.start()
        for number in range(8):
            sha = repository.push(GOOD % number)
            served.refresh("w")
            assert (served.get("w").revision.id, served.get("w").error) == (sha, None)
        over.set()
        thread.join()
    assert failures == []


def test_stopping_cuts_off_a_fetch_that_hangs(tmp_path, server, monkeypatch):
    fake = tmp_path / "bin/git"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\nsleep 600 & echo $! >" + str(tmp_path / "helper") + "\nwait\n")
    fake.chmod(0o755)
    __import__("git")
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    workspace = GitWorkspace("https://host/x", identity="w", state_dir=server.state)
    with server.serving(w=workspace) as served:
        looked = served.request_refresh("w")
        while not (tmp_path / "helper").exists() or not (tmp_path / "helper").read_text():
            threading.Event().wait(0.01)
    assert not looked.result(20)
    assert not Path(f"/proc/{(tmp_path / 'helper').read_text().strip()}/exe").exists()


def test_through_many_pushes_nothing_broken_is_served_and_nothing_is_left(repository, server):
    """A short storm: good and broken revisions, force-pushes, jobs that hold on to theirs, tidying in between."""
    chance = random.Random(4)
    good = {repository.push(GOOD % 0): 0}
    workspace = server.git(repository)
    of_jobs: dict[str, int] = {}
    with server.serving(w=workspace) as served:
        tidy = Cleanup(served, server.snapshots, server.checkouts)
        seen: list[str] = []
        served.observers.append(lambda change: seen.append(change.after.revision.id))
        served.refresh("w")
        for number in range(1, 25):
            is_good = chance.random() < 0.6
            if chance.random() < 0.3:
                git(repository.work, "checkout", "-q", "--orphan", f"line-{number}")
            sha = repository.push(GOOD % number if is_good else BROKEN)
            if is_good:
                good[sha] = number
            served.refresh("w")
            now = served.get("w")
            assert now.revision.id in good
            assert (now.revision.id == sha) == is_good
            assert (now.candidate is None) == is_good
            assert f"echo {good[now.revision.id]}" in str(now.snapshot.tasks["t"].flow["a"].inline)
            if chance.random() < 0.3:
                of_jobs[now.revision.id] = good[now.revision.id]
            tidy({("w", id) for id in of_jobs}, 0.0, unused_s=0.0)
        assert set(seen) <= set(good)
        kept = {*of_jobs, served.get("w").revision.id}
        assert workspace.kept() == kept
        assert set(os.listdir(Path(server.state, "checkouts/w"))) == {".lock", *kept}
        git(Path(workspace.git_dir), "gc", "-q", "--prune=now")
        for id, number in of_jobs.items():
            checkout = server.checkouts.at("w", id)
            assert Path(checkout.workflows, "a.yaml").read_text() == GOOD % number
