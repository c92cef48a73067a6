"""Whose signatures are accepted: the files that an administrator has configured, and nothing else."""

from __future__ import annotations

import base64
import binascii
import os
import re
import stat

from gitflow.core.errors import GitflowError
from gitflow.core.record import Record

REQUIRED, WARN, OFF = "required", "warn", "off"
_MAX_BYTES = 16 << 20
_KRL = b"SSHKRL\n\0"
_SSH_KEY = re.compile(rb"((?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[A-Za-z0-9@.-]+) ([A-Za-z0-9+/]+=*)(?: .*)?")
_SSH_FINGERPRINT = re.compile(rb"SHA256:[A-Za-z0-9+/]{43}")
_OPENPGP_FINGERPRINT = re.compile(rb"[0-9A-F]{40}(?:[0-9A-F]{24})?")


class Unverifiable(GitflowError):
    """A signature cannot be checked: a file or a program is missing or not valid."""


class Trust(Record):
    allowed_signers: str | None = None  #: as `ssh-keygen` reads it
    gpg_keyring: str | None = None  #: as `gpg --export` writes it
    revoked_signers: str | None = None


class Rule(Record):
    """What the revisions of a workspace need."""

    mode: str = REQUIRED  #: or WARN: the revision is served nevertheless
    trust: Trust = Trust()


class Revoked(Record):
    ssh: bytes = b""  #: as ``ssh-keygen -r`` reads it: a list of keys, or a KRL
    fingerprints: frozenset[str] = frozenset()  #: ``SHA256:…`` of SSH, hexadecimal of OpenPGP


def trusted_file(path: str) -> bytes:
    """Its content. Raises Unverifiable if it cannot be read, or if anybody may write to it."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise Unverifiable(f"cannot read {path!r}, which says whose signatures count: it is not a file")
            if found.st_mode & stat.S_IWOTH:
                raise Unverifiable(f"{path!r} says whose signatures count, and everybody may write to it: chmod o-w")
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise Unverifiable(f"cannot read {path!r}, which says whose signatures count: {error.strerror}") from None
    if len(data) > _MAX_BYTES:
        raise Unverifiable(f"{path!r} is larger than {_MAX_BYTES >> 20} MiB")
    return data


def read_revoked(path: str | None) -> Revoked:
    """A line names a key: an SSH public key, its fingerprint ``SHA256:…``, or an OpenPGP fingerprint. A key
    revocation list of `ssh-keygen` is taken as it is. Raises Unverifiable."""
    data = trusted_file(path) if path is not None else b""
    if data.startswith(_KRL):
        return Revoked(data)
    keys: list[bytes] = []
    fingerprints: set[str] = set()
    for number, line in enumerate(data.splitlines(), 1):
        text = line.partition(b"#")[0].strip()
        spelled = text.replace(b" ", b"").upper()
        if _is_ssh_key(text):
            keys.append(text + b"\n")
        elif _SSH_FINGERPRINT.fullmatch(text):
            fingerprints.add(text.decode())
        elif _OPENPGP_FINGERPRINT.fullmatch(spelled):
            fingerprints.add(spelled.decode())
        elif text:
            raise Unverifiable(
                f"{path}:{number} is neither an SSH public key, nor SHA256:… of one, nor an OpenPGP fingerprint"
            )
    return Revoked(b"".join(keys), frozenset(fingerprints))


def _is_ssh_key(text: bytes) -> bool:
    """Whether its base64 begins with the type that it is said to be (RFC 4253, 6.6)."""
    found = _SSH_KEY.fullmatch(text)
    if found is None:
        return False
    try:
        data = base64.b64decode(found[2], validate=True)
    except binascii.Error:
        return False
    return data.startswith(len(found[1]).to_bytes(4, "big") + found[1])
