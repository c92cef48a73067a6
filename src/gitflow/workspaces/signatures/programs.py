"""How `ssh-keygen`, `gpgv` and `gpg` are started: in an empty folder of their own, without the account's settings."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from subprocess import PIPE, Popen, TimeoutExpired
from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.workspaces.copying import remove_tree
from gitflow.workspaces.isolation import private_folder
from gitflow.workspaces.signatures.trust import Unverifiable

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

#: How long a program may take; they need milliseconds.
TIMEOUT_S = 30.0


class Ran(Record):
    status: int
    out: str
    err: str


class Programs:
    """Both run in ``folder``, which is their home as well; the files that they read are written there."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def write(self, name: str, data: bytes) -> str:
        """The path of a file with this content, which only this account may read."""
        path = os.path.join(self.folder, name)
        with open(path, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(data)
        return path

    def run(self, *command: str, source: bytes = b"") -> Ran:
        """Raises Unverifiable if the program is missing, or does not end."""
        try:
            process = Popen(command, cwd=self.folder, env=self._environment(), stdin=PIPE, stdout=PIPE, stderr=PIPE)
        except FileNotFoundError:
            raise Unverifiable(f"{command[0]} is not installed, which checks these signatures") from None
        except OSError as error:
            raise Unverifiable(f"{command[0]} cannot be started: {error.strerror}") from None
        with process:
            try:
                out, err = process.communicate(source, timeout=TIMEOUT_S)
            except TimeoutExpired:
                process.kill()
                raise Unverifiable(f"{command[0]} has not ended within {TIMEOUT_S:g} s") from None
        return Ran(process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))

    def _environment(self) -> Mapping[str, str]:
        """Times are written and read in UTC, texts in English."""
        found = {"PATH": os.environ.get("PATH", os.defpath), "HOME": self.folder, "GNUPGHOME": self.folder}
        return {**found, "LC_ALL": "C", "LANGUAGE": "C", "TZ": "UTC0"}


@contextmanager
def programs() -> Generator[Programs]:
    """Raises Unverifiable if their files cannot be written."""
    folder = private_folder()
    try:
        yield Programs(folder)
    except OSError as error:
        raise Unverifiable(f"the files to check a signature with cannot be written: {error.strerror}") from None
    finally:
        with suppress(OSError):
            remove_tree(folder)
