"""The plan of a container: everything that is decided before the first command runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.runners.containers.client import Client
    from gitflow.runners.containers.records import Kept

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
        if user in _ROOTS and not any(map(_has_foreign_files, self.folders[1:])):
            return ()
        return self.folders


def _has_foreign_files(folder: str) -> bool:
    own = os.geteuid()
    ahead = [folder]
    while ahead:
        with os.scandir(ahead.pop()) as entries:
            for entry in entries:
                if entry.stat(follow_symlinks=False).st_uid != own:
                    return True
                if entry.is_dir(follow_symlinks=False):
                    ahead.append(entry.path)
    return False
