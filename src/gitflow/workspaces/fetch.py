"""Runs git against a remote repository: through GitPython, in a process group that can be killed with its helpers."""

from __future__ import annotations

import os
import signal
from contextlib import nullcontext, suppress
from subprocess import TimeoutExpired
from threading import Lock
from typing import TYPE_CHECKING

from gitflow.core.errors import WorkspaceError
from gitflow.core.record import Record
from gitflow.workspaces import git_commands, git_process
from gitflow.workspaces.credentials import GitCredentials
from gitflow.workspaces.isolation import isolated, repository_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from gitflow.workspaces.git_process import Process

#: One pack, and not a file for each object: then a limit for each file bounds all of them.
_AS_PACK = ("-c", "fetch.unpackLimit=1")


class Ran(Record):
    status: int
    out: str
    err: str


class TimedOut(Exception):
    """Git has not ended in time, and was killed."""


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

    def run(
        self,
        folder: str,
        lock: int | None,
        *command: str,
        max_s: float | None = None,
        limits: git_process.Limits | None = None,
    ) -> str:
        """Runs a command in a repository and returns its output. ``lock``: a handle that git inherits, so that the lock
        is held while git runs. Raises WorkspaceError."""
        try:
            ran = self._finish(folder, lock, command, max_s, limits)
        except TimedOut as error:
            raise self._error(str(error)) from None
        if ran.status:
            raise self._error(git_commands.first_words(ran.err))
        return ran.out

    def push(self, folder: str, lock: int | None, *words: str, max_s: float) -> Ran:
        """Runs ``git push``, with credentials masked in what it said; a status of -1: it has not ended in time."""
        try:
            ran = self._finish(folder, lock, ("push", *words), max_s, None)
        except TimedOut as error:
            return Ran(-1, "", str(error))
        return Ran(ran.status, self._credentials.masked(ran.out), self._credentials.masked(ran.err))

    def _finish(
        self,
        folder: str,
        lock: int | None,
        command: Sequence[str],
        max_s: float | None,
        limits: git_process.Limits | None,
    ) -> Ran:
        with self._source(command) as source:
            process = self._start(folder, lock, command, source, limits)
            try:
                out, err = process.communicate(timeout=max_s)
            except TimeoutExpired:
                raise TimedOut(f"no answer within {max_s:g} s") from None
            finally:
                with self._guard:
                    self._running.discard(process)
                _kill(process)
                for pipe in (process.stdout, process.stderr):
                    if pipe:
                        pipe.close()
        return Ran(process.returncode, out.decode(errors="surrogateescape"), err.decode(errors="replace"))

    def close(self) -> None:
        """Kills running processes, and starts no more."""
        with self._guard:
            self._is_closed = True
            for process in self._running:
                _kill(process)

    def _start(
        self,
        folder: str,
        lock: int | None,
        command: Sequence[str],
        source: Mapping[str, str],
        limits: git_process.Limits | None,
    ) -> Process:
        name, *rest = command
        settings = (*self._credentials.settings, *(_AS_PACK if limits else ()))
        line = (*settings, name, *git_process.upload_pack(source, name), *git_process.receive_pack(source, name), *rest)
        repository = {"GIT_DIR": folder, "GIT_COMMON_DIR": folder}
        with self._guard:
            if self._is_closed:
                raise self._error("gitflow is stopping")
            environment = self._credentials.environment()
            process = git_process.start_for_network(line, folder, environment, repository, lock, limits)
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
