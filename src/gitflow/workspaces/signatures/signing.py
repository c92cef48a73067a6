"""Signs what the server commits, with one private key from a file: of OpenSSH or of OpenPGP.

The key has no passphrase, since nobody is there to type it. As for checking, the programs run in an empty folder in
memory, with nothing of the account's keys and settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import WorkspaceError
from gitflow.workspaces.signatures.objects import SIGNATURE_HEADER
from gitflow.workspaces.signatures.programs import programs
from gitflow.workspaces.signatures.trust import Unverifiable

if TYPE_CHECKING:
    from gitflow.workspaces.signatures.programs import Programs, Ran

_MAX_KEY_BYTES = 1 << 20
_OPENPGP = b"-----BEGIN PGP PRIVATE KEY BLOCK-----"
_OF_SSH = b"PRIVATE KEY-----"
_QUIET = ("--batch", "--quiet", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "")


def sign(payload: bytes, key_file: str) -> bytes:
    """The signature in armor, as git writes it into a commit. Raises WorkspaceError if the key cannot be used."""
    key = _read_key(key_file)
    is_ssh = _OF_SSH in key and not key.lstrip().startswith(_OPENPGP)
    try:
        with programs() as ready:
            return (_sign_ssh if is_ssh else _sign_openpgp)(ready, key, payload, key_file)
    except Unverifiable as error:
        raise WorkspaceError(str(error)) from None


def add_signature(payload: bytes, signature: bytes, sha: str) -> bytes:
    """The commit with its signature among the headers. ``sha``: of any object of the repository, whose length says
    which hash it uses."""
    head, _, message = payload.partition(b"\n\n")
    folded = signature.strip().replace(b"\n", b"\n ")
    return b"".join((head, b"\n", SIGNATURE_HEADER[len(sha)], b" ", folded, b"\n\n", message))


def _sign_ssh(ready: Programs, key: bytes, payload: bytes, key_file: str) -> bytes:
    path = ready.write("key", key.strip() + b"\n")
    signed = ready.write("payload", payload)
    ran = ready.run("ssh-keygen", "-q", "-Y", "sign", "-n", "git", "-f", path, signed)
    _check(ran, key_file)
    with open(f"{signed}.sig", "rb") as file:
        return file.read()


def _sign_openpgp(ready: Programs, key: bytes, payload: bytes, key_file: str) -> bytes:
    gpg = ("gpg", "--homedir", ready.folder, *_QUIET)
    try:
        _check(ready.run(*gpg, "--import", ready.write("key", key)), key_file)
        signature = ready.run(*gpg, "--armor", "--detach-sign", "--output", "-", ready.write("payload", payload))
        _check(signature, key_file)
        return signature.out.encode()
    finally:
        ready.run("gpgconf", "--homedir", ready.folder, "--kill", "all")  # its agent would stay


def _check(ran: Ran, key_file: str) -> None:
    if ran.status:
        said = " ".join(ran.err.split())[:300] or f"status {ran.status}"
        raise WorkspaceError(f"the key {key_file!r}, which signs commits, cannot be used: {said}")


def _read_key(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            key = file.read(_MAX_KEY_BYTES + 1)
    except OSError as error:
        raise WorkspaceError(f"the key {path!r}, which signs commits, cannot be read: {error.strerror}") from None
    if not key.strip() or len(key) > _MAX_KEY_BYTES:
        raise WorkspaceError(f"the key {path!r}, which signs commits, is empty or too large")
    return key
