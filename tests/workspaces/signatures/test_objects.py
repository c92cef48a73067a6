"""Taking apart what anybody may push: one signature in one place, or none, whatever the bytes are."""

from __future__ import annotations

import hashlib
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.workspaces.signatures.objects import (
    MAX_OBJECT,
    MAX_SIGNATURE,
    Malformed,
    check_hash,
    read_commit,
    read_tag,
)
from signing import WHO, signed

TREE = "a" * 40
ID = "b" * 40
COMMIT = f"tree {TREE}\nauthor {WHO} 1 +0000\ncommitter {WHO} 1 +0000\n\nsubject\n\nbody\n".encode()
TAG = f"object {ID}\ntype commit\ntag v1\ntagger {WHO} 1 +0000\n\nversion one\n".encode()
SIGNATURE = b"-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n\nabc\n-----END SSH SIGNATURE-----\n"


def sha(kind: str, data: bytes) -> str:
    return hashlib.sha1(b"%s %d\0" % (kind.encode(), len(data)) + data).hexdigest()


def test_a_commit_without_a_signature_is_its_own_payload():
    found = read_commit(ID, COMMIT)
    assert (found.payload, found.signature) == (COMMIT, b"")


def test_what_is_signed_is_the_commit_without_the_header_of_its_signature():
    found = read_commit(ID, signed(COMMIT, SIGNATURE))
    assert (found.payload, found.signature) == (COMMIT, SIGNATURE)


def test_a_commit_of_a_repository_of_sha256_has_a_header_of_its_own():
    id = "b" * 64
    found = read_commit(id, signed(COMMIT, SIGNATURE, "gpgsig-sha256"))
    assert (found.payload, found.signature) == (COMMIT, SIGNATURE)
    with pytest.raises(Malformed, match="another kind of hash"):
        read_commit(id, signed(COMMIT, SIGNATURE))
    with pytest.raises(Malformed, match="another kind of hash"):
        read_commit(ID, signed(COMMIT, SIGNATURE, "gpgsig-sha256"))


def test_what_is_signed_is_what_git_checks(tmp_path):
    """Git gives its checker the payload on its standard input."""
    checker = tmp_path / "checker"
    checker.write_text(f'#!/bin/sh\ncat >{tmp_path}/payload\ncp "$4" {tmp_path}/signature\nexit 1\n')
    checker.chmod(0o755)
    subprocess.run(["git", "init", "-q", str(tmp_path / "r")], check=True)
    data = signed(COMMIT, b"-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n")
    make = ["git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"]
    id = subprocess.run(make, cwd=tmp_path / "r", input=data, check=True, capture_output=True).stdout.decode().strip()
    command = ["git", "-c", f"gpg.program={checker}", "verify-commit", id]
    subprocess.run(command, cwd=tmp_path / "r", check=False, capture_output=True)
    found = read_commit(id, data)
    assert found.payload == (tmp_path / "payload").read_bytes()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (signed(signed(COMMIT, SIGNATURE), SIGNATURE), "several signatures"),
        (signed(signed(COMMIT, SIGNATURE), SIGNATURE, "gpgsig-sha256"), "several signatures"),
        (signed(COMMIT, SIGNATURE, "gpgsig-other"), "another kind of hash"),
        (signed(COMMIT, b"x" * (MAX_SIGNATURE + 1)), "larger than 64 KiB"),
        (COMMIT + b"x" * MAX_OBJECT, "larger than 4 MiB"),
        (COMMIT.replace(b"subject", b"sub\0ject"), "NUL"),
        (COMMIT.replace(b"\n\n", b"\n"), "no end of its headers"),
        (b"", "no end of its headers"),
        (b" \n\n", "a line among its headers that is none"),
        (b"\n\n", "a line among its headers that is none"),
        (COMMIT.replace(b"author", b"author\nnothing"), "a line among its headers that is none"),
        (COMMIT.replace(b"tree", b"twig", 1), "one tree"),
        (b"parent " + ID.encode() + b"\n" + COMMIT, "one tree"),
        (b"tree " + ID.encode() + b"\n" + COMMIT, "one tree"),
        (COMMIT.replace(b"author", b"committer", 1), "one tree"),
        (TAG, "one tree"),
    ],
)
def test_a_commit_that_could_be_read_in_two_ways_is_refused(data, why):
    with pytest.raises(Malformed, match=why):
        read_commit(ID, data)


def test_a_signature_in_a_merged_tag_is_none_of_the_commit():
    tag = (TAG + SIGNATURE).rstrip(b"\n").replace(b"\n", b"\n ")
    data = COMMIT.replace(b"\n\n", b"\nmergetag " + tag + b"\n\n", 1)
    found = read_commit(ID, data)
    assert (found.payload, found.signature) == (data, b"")
    assert read_commit(ID, signed(data, SIGNATURE)).payload == data


def test_a_signature_in_a_message_is_none():
    data = COMMIT + b"\ngpgsig " + SIGNATURE
    assert read_commit(ID, data).signature == b""


def test_the_signature_of_a_tag_is_its_end():
    found = read_tag(ID, TAG + SIGNATURE)
    assert (found.payload, found.signature, found.target, found.name) == (TAG, SIGNATURE, ID, "v1")
    assert read_tag(ID, TAG).signature == b""


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (TAG + SIGNATURE + SIGNATURE, "several signatures"),
        (TAG + SIGNATURE + b"-----BEGIN PGP SIGNATURE-----\n", "several signatures"),
        (signed(TAG, SIGNATURE), "one object"),
        (TAG.replace(b"type commit", b"type tree"), "does not name a commit"),
        (TAG.replace(b"type commit", b"type tag"), "does not name a commit"),
        (TAG.replace(b"b" * 40, b"b" * 39), "does not name a commit"),
        (TAG.replace(b"tag v1", b"tag v1\ntag v2"), "one object"),
        (TAG.replace(b"v1", b"v1\0"), "NUL"),
        (COMMIT, "one object"),
    ],
)
def test_a_tag_that_could_be_read_in_two_ways_is_refused(data, why):
    with pytest.raises(Malformed, match=why):
        read_tag(ID, data)


def test_an_object_that_is_not_what_its_name_says_is_refused():
    check_hash("commit", sha("commit", COMMIT), COMMIT)
    check_hash("commit", hashlib.sha256(b"commit %d\0" % len(COMMIT) + COMMIT).hexdigest(), COMMIT)
    for kind, data in (("commit", COMMIT + b" "), ("tag", COMMIT)):
        with pytest.raises(Malformed, match="not what its SHA says"):
            check_hash(kind, sha("commit", COMMIT), data)


_HEADERS = [f"{name} {TREE}\n".encode() for name in ("tree", "parent", "author", "committer", "object", "type", "tag")]
_OTHERS = [b"gpgsig ", b"gpgsig-sha256 ", b" ", b"\n", b"\n\n", b"\0", b"mergetag ", SIGNATURE, COMMIT, TAG]
_pieces = st.lists(st.sampled_from([*_HEADERS, *_OTHERS]) | st.binary(max_size=8), max_size=12).map(b"".join)


@given(_pieces)
def test_any_bytes_are_read_or_refused(data):
    for read in (read_commit, read_tag):
        try:
            found = read(ID, data)
        except Malformed:
            continue
        assert len(found.payload) + len(found.signature) <= len(data)
        if not found.signature:
            assert found.payload == data


@given(st.binary(max_size=200).filter(lambda data: b"\0" not in data), st.binary(min_size=1, max_size=200))
def test_any_message_and_signature_come_apart_as_they_were_put_together(message, signature):
    payload = COMMIT.partition(b"\n\n")[0] + b"\n\n" + message
    lines = signature.replace(b"\0", b"").rstrip(b"\n") or b"x"
    found = read_commit(ID, signed(payload, lines + b"\n"))
    assert (found.payload, found.signature) == (payload, lines + b"\n")
