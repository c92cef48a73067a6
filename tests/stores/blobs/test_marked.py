"""Each store marks the place where it keeps files, and nothing is removed where several do."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from gitflow.stores.blobs.marked import SETTLED_S, MarkedBlobs
from gitflow.stores.protocols.blobs import BlobsRefused


@pytest.fixture
def empty(tmp_path):
    path = tmp_path / "empty"
    path.touch()
    return str(path)


def later():
    return time.time() + SETTLED_S + 3600


def marks(blobs):
    return sorted(blob.key for blob in blobs.list("stores"))


def test_a_mark_is_there_before_the_first_blob(blobs, empty, monkeypatch):
    seen = []
    put = blobs.put
    monkeypatch.setattr(blobs, "put", lambda key, path: (seen.append(key), put(key, path)))
    marked = MarkedBlobs(blobs, lambda: ["one"])
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: marked.put(f"a/{number}", empty), range(8)))
    assert seen[0] == "stores/one"
    assert seen.count("stores/one") == 1
    assert sorted(blob.key for blob in marked.list()) == sorted(set(seen) - {"stores/one"})  # it is none of the blobs


def test_a_store_that_is_alone_may_sweep_once_its_mark_is_old(blobs, empty):
    marked = MarkedBlobs(blobs, lambda: ["one"])
    assert not marked.may_sweep(time.time())
    assert marks(blobs) == ["stores/one"]
    assert not marked.may_sweep(time.time() + SETTLED_S - 3600)
    assert marked.may_sweep(later())
    again = MarkedBlobs(blobs, lambda: ["one"])  # after a restart, and on another server of the same store
    again.put("a", empty)
    assert again.may_sweep(later())


def test_no_store_may_sweep_where_another_keeps_files(blobs, empty):
    one, two = MarkedBlobs(blobs, lambda: ["one"]), MarkedBlobs(blobs, lambda: ["two"])
    one.put("a", empty)
    two.put("b", empty)
    for marked, other in ((one, "two"), (two, "one")):
        with pytest.raises(BlobsRefused, match=f"nothing is removed from .*stores/{other}.*remove its mark"):
            marked.may_sweep(later())
    blobs.remove("stores/two")
    assert one.may_sweep(later())


def test_a_store_that_only_sweeps_leaves_a_mark_as_well(blobs, empty):
    """A store that used the place before there were marks is seen by one that never puts anything."""
    one, two = MarkedBlobs(blobs, lambda: ["one"]), MarkedBlobs(blobs, lambda: ["two"])
    assert not one.may_sweep(time.time())
    with pytest.raises(BlobsRefused):
        two.may_sweep(time.time())
    with pytest.raises(BlobsRefused):
        one.may_sweep(later())


def test_a_store_with_a_new_key_knows_its_old_mark(blobs, empty):
    MarkedBlobs(blobs, lambda: ["old"]).put("a", empty)
    renewed = MarkedBlobs(blobs, lambda: ["new", "old"])
    renewed.put("b", empty)
    assert marks(blobs) == ["stores/new", "stores/old"]
    assert renewed.may_sweep(later())
