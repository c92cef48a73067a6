"""A server removes what it shares with others once no row names it."""

import asyncio
import os

from gitflow.runtime.maintenance.sharing import sharing_loop, sweep_shared
from gitflow.stores.blobs.folder import FolderBlobs
from gitflow.stores.registry import open_stores
from gitflow.stores.shared_files import YOUNG_S, SharedFiles


def test_what_has_no_name_goes_with_the_next_sweep(tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "left").mkdir()
    (tmp_path / "left" / "report").write_text("fine")
    blobs = FolderBlobs(str(tmp_path / "shared"))

    def open_again():
        return open_stores(str(tmp_path / "state"), share=lambda folder: SharedFiles(blobs, folder))

    with open_again() as stores:
        [(_, mark)] = stores.artifacts.stage(str(tmp_path / "left"))
        os.unlink(mark)
    now = os.stat(tmp_path / "shared").st_mtime + YOUNG_S + 60

    async def run():
        async with sharing_loop(open_again, lambda: now, 0.0) as loop:
            loop.wake()
            while list(blobs.list()):
                await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(run(), 120))
    assert list(blobs.list()) == []


def test_a_store_that_shares_nothing_has_nothing_to_sweep(tmp_path):
    with open_stores(str(tmp_path / "state")) as stores:
        assert sweep_shared(stores, 0.0) == []
