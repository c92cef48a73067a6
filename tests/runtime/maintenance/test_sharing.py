"""A server removes what it shares with others once no row names it."""

import asyncio
import os
import time

import pytest

from gitflow.core.record import replace
from gitflow.runtime.maintenance.sharing import SharedParts, count_shared, sharing_loop, sweep_shared
from gitflow.runtime.workspaces.revision_files import RevisionFiles
from gitflow.stores.blobs.folder import FolderBlobs
from gitflow.stores.registry import open_stores
from gitflow.stores.shared_files import YOUNG_S, SharedFiles
from gitflow.workspaces.checkouts import Checkouts
from gitflow.workspaces.folder import FolderWorkspace


@pytest.fixture
def blobs(tmp_path):
    (tmp_path / "shared").mkdir()
    return FolderBlobs(str(tmp_path / "shared"))


@pytest.fixture
def parts(tmp_path, blobs):
    return SharedParts(
        lambda: open_stores(str(tmp_path / "state"), share=lambda folder: SharedFiles(blobs, folder)),
        RevisionFiles(SharedFiles(blobs, str(tmp_path / "state" / "artifacts"))),
        lambda: set(),
    )


def later():
    return time.time() + YOUNG_S + 60


def leave_file_without_name(parts, tmp_path):
    (tmp_path / "left").mkdir()
    (tmp_path / "left" / "report").write_text("fine")
    with parts.open_stores() as stores:
        [(_, mark)] = stores.artifacts.stage(str(tmp_path / "left"))
        os.unlink(mark)


def test_what_has_no_name_goes_with_the_next_sweep(parts, blobs, tmp_path):
    leave_file_without_name(parts, tmp_path)
    assert len(list(blobs.list())) == 1

    async def run():
        async with sharing_loop(parts, later) as loop:
            loop.wake()
            while list(blobs.list()):
                await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(run(), 120))


def test_revisions_that_are_served_stay(parts, blobs, tmp_path):
    (tmp_path / "ws" / ".workflows").mkdir(parents=True)
    (tmp_path / "ws" / ".workflows" / "a.yaml").write_text("tasks: {}\n")
    workspace = FolderWorkspace(str(tmp_path / "ws"), "w")
    revision = workspace.resolve()
    Checkouts(str(tmp_path / "state"), parts.revisions).ensure(workspace, revision)
    serving = replace(parts, served=lambda: {(workspace.identity, revision.id)})
    assert [one.count for one in sweep_shared(serving, later())] == [0, 0, 0]
    assert [one.count for one in count_shared(parts, later())] == [0, 1]
    assert [one.count for one in sweep_shared(parts, later())] == [0, 1, 0]
    assert [one.count for one in count_shared(parts, later())] == [0, 0]


def test_a_store_that_shares_nothing_has_nothing_to_sweep(parts, tmp_path):
    alone = replace(parts, open_stores=lambda: open_stores(str(tmp_path / "alone")))
    assert sweep_shared(alone, later()) == []
