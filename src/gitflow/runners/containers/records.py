"""Which containers belong to living attempts: a file for each, locked by its process.

The kernel releases the lock when the process dies. So a file without a lock belongs to a container of a dead process:
``sweep`` removes both. The files are in ``containers/`` of the state directory.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

from gitflow.runners.containers.client import client_of, environment

if TYPE_CHECKING:
    from collections.abc import Collection

#: The folder in the state directory.
FOLDER = "containers"
#: How long one run of the command line may take, in seconds.
_COMMAND_S = 60.0
#: Podman calls a container that nothing has cleaned up after `stopped`.
ENDED = ("exited", "stopped")


class Kept:
    """The file of one attempt's container."""

    def __init__(self, state_dir: str, token: str, program: str) -> None:
        self._path = os.path.join(state_dir, FOLDER, token)
        self._program = program
        self._fd = -1

    def keep(self) -> None:
        """Call it before the container is created. Raises OSError.

        A sweep takes an unlocked, empty file for one of a dead process. It may remove this one between ``open`` and
        ``flock``; then the lock is on a file that nobody finds any more, and a new file is made.
        """
        while self._fd < 0:
            self._fd = self._open()
            fcntl.flock(self._fd, fcntl.LOCK_EX)  # a sweep holds the lock of an empty file only while it removes it
            if not _is_file(self._path, self._fd):
                self.release()
        os.write(self._fd, json.dumps({"program": self._program}).encode())

    def _open(self) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC
        try:
            return os.open(self._path, flags, 0o600)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(self._path), 0o700, exist_ok=True)
            return os.open(self._path, flags, 0o600)

    def remove(self) -> None:
        """The container has been removed."""
        with suppress(OSError):
            os.unlink(self._path)
        self.release()

    def release(self) -> None:
        """Another process may remove the container from now on."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _is_file(path: str, fd: int) -> bool:
    """Whether the path still leads to the open file."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(fd))
    except FileNotFoundError:
        return False


def sweep(state_dir: str, kept: Collection[str] = ()) -> int:
    """Removes the containers of dead processes, except those with the tokens ``kept``. Returns how many files were
    handled."""
    folder = os.path.join(state_dir, FOLDER)
    try:
        tokens = os.listdir(folder)
    except FileNotFoundError:
        return 0
    return sum(_sweep_one(os.path.join(folder, token), token) for token in tokens if token not in kept)


def exit_code(state_dir: str, token: str) -> int | None:
    """That of the container of a dead process. None if it runs, its program never started, or it is not there."""
    try:
        with open(os.path.join(state_dir, FOLDER, token), "rb") as file:
            program = _program_in(file.read(64 * 1024))
    except OSError:
        return None
    if program is None:
        return None
    client = client_of(program)
    ids = (_output(client.find_marked(token)) or "").split()
    said = _output(client.inspect(ids[0])) if len(ids) == 1 else None
    try:
        state = json.loads(said or "")[0]
    except ValueError:
        return None
    has_run = not str(state.get("StartedAt", "")).startswith("0001")
    return int(state.get("ExitCode") or 0) if has_run and state.get("Status") in ENDED else None


def _sweep_one(path: str, token: str) -> bool:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        program = _program_in(os.read(fd, 64 * 1024))
        if program is None or _remove_marked(program, token):
            os.unlink(path)
            return True
    except OSError:
        return False  # its process is alive, or another one sweeps
    finally:
        os.close(fd)
    return False


def _program_in(data: bytes) -> str | None:
    """None if the process died before it wrote it, and so before it created a container."""
    try:
        return str(json.loads(data)["program"])
    except (ValueError, KeyError, TypeError):
        return None


def _remove_marked(program: str, token: str) -> bool:
    """Whether no container with the token is left."""
    client = client_of(program)
    found = _output(client.find_marked(token))
    if found is None:
        return False
    ids = found.split()
    return not ids or _output(client.remove(*ids)) is not None


def _output(words: tuple[str, ...]) -> str | None:
    """What the command printed; None if it failed."""
    try:
        ended = subprocess.run(
            words, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_COMMAND_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        _warn(f"{words[0]}: {error}")
        return None
    if ended.returncode:
        _warn(f"{words[0]} {words[1]}: {ended.stderr.strip()}")
        return None
    return ended.stdout


def _warn(sentence: str) -> None:
    logging.getLogger("gitflow").warning("a container of an ended process cannot be handled: %s", sentence)
