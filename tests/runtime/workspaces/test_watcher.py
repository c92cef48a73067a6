"""Workspaces that move by themselves, and what is left behind."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from repositories import BROKEN, GOOD, Repository, Server, git

from gitflow.core.errors import NotFound
from gitflow.runtime.workspaces.cleanup import Cleanup, CleanupResult
from gitflow.runtime.workspaces.watcher import WorkspaceWatcher
from gitflow.workspaces.folder import FolderWorkspace


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "remote")


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def watching(served, act, **options):
    """Runs ``act(watcher, changes)`` while everything is watched; ``changes`` is a queue of what changed."""

    async def main():
        loop, changes = asyncio.get_running_loop(), asyncio.Queue()
        served.state_observers.append(lambda before, after: loop.call_soon_threadsafe(changes.put_nowait, after))
        for future in served.start():
            await asyncio.wrap_future(future)
        while not changes.empty():
            changes.get_nowait()
        async with WorkspaceWatcher(served, **options) as watcher, asyncio.timeout(30):
            return await act(watcher, changes)

    return asyncio.run(main())


async def until(changes, wanted):
    while True:
        after = await changes.get()
        if wanted(after):
            return after


def test_a_folder_is_served_as_it_changes(tmp_path, server):
    folder = tmp_path / "folder"
    (folder / ".workflows").mkdir(parents=True)
    file = folder / ".workflows/a.yaml"
    file.write_text(GOOD % 1)

    async def act(watcher, changes):
        file.write_text(BROKEN)
        refused = await until(changes, lambda after: after.candidate)
        file.write_text(GOOD % 2)
        mended = await until(changes, lambda after: not after.candidate)
        return refused, mended

    with server.serving(w=FolderWorkspace(str(folder), "w", server.cache)) as served:
        refused, mended = watching(served, act)
        assert refused.snapshot is not None
        assert mended.revision.id not in (refused.revision.id, refused.candidate.revision.id)


def test_a_repository_is_asked_now_and_then(repository, server):
    repository.push(GOOD % 1)

    async def act(watcher, changes):
        pushed = await asyncio.to_thread(repository.push, GOOD % 2)
        return pushed, await until(changes, lambda after: after.revision.id == pushed)

    with server.serving(w=server.git(repository)) as served:
        pushed, after = watching(served, act, poll_s={"w": 0.02})
        assert after.commit.sha == pushed


def test_a_remote_that_is_down_is_asked_less_and_less_and_its_error_is_shown(repository, server, monkeypatch):
    repository.push(GOOD % 1)
    pauses = []

    async def act(watcher, changes):
        poll = watcher._poll
        repository.bare.rename(repository.bare.with_name("away"))
        for _ in range(4):
            pauses.append(await poll("w", 10.0))
        error = served.get("w").error
        repository.bare.with_name("away").rename(repository.bare)
        pauses.append(await poll("w", 10.0))
        return error

    with server.serving(w=server.git(repository)) as served:
        error = watching(served, act, poll_s={"w": 3600.0}, chance=lambda: 0.5)
        assert "cannot be fetched" in error
        assert served.get("w").error is None
        assert served.get("w").snapshot is not None
    assert pauses == [20.0, 40.0, 80.0, 160.0, 10.0]


def test_ten_refreshes_at_the_same_time_are_two_looks_at_most(repository, server, monkeypatch):
    repository.push(GOOD % 1)
    workspace = server.git(repository)

    async def act(watcher, changes):
        await asyncio.to_thread(repository.push, GOOD % 2)
        looks = []
        follow = workspace.follow
        monkeypatch.setattr(workspace, "follow", lambda known: looks.append(known) or follow(known))
        answers = await asyncio.gather(*(watcher.refresh("w") for _ in range(10)))
        return answers, len(looks)

    with server.serving(w=workspace) as served:
        answers, looks = watching(served, act, poll_s={"w": 3600.0})
    assert any(answers)
    assert looks <= 2


def test_a_refresh_that_is_given_up_harms_no_other(repository, server):
    repository.push(GOOD % 1)

    async def act(watcher, changes):
        await asyncio.to_thread(repository.push, GOOD % 2)
        given_up = asyncio.ensure_future(watcher.refresh("w"))
        await asyncio.sleep(0)
        given_up.cancel()
        await watcher.refresh("w")

    with server.serving(w=server.git(repository)) as served:
        watching(served, act, poll_s={"w": 3600.0})
        assert served.get("w").commit.message == "change"


def test_an_unknown_workspace_cannot_be_refreshed(server):
    async def act(watcher, changes):
        with pytest.raises(NotFound):
            await watcher.refresh("x")

    with server.serving() as served:
        watching(served, act)


def test_what_nobody_needs_is_tidied_away(repository, server):
    shas = [repository.push(GOOD % 0)]
    workspace = server.git(repository)
    with server.serving(w=workspace) as served:
        served.refresh("w")
        for number in range(1, 5):
            shas.append(repository.push(GOOD % number))
            served.refresh("w")
        tidy = Cleanup(served, server.snapshots, server.checkouts)
        assert workspace.kept() == set(shas)
        of_jobs = {("w", shas[1])}
        assert tidy(of_jobs, 1e12) == CleanupResult(snapshots=5)  # used just now, all of it
        assert tidy(of_jobs, 0.0, unused_s=0.0) == CleanupResult(checkouts=3, kept=3)
        assert workspace.kept() == {shas[1], shas[4]}
        assert sorted(os.listdir(Path(server.state, "checkouts/w"))) == sorted([".lock", shas[1], shas[4]])
        assert served.get("w").snapshot is server.snapshots.load(workspace, served.get("w").revision)
        assert tidy(of_jobs, 0.0, unused_s=0.0) == CleanupResult()


def test_what_is_tidied_away_can_be_had_again_while_git_has_it(repository, server):
    first = repository.push(GOOD % 1)
    workspace = server.git(repository)
    with server.serving(w=workspace) as served:
        served.refresh("w")
        old = served.get("w").revision
        repository.push(GOOD % 2)
        served.refresh("w")
        tidy = Cleanup(served, server.snapshots, server.checkouts)
        for _ in range(2):
            tidy(set(), 0.0, unused_s=0.0)
        assert server.snapshots.load(workspace, old).revision == first
        assert Path(server.checkouts.ensure(workspace, old).workflows, "a.yaml").read_text() == GOOD % 1


def test_a_repository_that_packs_its_refs_keeps_what_is_kept(repository, server):
    sha = repository.push(GOOD % 1)
    workspace = server.git(repository)
    with server.serving(w=workspace) as served:
        served.refresh("w")
        git(Path(workspace.git_dir), "pack-refs", "--all")
        before = os.stat(os.path.join(workspace.git_dir, "packed-refs")).st_mtime_ns
        for _ in range(3):
            workspace.keep(served.get("w").revision)
        assert workspace.kept() == {sha}
        assert os.stat(os.path.join(workspace.git_dir, "packed-refs")).st_mtime_ns == before
        workspace.release(served.get("w").revision)
        assert workspace.kept() == set()
        workspace.keep(served.get("w").revision)
        assert workspace.kept() == {sha}
