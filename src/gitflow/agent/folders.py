"""The folders of attempts on an agent: as on a server, but artifacts are downloaded from the server and uploaded to
it."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import TYPE_CHECKING, cast

from gitflow.core.record import Record
from gitflow.dispatch.frames import LeftFile
from gitflow.runtime.worker.step_dirs import MEMORY, SHARED, StepDirs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from gitflow.workspaces.checkouts import Checkouts

    Key = tuple[str, str, int]

_BLOCK = 1 << 20


class AgentFolders(StepDirs):
    def __init__(self, state_dir: str, checkouts: Checkouts, agent_id: str) -> None:
        super().__init__(state_dir, checkouts, cast("Any", Files(ArtifactFiles(state_dir))))
        self._agent_id = agent_id
        self._state_dir = state_dir

    def needs_path(self, key: Key) -> str:
        """Where the artifacts of earlier steps are put before the attempt begins."""
        return needs_path(self._state_dir, key[0], f"{key[1]}.{key[2]}")

    def path_of(self, key: Key, artifact: str) -> str:
        """The path of an artifact of the attempt."""
        return os.path.join(self._own(*key), "artifacts", artifact)

    def container_output(self, key: Key) -> str:
        """Where a container of the attempt has left its output; see runners/containers/layout.py."""
        return os.path.join(self._own(*key), "output")

    def clear(self, key: Key) -> None:
        super().clear(key)
        self._remove(self.needs_path(key))

    def clear_left_over(self, jobs_in_use: Iterable[str]) -> None:
        """Call it when the agent starts. It removes the files of ended attempts. The working copy that the steps of a
        job share stays, because the job may continue here."""
        kept = set(jobs_in_use)
        for job_id in self.left_over():
            self._clear_memory(job_id)
            if job_id not in kept and not os.path.isdir(os.path.join(self._root, job_id, SHARED)):
                self.clear_job(job_id)

    def forget_if_empty(self, job_id: str) -> None:
        """Removes the folder of a job that has no attempts here, unless its steps share a working copy."""
        folder = os.path.join(self._root, job_id)
        try:
            members = set(os.listdir(folder))
        except FileNotFoundError:
            return
        if members <= {".empty"}:
            self.clear_job(job_id)

    def _own_in_memory(self, job_id: str) -> str:
        """A server on the same machine may run as another user, so an agent has its own folder."""
        return os.path.join(MEMORY, f"gitflow-agent-{self._agent_id[:8]}-{job_id}")


class Files(Record):
    """The part of the stores that StepDirs uses."""

    artifacts: ArtifactFiles
    shares_artifacts: bool = False  #: what servers share comes from the server


class ArtifactFiles:
    def __init__(self, state_dir: str) -> None:
        self._state_dir = state_dir

    def stage(self, folder: str) -> list[tuple[LeftFile, str]]:
        """The regular files below a folder. They stay where they are until the server has them. Raises OSError."""
        return [(_described(path, name), path) for path, name in _files(folder, "")]

    def lay_out(self, job_id: str, steps: Iterable[str], target: str) -> None:
        """Moves the files that were downloaded for an attempt to its folder ``target``. Raises OSError."""
        source = needs_path(self._state_dir, job_id, os.path.basename(os.path.dirname(target)))
        if os.path.isdir(source):
            os.rmdir(target)
            os.rename(source, target)


def needs_path(state_dir: str, job_id: str, attempt: str) -> str:
    return os.path.join(state_dir, "needs", job_id, attempt)


def _described(path: str, name: str) -> LeftFile:
    digest, size = hashlib.sha256(), 0
    with open(path, "rb", opener=no_link) as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o777
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return LeftFile(name, size, mode, digest.hexdigest())


def _files(folder: str, above: str) -> Iterator[tuple[str, str]]:
    """``(path, name)`` of the regular files below a folder, sorted by name."""
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        name = above + entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path, name + "/")
        elif entry.is_file(follow_symlinks=False) and _is_utf8(name):
            yield entry.path, name


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def no_link(path: str, flags: int) -> int:
    """An opener for files that a step left: it refuses symbolic links."""
    return os.open(path, flags | os.O_NOFOLLOW)
