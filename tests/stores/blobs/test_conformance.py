"""What every place of blobs does."""

import hashlib
import os
import threading
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitflow.stores.blobs.marked import MarkedBlobs
from gitflow.stores.protocols.blobs import MAX_KEY, BlobsRefused, DamagedBlob, NoBlob, checked_key
from gitflow.stores.shared_files import fetch

NAMES = st.from_regex(r"[A-Za-z0-9_@%-][A-Za-z0-9._@%-]{0,30}", fullmatch=True)
KEYS = st.lists(NAMES, min_size=1, max_size=5).map("/".join)
#: Texts of all kinds, and those that would lead elsewhere.
TEXTS = st.one_of(
    st.text(max_size=30),
    st.lists(st.sampled_from(["..", ".", "", "a", "/", "\\", "\0", "%2e", "~", "a b", "\n"]), max_size=6).map("/".join),
)
SETTINGS = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)


@pytest.fixture(params=["as it is", "marked"])
def blobs(request, place):
    return place if request.param == "as it is" else MarkedBlobs(place, lambda: ["store"])


def put(blobs, key, content, folder):
    path = folder / os.urandom(8).hex()
    path.write_bytes(content)
    blobs.put(key, str(path))
    path.unlink()


def read(blobs, key):
    with blobs.open(key) as (size, blocks):
        content = b"".join(blocks)
    assert size == len(content)
    return content


def without_parents(contents):
    """No key is a folder of another: a folder cannot be a file, too."""
    return {key: data for key, data in contents.items() if not any(other.startswith(f"{key}/") for other in contents)}


@SETTINGS
@given(contents=st.dictionaries(KEYS, st.binary(max_size=2000), max_size=4).map(without_parents))
def test_what_was_put_is_there_by_its_key(blobs, tmp_path, contents):
    # A name for each example: a folder keeps the empty folders of what was removed, where a file may be wanted next.
    own = os.urandom(8).hex()
    contents = {f"{own}/{key}": content for key, content in contents.items()}
    for key, content in contents.items():
        put(blobs, key, content, tmp_path)
    for key, content in contents.items():
        assert read(blobs, key) == content
        found = blobs.find(key)
        assert (found.key, found.size) == (key, len(content))
        assert abs(found.put_at - time.time()) < 3600
    assert {found.key: found.size for found in blobs.list()} == {key: len(data) for key, data in contents.items()}
    for key in contents:
        blobs.remove(key)
    assert list(blobs.list()) == []


@SETTINGS
@given(text=TEXTS)
def test_a_text_that_is_no_key_is_refused_everywhere(blobs, tmp_path, text):
    try:
        checked_key(text)
    except ValueError:
        pass
    else:
        return
    (tmp_path / "file").write_bytes(b"1")
    with pytest.raises(ValueError, match="cannot be the key"):
        blobs.put(text, str(tmp_path / "file"))
    with pytest.raises(ValueError, match="cannot be the key"), blobs.open(text):
        pass
    with pytest.raises(ValueError, match="cannot be the key"):
        blobs.find(text)
    with pytest.raises(ValueError, match="cannot be the key"):
        blobs.remove(text)
    assert list(blobs.list()) == []


@pytest.mark.parametrize("key", ["../a", "a/../b", "/a", "a//b", ".a", "a/.b", "a\0b", "a/", "", "x" * (MAX_KEY + 1)])
def test_these_are_no_keys(key):
    with pytest.raises(ValueError, match="cannot be the key"):
        checked_key(key)


def test_what_is_not_there_is_said_to_be_missing(blobs):
    assert blobs.find("a/b") is None
    with pytest.raises(NoBlob, match="a/b"):
        read(blobs, "a/b")
    blobs.remove("a/b")
    assert list(blobs.list("a")) == []


def test_a_list_has_what_is_below_whole_names(blobs, tmp_path):
    for key in ("a/1", "a/b/2", "ab/3", "c"):
        put(blobs, key, b"", tmp_path)
    assert {found.key for found in blobs.list("a")} == {"a/1", "a/b/2"}
    assert {found.key for found in blobs.list("a/b")} == {"a/b/2"}


def test_a_large_file_arrives_whole(blobs, tmp_path):
    content = os.urandom(1 << 20) * 20 + b"end"
    put(blobs, "large", content, tmp_path)
    digest = hashlib.sha256(content).hexdigest()
    fetch(blobs, "large", digest, str(tmp_path / "again"), size=len(content))
    assert (tmp_path / "again").read_bytes() == content


def test_whoever_reads_while_it_is_put_again_has_the_whole(blobs, tmp_path):
    contents = [bytes([number]) * 300_000 for number in range(2)]
    put(blobs, "a/b", contents[0], tmp_path)
    seen, over = set(), threading.Event()

    def keep_reading():
        while not over.is_set():
            seen.add(read(blobs, "a/b"))

    reader = threading.Thread(target=keep_reading)
    reader.start()
    for number in range(20):
        put(blobs, "a/b", contents[number % 2], tmp_path)
    over.set()
    reader.join()
    assert seen <= set(contents)


@pytest.mark.parametrize("tail", [b"", b"more", None])
def test_changed_content_is_not_taken(blobs, tmp_path, tail):
    content = b"what was put"
    digest = hashlib.sha256(content).hexdigest()
    changed = b"what WAS put" if tail is None else content[:-1] + tail
    put(blobs, "a", changed, tmp_path)
    with pytest.raises(DamagedBlob, match=r"a has"):
        fetch(blobs, "a", digest, str(tmp_path / "copy"), size=len(content))
    with pytest.raises(DamagedBlob, match=r"a has"):
        fetch(blobs, "a", digest, str(tmp_path / "copy"))
    assert not (tmp_path / "copy").exists()


def test_more_than_was_asked_for_is_not_taken(blobs, tmp_path):
    put(blobs, "a", b"0123456789", tmp_path)
    digest = hashlib.sha256(b"0123456789").hexdigest()
    with pytest.raises(DamagedBlob, match="should have"):
        fetch(blobs, "a", digest, str(tmp_path / "copy"), at_most=9)
    fetch(blobs, "a", digest, str(tmp_path / "copy"), at_most=10)
    assert (tmp_path / "copy").read_bytes() == b"0123456789"


def test_a_check_leaves_nothing(blobs):
    blobs.check(writes=False)
    blobs.check(writes=True)
    assert list(blobs.list()) == []


@pytest.mark.parametrize("kind", ["folder", "s3"])
def test_a_place_that_is_not_there_is_refused_and_named(kind, request, tmp_path):
    if kind == "folder":
        from gitflow.stores.blobs.folder import FolderBlobs

        blobs, place = FolderBlobs(str(tmp_path / "gone")), str(tmp_path / "gone")
    else:
        from gitflow.stores.blobs.s3 import S3Blobs

        blobs, place = S3Blobs(request.getfixturevalue("bucket")(name="gone-bucket"), 1), "s3://gone-bucket"
    (tmp_path / "file").write_bytes(b"")
    attempts = (
        lambda: blobs.check(writes=False),
        lambda: list(blobs.list()),
        lambda: blobs.put("a", str(tmp_path / "file")),
    )
    for attempt in attempts:
        with pytest.raises(BlobsRefused) as refused:
            attempt()
        assert place in str(refused.value)
        assert str(refused.value).startswith("artifacts.url: ")
    assert not (tmp_path / "gone").exists()
