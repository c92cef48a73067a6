"""A small file system of a test's own, which can be filled and made read-only: a tmpfs in a mount namespace.

It needs no rights where users may make namespaces of their own. Programs that shall see it run with ``within``.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

#: Answers each line of its stdin, a shell command, by its exit status.
HOLD = (
    'mount -t tmpfs -o size={size} tmpfs "{folder}" && echo ready && while read -r line; do eval "$line"; echo $?; done'
)


class Disk:
    def __init__(self, folder: Path, holder: subprocess.Popen[str]) -> None:
        self.folder = folder
        self.seen = Path(f"/proc/{holder.pid}/root{folder}")  #: the same, from outside; SQLite cannot use it
        self.within = ("nsenter", "--preserve-credentials", "--user", "--mount", f"--target={holder.pid}")
        self._holder = holder

    def fill(self) -> None:
        """To the last byte, by a file that anybody may use room of."""
        with open(self.seen / "ballast", "ab", buffering=0) as ballast:
            for size in (1 << 16, 1 << 12, 1):
                try:
                    while True:
                        ballast.write(b"x" * size)
                except OSError:
                    continue

    def free(self) -> int:
        status = os.statvfs(self.seen)
        return status.f_bavail * status.f_frsize

    def make_read_only(self) -> None:
        assert self._holder.stdin
        assert self._holder.stdout
        print(f'mount -o remount,ro "{self.folder}"', file=self._holder.stdin, flush=True)
        assert self._holder.stdout.readline() == "0\n"


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Disk]:
    """Mounted at ``folder`` for one process, and seen by all through it."""
    folder.mkdir()
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", HOLD.format(size=size, folder=folder)]
    try:
        holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    except FileNotFoundError:
        pytest.skip("there is no unshare here")
    with holder:
        try:
            assert holder.stdout
            if holder.stdout.readline() != "ready\n":
                pytest.skip("a user may make no mount namespace here")
            yield Disk(folder, holder)
        finally:
            holder.kill()
