"""Encrypts stored values that hold secrets, and decrypts them.

Every value of a job passes its ``Seals`` before it is stored. A value that contains a secret of the job, in any form
that would be masked, is sealed (AES-256-GCM); all others stay as they are. A sealed text begins with a mark with which
no JSON begins, and names its key. It can only be decrypted for the job and the column for which it was sealed.

The keys are in one file, one base64 key a line: the first seals, and the others still open what they have sealed. The
file is created when the first value must be sealed. cryptography is imported only then.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

from gitflow.core.errors import StoreError, Unreadable
from gitflow.core.templates.masking import holds_any, masked
from gitflow.stores.secret_files import write_once

if TYPE_CHECKING:
    from gitflow.core.jobs.job import Job
    from gitflow.core.values import Json

#: How a sealed column begins: ``sealed:<key id>:<base64 of nonce and ciphertext>``.
MARK = "sealed:"
KEY_FILE = "secrets.key"
_KEY_BYTES, _NONCE_BYTES = 32, 12


class Sealer:
    """The keys of one store, read when they are first needed. With ``path`` None, one key is kept in memory."""

    def __init__(self, path: str | None, *, is_configured: bool = False) -> None:
        self._path = path
        self._is_configured = is_configured
        self._keys: dict[str, bytes] = {}

    def seal(self, text: str, place: str) -> str:
        """``place``: the table and column. Raises StoreError if there is no key and none can be created."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        id, key = self._newest()
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(key).encrypt(nonce, text.encode("utf-8", "surrogatepass"), place.encode())
        return f"{MARK}{id}:{b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, place: str) -> str:
        """Raises Unreadable, with the remedy, if its key is missing or the value was changed."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        id, _, packed = sealed.removeprefix(MARK).partition(":")
        key = self._key(id)
        try:
            data = b64decode(packed, validate=True)
            clear = AESGCM(key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], place.encode())
        except (ValueError, InvalidTag):
            raise Unreadable(f"the sealed {place} has been changed; put a backup in its place") from None
        return clear.decode("utf-8", "surrogatepass")

    def digest(self, text: str, like: str = "") -> str:
        """A digest by which equal texts can be recognised. It is keyed, so that nobody without the key can test a
        guess.

        ``like``: an earlier digest; its key is used again. Raises StoreError, and Unreadable if that key is missing.
        """
        id = like.partition(":")[0]
        id, key = (id, self._key(id)) if id else self._newest()
        own = hmac.digest(key, b"gitflow digest key", "sha256")  # derived, because no key should serve two purposes
        return f"{id}:{hmac.digest(own, text.encode(), 'sha256').hex()}"

    def ids(self) -> list[str]:
        """The ids of all keys, that of the sealing key first. Raises StoreError."""
        self._newest()
        return list(self._keys)

    def open_of(self, job_id: str, sealed: str, column: str) -> str:
        return self.open(sealed, place_of(job_id, column))

    def for_job(self, job: Job) -> Seals:
        return Seals(self, job)

    def _newest(self) -> tuple[str, bytes]:
        if not self._keys:
            self._keys = self._read() or self._made()
        return next(iter(self._keys.items()))

    def _key(self, id: str) -> bytes:
        if id not in self._keys:
            self._keys = self._read() or self._keys  # another process may have created it, or a person restored it
        if id not in self._keys:
            raise Unreadable(
                f"what is stored here is sealed with key {id}, which is not in {self._path}; put the key file back "
                "(a line a key: old keys still open), or delete the job"
            )
        return self._keys[id]

    def _read(self) -> dict[str, bytes]:
        """The keys in order; empty if the file does not exist yet."""
        if self._path is None:
            return {}
        try:
            with open(self._path, encoding="ascii") as file:
                status = os.fstat(file.fileno())
                _refuse_loose(self._path, status.st_mode, status.st_uid)
                return _parsed(self._path, file.read())
        except FileNotFoundError:
            if self._is_configured:
                raise StoreError(
                    f"the key file {self._path} (secrets_key_file) is not there; put it back, or make one with: "
                    f"(umask 077; openssl rand -base64 {_KEY_BYTES} > {self._path})"
                ) from None
            return {}
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(f"the key file {self._path} cannot be read: {error}") from error

    def _made(self) -> dict[str, bytes]:
        """Creates the key and syncs it before anything is sealed with it. If two processes try at once, both get the
        key of one."""
        key = os.urandom(_KEY_BYTES)
        if self._path is None:
            return {_id_of(key): key}
        try:
            os.makedirs(os.path.dirname(self._path), mode=0o700, exist_ok=True)
            write_once(self._path, b64encode(key) + b"\n")
        except OSError as error:
            raise StoreError(f"the key file {self._path} cannot be made: {error.strerror}") from error
        return self._read()


class Seals:
    """Seals the values of one job that has secrets."""

    __slots__ = ("_job", "_sealer")

    def __init__(self, sealer: Sealer, job: Job) -> None:
        self._sealer = sealer
        self._job = job

    def known(self) -> str:
        """The secrets that the job has read, as a sealed list for other processes."""
        return self._sealer.seal(json.dumps(self._job.secrets), place_of(self._job.id, "secrets"))

    def input(self, encoded: str) -> str:
        """The job's input. A field that is marked secret is sealed even if its value is too short to be looked for."""
        job = self._job
        if any(field.secret and job.input.get(name) is not None for name, field in job.plan.task.input.items()):
            return self._sealer.seal(encoded, place_of(job.id, "input"))
        return self.value("input", job.input, encoded)

    def value(self, column: str, value: Json, encoded: str) -> str:
        """The encoded value, or the same sealed if it contains a secret."""
        if not holds_any(value, self._job.secrets):
            return encoded
        return self._sealer.seal(encoded, place_of(self._job.id, column))

    def masked(self, value: Json) -> Json:
        """Text that people read: secrets in it are masked, not sealed."""
        return masked(value, self._job.secrets)


def place_of(job_id: str, column: str) -> str:
    return f"{column} of job {job_id}"


def _parsed(path: str, text: str) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for line in text.split():
        try:
            key = b64decode(line, validate=True)
        except ValueError:
            key = b""
        if len(key) != _KEY_BYTES:
            raise StoreError(
                f"the key file {path} must hold base64 of {_KEY_BYTES} bytes a line; put a whole one there"
            )
        keys[_id_of(key)] = key
    return keys


def _id_of(key: bytes) -> str:
    """The id of a key, which reveals nothing about the key."""
    return hashlib.sha256(b"gitflow key id" + key).hexdigest()[:8]


def sealer_of(state_dir: str, key_file: str | None) -> Sealer:
    """That of the store of a state directory. ``key_file``: the configured file of its keys, if there is one."""
    return Sealer(key_file or os.path.join(state_dir, KEY_FILE), is_configured=key_file is not None)


def _refuse_loose(path: str, mode: int, owner: int) -> None:
    # Root's file may be readable by its group: that is how a container receives a secret that it does not own.
    allowed = 0o640 if owner == 0 and os.geteuid() != 0 else 0o600
    if mode & 0o077 & ~allowed:
        raise StoreError(f"the key file {path} may be read by others (mode {mode & 0o777:o}); run: chmod 600 {path}")
    if owner not in (os.geteuid(), 0):
        raise StoreError(f"the key file {path} belongs to another user; it must be yours")
