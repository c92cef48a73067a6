"""A commit or a tag of git, taken apart: what is signed, and the signature.

Objects come from whoever may push, so nothing in them is taken on trust. What git itself would read in one way and
another reader in another (two signatures, a signature of another kind of hash, bytes behind it) is refused, not
interpreted: an object has one signature, of one form, in one place, or it has none.
"""

from __future__ import annotations

import hashlib
import re

from gitflow.core.record import Record

#: Bytes of an object, and of a signature in it. Git writes commits and tags of a few hundred.
MAX_OBJECT = 4 << 20
MAX_SIGNATURE = 64 << 10

_HEADER = re.compile(rb"[A-Za-z0-9-]+ ")
_SHA = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
#: Where git sees a tag's signature begin.
_BEGIN = re.compile(rb"^-----BEGIN (?:PGP SIGNATURE|PGP MESSAGE|SIGNED MESSAGE|SSH SIGNATURE)-----", re.MULTILINE)
#: The header of a commit's signature, by the length of its SHA: each kind of hash has one of its own.
SIGNATURE_HEADER = {40: b"gpgsig", 64: b"gpgsig-sha256"}
#: Headers of a commit that stand once and in this order; parents stand after the first.
_COMMIT_HEADERS = [b"tree", b"author", b"committer"]
_TAG_HEADERS = [b"object", b"type", b"tag", b"tagger"]


class Malformed(ValueError):
    """The object, or its signature, is not as git writes it; the message says what is wrong."""


class Signed(Record):
    kind: str  #: commit or tag
    id: str
    payload: bytes  #: what is signed: the object without its signature
    signature: bytes  #: as it is written, in armor; empty where there is none
    target: str = ""  #: of a tag: the SHA that it names
    name: str = ""  #: of a tag: its own name


def check_hash(kind: str, id: str, data: bytes) -> None:
    """Compares the object with its id, which git does not do when it reads. Raises Malformed."""
    make = hashlib.sha1 if len(id) == 40 else hashlib.sha256
    if make(b"%s %d\0" % (kind.encode(), len(data)) + data, usedforsecurity=False).hexdigest() != id:
        raise Malformed(f"the {kind} is not what its SHA says: the repository is damaged")


def read_commit(id: str, data: bytes) -> Signed:
    """Raises Malformed."""
    headers, rest = _headers(data)
    names = [name for name, _ in headers]
    if [name for name in names if name in _COMMIT_HEADERS] != _COMMIT_HEADERS or names[0] != b"tree":
        raise Malformed("the commit has not one tree, one author and one committer, in this order")
    wanted = SIGNATURE_HEADER[len(id)]
    signatures = [raw for name, raw in headers if name.startswith(b"gpgsig")]
    if len(signatures) > 1:
        raise Malformed("the commit has several signatures")
    if any(name.startswith(b"gpgsig") and name != wanted for name in names):
        raise Malformed("the commit is signed for another kind of hash")
    payload = b"".join(raw for name, raw in headers if not name.startswith(b"gpgsig")) + rest
    signature = b"".join(signatures)[len(wanted) + 1 :].replace(b"\n ", b"\n")
    return Signed("commit", id, payload, _check_size(signature))


def read_tag(id: str, data: bytes) -> Signed:
    """Raises Malformed."""
    headers, rest = _headers(data)
    values = [raw[len(name) + 1 : -1] for name, raw in headers]
    if [name for name, _ in headers] != _TAG_HEADERS:
        raise Malformed("the tag has not one object, one type, one name and one tagger, in this order")
    if values[1] != b"commit" or not _SHA.fullmatch(values[0]):
        raise Malformed("the tag does not name a commit")
    begins = [match.start() for match in _BEGIN.finditer(rest)]
    if len(begins) > 1:
        raise Malformed("the tag has several signatures")
    end = len(data) - len(rest) + begins[0] if begins else len(data)
    name = values[2].decode("utf-8", "surrogateescape")
    return Signed("tag", id, data[:end], _check_size(data[end:]), values[0].decode(), name)


def _headers(data: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Each header's name and its lines, and the rest from the empty line on."""
    if len(data) > MAX_OBJECT:
        raise Malformed(f"the object is larger than {MAX_OBJECT >> 20} MiB")
    if b"\0" in data:
        raise Malformed("the object contains a NUL byte")
    end = data.find(b"\n\n")
    if end < 0:
        raise Malformed("the object has no end of its headers")
    headers: list[tuple[bytes, bytes]] = []
    for line in data[:end].split(b"\n"):
        if line.startswith(b" ") and headers:
            name, raw = headers[-1]
            headers[-1] = name, raw + line + b"\n"
            continue
        match = _HEADER.match(line)
        if match is None:
            raise Malformed("the object has a line among its headers that is none")
        headers.append((match[0][:-1], line + b"\n"))
    return headers, data[end + 1 :]


def _check_size(signature: bytes) -> bytes:
    if len(signature) > MAX_SIGNATURE:
        raise Malformed(f"the signature is larger than {MAX_SIGNATURE >> 10} KiB")
    return signature
