"""The tokens of this user's sign-ins, by server: one file that nobody else can read.

Whoever changes it holds a lock, which the kernel releases when a process dies, and replaces the file as a whole. So a
process that is killed leaves either the old file or the new one.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from gitflow.core.errors import InvalidInput
from gitflow.core.record import Record, fields_of

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

NAME, LOCK, ASIDE = "tokens.json", "tokens.lock", ".tokens."
#: A larger file is not read, in bytes.
MAX_BYTES = 1024 * 1024
_OPEN = os.O_CLOEXEC | os.O_NOFOLLOW


class SignIn(Record):
    """The tokens at one server."""

    email: str
    access_token: str
    expires_at: float  #: of the access token, by this machine's clock
    refresh_token: str
    #: The refresh token that was asked for, written before the request: a process that was killed may have got it.
    next_refresh_token: str | None = None


class TokenFile:
    def __init__(self, folder: str) -> None:
        self.path = os.path.join(folder, NAME)
        self._folder = folder

    def find(self, server: str) -> SignIn | None:
        """Raises InvalidInput for a file that others may read or change."""
        return self._read().get(server)

    @contextmanager
    def changing(self) -> Generator[Changes]:
        """Alone, also among processes; waits for the one that changes it now."""
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        lock = os.open(os.path.join(self._folder, LOCK), os.O_RDWR | os.O_CREAT | _OPEN, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._clear_aside()
            yield Changes(self, self._read())
        finally:
            os.close(lock)

    def _read(self) -> dict[str, SignIn]:
        try:
            fd = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | _OPEN)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise InvalidInput(f"{self.path} cannot be read: {error.strerror}") from None
        with os.fdopen(fd, "rb") as file:
            self._check(os.fstat(fd))
            try:
                found = json.loads(file.read(MAX_BYTES))["servers"]
                return {server: SignIn(**given) for server, given in found.items()}
            except (ValueError, KeyError, TypeError, AttributeError):
                raise InvalidInput(f"{self.path} holds no tokens; remove it and sign in again") from None

    def _check(self, found: os.stat_result) -> None:
        """Raises InvalidInput if somebody else may have read or written it."""
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
            raise InvalidInput(f"{self.path} is not a file of this user; remove it and sign in again")
        if found.st_mode & 0o077:
            mode = stat.S_IMODE(found.st_mode)
            raise InvalidInput(
                f"others may read the tokens in {self.path} (mode {mode:04o}); sign out everywhere, or trust them and "
                f"run: chmod 600 {self.path}"
            )
        folder = os.stat(self._folder)
        if folder.st_mode & 0o022 and not folder.st_mode & stat.S_ISVTX:
            raise InvalidInput(f"others may replace the tokens in {self._folder}; run: chmod 700 {self._folder}")

    def replace(self, sign_ins: Mapping[str, SignIn]) -> None:
        """While its lock is held."""
        servers = {server: dict(fields_of(found)) for server, found in sign_ins.items()}
        aside = os.path.join(self._folder, f"{ASIDE}{os.urandom(8).hex()}")
        fd = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _OPEN, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(json.dumps({"servers": servers}, indent=1).encode())
            file.flush()
            os.fsync(fd)
        os.rename(aside, self.path)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _clear_aside(self) -> None:
        """What a process that was killed left; nobody writes one now."""
        for name in os.listdir(self._folder):
            if name.startswith(ASIDE):
                with suppress(OSError):
                    os.unlink(os.path.join(self._folder, name))


class Changes:
    """The file while its lock is held."""

    def __init__(self, file: TokenFile, sign_ins: dict[str, SignIn]) -> None:
        self._file = file
        self._sign_ins = sign_ins

    def find(self, server: str) -> SignIn | None:
        return self._sign_ins.get(server)

    def save(self, server: str, found: SignIn) -> None:
        """Before it returns, the file is on the disk."""
        self._sign_ins[server] = found
        self._file.replace(self._sign_ins)

    def remove(self, server: str) -> None:
        if self._sign_ins.pop(server, None) is not None:
            self._file.replace(self._sign_ins)
