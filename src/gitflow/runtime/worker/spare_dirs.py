"""Folders of attempts that have ended, which the next attempts of the same job take over.

Making and removing four folders takes a tenth of the time of a short step. So where a job begins an attempt after
another has ended, the folders that an attempt leaves as it got them, which are empty and have the same modes, are
renamed instead. Whatever else it left is removed as ever. The next attempt cannot tell them from new ones.
"""

from __future__ import annotations

import os
import stat

from gitflow.core.standard import suppress

#: What the folder of every attempt has, and the files that most have: what gitflow gave to the step, and its output.
_FOLDERS = frozenset({"artifacts", "outputs"})
_FILES = frozenset({"input.json", "cmd.sh", "output"})
_WORK = "work"
#: The permissions of a working copy depend on the umask. What contains it lets nobody else in.
_OF_OTHERS = 0o077
#: So many are kept of one job; a job that runs more steps at once makes the others anew.
MAX_KEPT = 32


class SpareDirs:
    """The kept folders of one job."""

    def __init__(self, folder: str) -> None:
        """``folder`` is that of the job, where no step has a name that begins with a dot."""
        self._folder = folder
        self._kept: list[str] = []
        self._number = 0

    def take(self, own: str) -> bool:
        """Gives a kept folder to the attempt whose folder is to be ``own``; False if there is none."""
        if not self._kept:
            return False
        try:
            os.rename(self._kept.pop(), own)
        except OSError:  # it lies there still, and is removed with the job
            return False
        return True

    def keep(self, own: str) -> bool:
        """Empties and keeps the folder of an attempt that has ended. False if it is not as it was made; then what is
        left of it has to be removed."""
        if len(self._kept) >= MAX_KEPT:
            return False
        self._number += 1
        spare = f"{self._folder}/.spare-{self._number}"
        try:
            members = frozenset(os.listdir(own))
            if not _is_as_made(own, members):
                return False
            for name in members & _FILES:
                os.unlink(f"{own}/{name}")
            os.rename(own, spare)
        except OSError:
            return False
        self._kept.append(spare)
        return True

    def remove(self) -> None:
        """Removes those that were not taken, as far as that is possible. The job has ended."""
        with suppress(OSError):
            for spare in self._kept:
                os.rmdir(f"{spare}/artifacts")
                os.rmdir(f"{spare}/outputs")
                with suppress(FileNotFoundError):
                    os.rmdir(f"{spare}/{_WORK}")
                os.rmdir(spare)


def _is_as_made(own: str, members: frozenset[str]) -> bool:
    """Whether nothing is left of the attempt but its files. Removes a working copy that has content."""
    if not members >= _FOLDERS or members - _FOLDERS - _FILES - {_WORK} or not _is_private(own):
        return False
    if any(not _is_private(folder) or os.listdir(folder) for folder in (f"{own}/artifacts", f"{own}/outputs")):
        return False
    return _WORK not in members or _clear_work(f"{own}/{_WORK}")


def _clear_work(folder: str) -> bool:
    """Removes a working copy that has content. False if the folder itself was changed, or is a link."""
    if not _is_private(folder, _OF_OTHERS):
        return False
    if os.listdir(folder):
        from gitflow.workspaces.copying import remove_tree

        remove_tree(folder)
    return True


def _is_private(folder: str, but_for: int = 0) -> bool:
    """Whether it is a folder that only this user can enter, on the same disk, without further rights or attributes."""
    info = os.lstat(folder)
    return (
        info.st_mode & ~but_for == stat.S_IFDIR | 0o700
        and info.st_uid == os.geteuid()
        and info.st_dev == os.lstat(f"{folder}/..").st_dev
        and not _attributes(folder)
    )


def _attributes(folder: str) -> list[str]:
    """The extended attributes of a folder, for example those with access control lists, but for that of SELinux, which
    the kernel sets. On systems that do not tell, there may be any."""
    if not hasattr(os, "listxattr"):
        return ["unknown"]
    return [name for name in os.listxattr(folder, follow_symlinks=False) if name != "security.selinux"]
