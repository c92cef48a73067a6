"""What is particular to a folder that servers mount."""

import os
import subprocess
import sys
import time

import pytest

from gitflow.stores.blobs.folder import FolderBlobs
from gitflow.stores.protocols.blobs import BlobsRefused, NoBlob

#: Puts a file that never ends, and says when it has begun.
ENDLESS = """
import os, sys
from gitflow.stores.blobs.folder import FolderBlobs
read, write = os.pipe()
os.write(write, b"half")
real = os.rename
FolderBlobs(sys.argv[1]).put("a/b", f"/dev/fd/{read}")
"""


def test_a_server_killed_while_it_puts_leaves_nothing_by_the_key(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    process = subprocess.Popen([sys.executable, "-c", ENDLESS, str(shared)])
    while not list(shared.glob("a/.new-*")):
        assert process.poll() is None
        os.sched_yield()
    process.kill()
    process.wait()
    blobs = FolderBlobs(str(shared))
    assert list(blobs.list()) == []
    assert blobs.find("a/b") is None
    [left] = shared.glob("a/.new-*")
    assert blobs.remove_partial(time.time()) == 0
    os.utime(left, (0, 0))
    assert blobs.remove_partial(time.time()) == 1
    assert list(shared.glob("a/*")) == []


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "secret").write_text("hush")
    (tmp_path / "shared" / "a").symlink_to(tmp_path / "secret")
    blobs = FolderBlobs(str(tmp_path / "shared"))
    with pytest.raises(Exception, match="a") as refused, blobs.open("a"):
        pass
    assert not isinstance(refused.value, NoBlob)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "shared").write_text("")
    with pytest.raises(BlobsRefused, match="name a folder"):
        FolderBlobs(str(tmp_path / "shared")).check(writes=False)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "shared").mkdir(mode=0o500)
    with pytest.raises(BlobsRefused, match="readable and writable"):
        FolderBlobs(str(tmp_path / "shared")).check(writes=False)
