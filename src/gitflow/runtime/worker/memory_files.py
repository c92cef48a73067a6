"""Folders in memory for the files of an attempt that hold secrets, so that a secret is never written to a disk.

``/dev/shm`` is a file system in memory on every Linux. A file there has a path, which every program can open any
number of times, including child processes (docs/decisions/0050). All users share it, so a job's folder is created with
mode 0700, and an existing folder of another user is refused.
Files that a killed process leaves there are removed with the job's other folders.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress


def is_available(root: str) -> bool:
    """Whether this folder is in memory, and files can be created in it."""
    try:
        with open("/proc/self/mounts", encoding="utf-8", errors="replace") as mounts:
            kinds = [words[2] for words in map(str.split, mounts) if words[1] == root]
    except OSError:
        return False
    return bool(kinds) and kinds[-1] in ("tmpfs", "ramfs") and os.access(root, os.W_OK | os.X_OK)


def make(own: str, attempt: str) -> str:
    """Creates the folder of an attempt in the folder of its job. Raises OSError, also if that is another user's."""
    with suppress(FileExistsError):
        os.mkdir(own, 0o700)
    if not _is_ours(own):
        raise OSError(f"the folder {own} belongs to another user, or others may enter it: remove it")
    folder = os.path.join(own, attempt)
    os.mkdir(folder, 0o700)
    return folder


def remove(own: str, attempt: str) -> None:
    """Removes the folder of an attempt, if there is one. Raises OSError."""
    folder = os.path.join(own, attempt)
    try:
        os.unlink(f"{folder}/input.json")
        os.rmdir(folder)
    except OSError:
        _remove_tree(folder)


def remove_job(own: str) -> None:
    """Removes the folder of a job and its content. Raises OSError."""
    try:
        os.rmdir(own)
    except FileNotFoundError:
        return
    except OSError:
        if _is_ours(own):
            _remove_tree(own)


def _is_ours(folder: str) -> bool:
    found = os.lstat(folder)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077


def _remove_tree(folder: str) -> None:
    from gitflow.workspaces.copying import remove_tree

    remove_tree(folder)
