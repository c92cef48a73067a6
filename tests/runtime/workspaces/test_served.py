"""What a server serves of a workspace, whatever is pushed to it."""

from __future__ import annotations

import shutil
import socket
import threading
from pathlib import Path

import pytest
from repositories import BROKEN, GOOD, Repository, Server, git

from gitflow.core.errors import NotFound, RevisionRefused, WorkspaceError
from gitflow.workspaces.folder import FolderWorkspace
from gitflow.workspaces.git import GitWorkspace


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "remote")


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def test_a_push_is_in_force_once_it_is_looked_at(repository, server):
    first = repository.push(GOOD % 1)
    with server.serving(w=server.git(repository)) as served:
        assert served.refresh("w")
        assert (served.get("w").revision.id, served.get("w").branch) == (first, "main")
        second = repository.push(GOOD % 2, message="Say two")
        assert served.get("w").revision.id == first
        assert served.refresh("w")
        assert not served.refresh("w")
        now = served.get("w")
        assert (now.revision.id, now.snapshot.revision, now.commit.message) == (second, second, "Say two")
        assert (now.candidate, now.error, now.loaded_at) == (None, None, 1.0)


def test_a_broken_revision_is_shown_and_never_served(repository, server):
    first = repository.push(GOOD % 1)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        broken = repository.push(BROKEN)
        assert not served.refresh("w")
        now = served.get("w")
        assert (now.revision.id, now.snapshot.revision) == (first, first)
        assert now.candidate.revision.id == broken
        assert [problem.rule for problem in now.candidate.problems] == ["unknown-action"]
        served.refresh("w")
        assert served.get("w") == now
        mended = repository.push(GOOD % 3)
        assert served.refresh("w")
        assert (served.get("w").revision.id, served.get("w").candidate) == (mended, None)


def test_a_broken_revision_that_is_taken_back_leaves_no_trace(repository, server):
    first = repository.push(GOOD % 1)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        repository.push(BROKEN)
        served.refresh("w")
        git(repository.work, "push", "-q", "-f", "origin", f"{first}:main")
        assert not served.refresh("w")
        assert (served.get("w").revision.id, served.get("w").candidate) == (first, None)


def test_where_nothing_was_ever_good_the_reason_is_told(repository, server):
    repository.push(BROKEN)
    with server.serving(w=server.git(repository)) as served:
        with pytest.raises(WorkspaceError, match="not loaded yet"):
            assert served.get("w").active
        served.refresh("w")
        with pytest.raises(RevisionRefused) as refused:
            assert served.get("w").active
        assert refused.value.problems


def test_an_unknown_workspace_is_named(server):
    with server.serving() as served:
        for ask in (served.get, served.request_refresh, served.refresh):
            with pytest.raises(NotFound, match="'x'"):
                ask("x")


def test_observers_hear_of_each_revision_in_force_with_what_changed(repository, server):
    first = repository.push(GOOD % 1)
    heard, seen = [], []
    with server.serving(w=server.git(repository)) as served:
        served.observers.append(heard.append)
        served.state_observers.append(lambda before, after: seen.append((before, after)))
        served.refresh("w")
        repository.commit("x", "notes/x.txt")
        second = repository.push(GOOD % 2)
        served.refresh("w")
        repository.push(BROKEN)
        served.refresh("w")
        served.refresh("w")
    told = [(change.before, change.after.revision.id, change.paths, change.branch, change.is_push) for change in heard]
    assert told == [
        (None, first, None, "main", False),
        (first, second, (".workflows/a.yaml", "notes/x.txt"), "main", True),
    ]
    assert [after.candidate is not None for _, after in seen] == [False, False, True]


def test_after_a_restart_the_last_good_revision_is_served_beside_a_broken_one(repository, server):
    first = repository.push(GOOD % 1)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
    broken = repository.push(BROKEN)
    heard = []
    with server.serving(w=server.git(repository)) as served:
        served.observers.append(heard.append)
        served.refresh("w")
        assert (served.get("w").revision.id, served.get("w").candidate.revision.id) == (first, broken)
    assert [(change.before, change.is_push) for change in heard] == [(first, False)]


def test_a_push_while_nobody_served_is_told_at_the_start(repository, server):
    first = repository.push(GOOD % 1)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
    repository.push(GOOD % 2)
    heard = []
    with server.serving(w=server.git(repository)) as served:
        served.observers.append(heard.append)
        served.refresh("w")
    assert [(change.before, change.is_push, change.paths) for change in heard] == [
        (first, True, (".workflows/a.yaml",))
    ]


def test_after_a_restart_without_the_remote_what_was_fetched_is_served(repository, server):
    first = repository.push(GOOD % 1)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
    shutil.move(repository.bare, repository.bare.with_name("away"))
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
        assert served.get("w").revision.id == first
        assert "cannot be fetched" in served.get("w").error


class Slow:
    """A remote that answers when the test says so; ``event`` is set when something has become of the workspace."""

    def __init__(self, workspace, monkeypatch):
        self.answers, self.told, self.heard = threading.Event(), threading.Event(), []
        follow = workspace.follow
        monkeypatch.setattr(workspace, "follow", lambda known: self.answers.wait(60) and follow(known))

    def attend(self, served):
        served.observers.append(
            lambda change: self.heard.append((change.before, change.after.revision.id, change.is_push))
        )
        served.state_observers.append(lambda before, after: self.told.set())
        return served.start()


def test_a_remote_that_does_not_answer_holds_up_nothing_that_was_served_before(repository, server, monkeypatch):
    first = repository.push(GOOD % 1)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
    second = repository.push(GOOD % 2)
    workspace = server.git(repository)
    slow = Slow(workspace, monkeypatch)
    with server.serving(first_refresh_s=0.01, w=workspace) as served:
        (looked,) = slow.attend(served)
        assert slow.told.wait(60)
        assert served.is_ready
        assert (served.get("w").active[1].id, looked.done()) == (first, False)
        assert "no answer within" in served.get("w").error
        slow.answers.set()
        assert looked.result(60)
        assert (served.get("w").revision.id, served.get("w").error) == (second, None)
    assert slow.heard == [(first, first, False), (first, second, True)]


def test_a_remote_that_answers_late_and_has_not_moved_brings_nothing_twice(repository, server, monkeypatch):
    first = repository.push(GOOD % 1)
    with server.serving(w=server.git(repository)) as served:
        served.refresh("w")
    workspace = server.git(repository)
    slow = Slow(workspace, monkeypatch)
    with server.serving(first_refresh_s=0.01, w=workspace) as served:
        (looked,) = slow.attend(served)
        assert slow.told.wait(60)
        snapshot = served.get("w").snapshot
        slow.answers.set()
        assert not looked.result(60)
        assert (served.get("w").snapshot, served.get("w").error) == (snapshot, None)
    assert slow.heard == [(first, first, False)]


def test_a_remote_that_never_answered_counts_as_refused_and_is_still_asked(repository, server, monkeypatch):
    first = repository.push(GOOD % 1)
    workspace = server.git(repository)
    slow = Slow(workspace, monkeypatch)
    with server.serving(first_refresh_s=0.01, w=workspace) as served:
        (looked,) = slow.attend(served)
        assert slow.told.wait(60)
        assert served.is_ready
        with pytest.raises(WorkspaceError, match=r"no answer within 0\.01 s; the first refresh goes on"):
            assert served.get("w").active
        slow.answers.set()
        assert looked.result(60)
        assert served.get("w").active[1].id == first
    assert slow.heard == [(None, first, False)]


def test_a_socket_that_says_nothing_leaves_the_server_ready_and_able_to_stop(server):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/x.git"
        workspace = GitWorkspace(url, identity="w", state_dir=server.state)
        told = threading.Event()
        with server.serving(first_refresh_s=0.01, w=workspace) as served:
            served.state_observers.append(lambda before, after: told.set())
            (looked,) = served.start()
            assert told.wait(60)
            assert served.is_ready
        assert not looked.result(60)  # cut off


def test_a_folder_serves_its_last_good_state(tmp_path, server):
    folder = tmp_path / "folder"
    (folder / ".workflows").mkdir(parents=True)
    file = folder / ".workflows/a.yaml"
    file.write_text(GOOD % 1)
    with server.serving(w=FolderWorkspace(str(folder), "w", server.cache)) as served:
        heard = []
        served.observers.append(heard.append)
        served.refresh("w")
        good = served.get("w").revision
        file.write_text(BROKEN)
        (folder / "new").write_text("x")
        served.refresh("w")
        now = served.get("w")
        assert (now.revision, now.snapshot.revision) == (good, good.id)
        assert now.candidate.problems
        kept = server.checkouts.ensure(now.workspace, now.revision)
        assert "echo 1" in Path(kept.workflows, "a.yaml").read_text()
        file.write_text(GOOD % 2)
        assert served.refresh("w")
        assert heard[-1].paths == (".workflows/a.yaml", "new")


def test_files_that_are_committed_later_are_of_no_commit_before_and_of_that_one_after(tmp_path, server):
    repository = Repository(tmp_path / "clone")
    committed = repository.commit(GOOD % 1)
    folder = repository.work
    with server.serving(w=FolderWorkspace(str(folder), "w", server.cache)) as served:
        heard = []
        served.observers.append(heard.append)
        served.refresh("w")
        first = served.get("w")
        assert (first.commit.sha, first.snapshot.commit.sha) == (committed, committed)
        (folder / ".workflows/a.yaml").write_text(GOOD % 2)
        served.refresh("w")
        changed = served.get("w")
        assert (changed.commit, changed.snapshot.commit, changed.revision.dirty) == (None, None, True)
        later = repository.commit(GOOD % 2)
        served.refresh("w")
        now = served.get("w")
        assert (now.commit.sha, now.snapshot.commit.sha) == (later, later)
        assert now.revision.id == changed.revision.id
        assert [change.after.commit and change.after.commit.sha for change in heard] == [committed, None, later]


def test_many_who_ask_at_once_share_two_looks(repository, server, monkeypatch):
    repository.push(GOOD % 1)
    workspace = server.git(repository)
    looks, gate = [], threading.Event()
    follow = workspace.follow

    def counted(known):
        looks.append(known)
        gate.wait(20)
        return follow(known)

    monkeypatch.setattr(workspace, "follow", counted)
    with server.serving(w=workspace) as served:
        first = served.request_refresh("w")
        while not looks:
            threading.Event().wait(0.001)
        later = [served.request_refresh("w") for _ in range(10)]
        gate.set()
        assert first.result(20)
        assert [future.result(20) for future in later] == [False] * 10
    assert len(looks) == 2


def test_who_gives_up_waiting_takes_the_answer_from_nobody(repository, server):
    repository.push(GOOD % 1)
    with server.serving(w=server.git(repository)) as served:
        asked = served.request_refresh("w")
        assert not asked.cancel()
        assert asked.result(20)
