"""Runs git against a remote repository: through GitPython, in a process group that can be killed with its helpers."""

from __future__ import annotations

import os
import signal
from contextlib import nullcontext, suppress
from subprocess import TimeoutExpired
from threading import Lock
from typing import TYPE_CHECKING

from gitflow.core.errors import WorkspaceError
from gitflow.workspaces import git_commands, git_process
from gitflow.workspaces.credentials import GitCredentials
from gitflow.workspaces.isolation import isolated, repository_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from gitflow.workspaces.git_process import Process


class Remote:
    def __init__(self, url: str, folder: str, auth: Mapping[str, str]) -> None:
        self._credentials = GitCredentials(url, folder, auth)
        self._guard = Lock()
        self._running: set[Process] = set()
        self._is_closed = False

    @property
    def url(self) -> str:
        """Without credentials."""
        return self._credentials.url

    def run(self, folder: str, lock: int | None, *command: str, max_s: float | None = None) -> str:
        """Runs a command in a repository and returns its output. ``lock``: a handle that git inherits, so that the lock
        is held while git runs. Raises WorkspaceError."""
        with self._source(command) as source:
            process = self._start(folder, lock, command, source)
            try:
                out, err = process.communicate(timeout=max_s)
            except TimeoutExpired:
                raise self._error(f"no answer within {max_s:g} s") from None
            finally:
                with self._guard:
                    self._running.discard(process)
                _kill(process)
                for pipe in (process.stdout, process.stderr):
                    if pipe:
                        pipe.close()
        if process.returncode:
            raise self._error(git_commands.first_words(err.decode(errors="replace")))
        return out.decode(errors="surrogateescape")

    def close(self) -> None:
        """Kills running processes, and starts no more."""
        with self._guard:
            self._is_closed = True
            for process in self._running:
                _kill(process)

    def _start(self, folder: str, lock: int | None, command: Sequence[str], source: Mapping[str, str]) -> Process:
        name, *rest = command
        line = (*self._credentials.settings, name, *git_process.upload_pack(source, name), *rest)
        repository = {"GIT_DIR": folder, "GIT_COMMON_DIR": folder}
        with self._guard:
            if self._is_closed:
                raise self._error("gitflow is stopping")
            process = git_process.start_for_network(line, folder, self._credentials.environment(), repository, lock)
            self._running.add(process)
            return process

    def _source(self, command: Sequence[str]) -> AbstractContextManager[Mapping[str, str]]:
        """Variables for the git that serves a repository on this machine, so that it ignores its configuration."""
        path = self._credentials.local_path if self.url in command else ""
        if not path:
            return nullcontext({})
        found = next(
            filter(None, (repository_at(path + ending) for ending in ("/.git", "", ".git/.git", ".git"))), None
        )
        if found is None:
            raise self._error(f"{path!r} is not a git repository")
        return isolated(found)

    def _error(self, why: str) -> WorkspaceError:
        return WorkspaceError(f"the repository {self.url!r} cannot be fetched: {self._credentials.masked(why)}")


def _kill(process: Process) -> None:
    """Kills the process and its helpers, unless it has ended."""
    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
