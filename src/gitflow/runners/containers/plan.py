"""The plan of a container: everything that is decided before the first command runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.runners.containers.client import Client
    from gitflow.runners.containers.records import Kept

#: How many files are looked at, before it is quicker to hand all of them to the program that changes their owner.
MAX_SCANNED = 5000
#: Root as it can be written in an image.
_ROOTS = frozenset({"", "0", "root", "0:0", "root:root", "0:root", "root:0"})


class Plan(Record):
    client: Client
    image: str
    platform: str | None
    pull: str  #: always, missing or never
    name: str
    options: tuple[str, ...]
    arguments: tuple[str, ...]
    program: str  #: the program that is started, in words
    env: Mapping[str, str]  #: the variables that the client hands on
    mark: Mapping[str, str]  #: marks the client's processes
    memory: str
    folders: tuple[str, ...]  #: the folders that the container writes to
    record: Kept

    def foreign_folders(self, user: str) -> tuple[str, ...]:
        """The folders in which files belong to other users now. ``user``: that of the image, or of the action."""
        if self.client.is_privileged or not self.client.is_podman:
            return ()
        if user in _ROOTS and not any(map(_may_have_foreign_files, self.folders)):
            return ()
        return self.folders


def _may_have_foreign_files(folder: str) -> bool:
    """Root of a container may give files away; ``tar`` does, for example. Too many files, or a folder that cannot be
    read, count as foreign."""
    own, seen = os.geteuid(), 0
    ahead = [folder]
    while ahead:
        try:
            entries = list(os.scandir(ahead.pop()))
        except PermissionError:
            return True
        seen += len(entries)
        if seen > MAX_SCANNED or any(entry.stat(follow_symlinks=False).st_uid != own for entry in entries):
            return True
        ahead += [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    return False
