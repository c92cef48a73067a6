"""The files of a revision are put where servers share files, and a server that has no such commit gets them there."""

import asyncio
import os
import time
from functools import partial
from pathlib import Path

import pytest

from gitflow.core.errors import WorkspaceError
from gitflow.core.jobs.job import Job, Plan, Steps
from gitflow.core.language.definition import Hooks, Task
from gitflow.core.language.graph import Graph
from gitflow.core.language.sources import Revision
from gitflow.runtime.workspaces.missing_files import MissingFiles
from gitflow.runtime.workspaces.revision_files import RevisionFiles
from gitflow.stores.blobs.folder import FolderBlobs
from gitflow.stores.registry import open_stores
from gitflow.stores.shared_files import YOUNG_S, SharedFiles
from gitflow.workspaces.checkouts import Checkouts
from gitflow.workspaces.folder import FolderWorkspace

PLAN = Plan(Task("hello", {}), {}, Graph((), {}, {}), Hooks())


@pytest.fixture
def shared(tmp_path):
    (tmp_path / "shared").mkdir()
    return FolderBlobs(str(tmp_path / "shared"))


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "ws"
    (folder / ".workflows").mkdir(parents=True)
    (folder / ".workflows" / "a.yaml").write_text("tasks: {}\n")
    (folder / "tool").write_text("first\n")
    return FolderWorkspace(str(folder), "w")


def files_on(tmp_path, name, shared):
    """As a process of one machine sees them; ``name``: of its state directory."""
    return RevisionFiles(SharedFiles(shared, str(tmp_path / name / "artifacts")))


def server(tmp_path, name, shared):
    return Checkouts(str(tmp_path / name), files_on(tmp_path, name, shared))


def files_of(checkout):
    return {
        str(path.relative_to(checkout.path)): path.read_text()
        for path in Path(checkout.path).rglob("*")
        if path.is_file() and not path.name.startswith("bundle-")
    }


def test_a_server_gets_the_files_of_a_revision_that_is_gone(tmp_path, shared, workspace):
    revision = workspace.resolve()
    made = server(tmp_path, "a", shared).ensure(workspace, revision)
    Path(workspace.path, "tool").write_text("second\n")
    again = server(tmp_path, "b", shared).ensure(workspace, Revision(revision.id))
    assert files_of(again) == files_of(made)
    assert files_of(again)["files/tool"] == "first\n"


def test_a_revision_that_nobody_has_is_missing(tmp_path, shared, workspace):
    with pytest.raises(WorkspaceError):
        server(tmp_path, "b", shared).ensure(workspace, Revision("0" * 40))


def test_an_archive_that_was_changed_is_refused(tmp_path, shared, workspace):
    revision = workspace.resolve()
    server(tmp_path, "a", shared).ensure(workspace, revision)
    Path(workspace.path, "tool").write_text("second\n")
    [blob] = shared.list("bundles")
    Path(tmp_path, "shared", blob.key).write_bytes(b"x" * blob.size)
    b = server(tmp_path, "b", shared)
    with pytest.raises(WorkspaceError, match="has been changed"):
        b.ensure(workspace, Revision(revision.id))
    assert not os.path.exists(b.at(workspace.identity, revision.id).path)


def test_jobs_go_on_where_the_files_cannot_be_shared(tmp_path, workspace, caplog):
    revision = workspace.resolve()
    checkout = server(tmp_path, "a", FolderBlobs(str(tmp_path / "gone"))).ensure(workspace, revision)
    assert files_of(checkout)["files/tool"] == "first\n"
    assert "are on this server alone for now: artifacts.url: " in caplog.text


def forget(path):
    """As if no revision had been asked for lately."""
    for mark in (path / "revisions").iterdir():
        os.utime(mark, (0, 0))


def test_only_revisions_without_jobs_go_and_only_after_a_while(tmp_path, shared, workspace):
    revision = workspace.resolve()
    name = (workspace.identity, revision.id)
    files = files_on(tmp_path, "a", shared)
    files.share(Checkouts(str(tmp_path / "a")).ensure(workspace, revision), name)
    assert files.sweep(set(), time.time()) == (0, 0)
    later = time.time() + YOUNG_S + 60
    assert files.sweep({name}, later) == (0, 0)
    [blob] = shared.list("bundles")
    assert files.sweep(set(), later) == (1, blob.size)
    assert list(shared.list()) == []


@pytest.fixture
def swept_beside(tmp_path, shared, workspace, monkeypatch):
    """Two processes of a machine, one of which shares and one of which sweeps; everything there was put long ago."""
    monkeypatch.setattr("gitflow.runtime.workspaces.revision_files.YOUNG_S", -3600.0)
    revision = workspace.resolve()
    checkout = Checkouts(str(tmp_path / "a")).ensure(workspace, revision)
    serving, sweeping = files_on(tmp_path, "a", shared), files_on(tmp_path, "a", shared)
    return partial(serving.share, checkout, (workspace.identity, revision.id)), sweeping


def test_a_revision_that_another_process_asked_for_lately_stays(swept_beside, tmp_path):
    """A job of it may be about to be created there, also if the archive is old."""
    share, sweeping = swept_beside
    share()
    forget(tmp_path / "a" / "artifacts")
    assert len(list(sweeping.unneeded(set(), time.time()))) == 1
    share()
    assert sweeping.sweep(set(), time.time()) == (0, 0)
    forget(tmp_path / "a" / "artifacts")
    assert sweeping.sweep(set(), time.time())[0] == 1
    assert os.listdir(tmp_path / "a" / "artifacts" / "revisions") == []


def test_a_revision_that_is_asked_for_while_it_is_swept_stays(swept_beside, shared, tmp_path, monkeypatch):
    share, sweeping = swept_beside
    share()
    forget(tmp_path / "a" / "artifacts")
    found = list(sweeping.unneeded(set(), time.time()))
    monkeypatch.setattr(sweeping, "unneeded", lambda live, now: share() or found)
    assert sweeping.sweep(set(), time.time()) == (0, 0)
    assert list(shared.list()) == found


def test_what_is_shared_once_is_not_put_again(tmp_path, shared, workspace):
    revision = workspace.resolve()
    server(tmp_path, "a", shared).ensure(workspace, revision)
    [before] = shared.list()
    server(tmp_path, "b", shared).ensure(workspace, revision)
    assert list(shared.list()) == [before]


def test_a_follower_brings_what_open_jobs_need(tmp_path, shared, workspace):
    revision = workspace.resolve()
    server(tmp_path, "a", shared).ensure(workspace, revision)
    Path(workspace.path, "tool").write_text("second\n")
    b = server(tmp_path, "b", shared)

    needed = [(workspace.identity, revision.id), ("other", "abc"), (workspace.identity, "0" * 40)]
    with open_stores(str(tmp_path / "b"), "sqlite:///:memory:") as stores:
        for number, (name, wanted) in enumerate(needed):
            stores.jobs.create(
                Job(f"{number:08x}-0000-4000-8000-000000000000", name, wanted, PLAN, {}, Steps.of({})), []
            )
        asyncio.run(MissingFiles(stores, b, [workspace]).bring_at_once())
    assert files_of(b.at(workspace.identity, revision.id))["files/tool"] == "first\n"
