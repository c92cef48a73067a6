"""Git, talking to a repository elsewhere: started through GitPython, with its helpers in a group that can be ended."""

from __future__ import annotations

import os
from contextlib import suppress

from gitflow.core.errors import WorkspaceError
from gitflow.workspaces import plumbing
from gitflow.workspaces.access import Access

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from subprocess import Popen
    from typing import Any

    Process = Popen[bytes]


class Remote:
    def __init__(self, url: str, folder: str, auth: Mapping[str, str]) -> None:
        from threading import Lock

        self._access = Access(url, folder, auth)
        self._guard = Lock()
        self._running: set[Process] = set()
        self._is_closed = False

    @property
    def url(self) -> str:
        """Without credentials."""
        return self._access.url

    def run(self, folder: str, lock: int | None, *command: str, most_s: float | None = None) -> str:
        """What git printed, in a repository. ``lock`` is a handle that git shares while it lives.
        Raises WorkspaceError."""
        from subprocess import TimeoutExpired

        process = self._started(folder, lock, command)
        try:
            out, err = process.communicate(timeout=most_s)
        except TimeoutExpired:
            raise self._refused(f"no answer within {most_s:g} s") from None
        finally:
            with self._guard:
                self._running.discard(process)
            _kill(process)
            for pipe in (process.stdout, process.stderr):
                if pipe:
                    pipe.close()
        if process.returncode:
            raise self._refused(plumbing.first_words(err.decode(errors="replace")))
        return out.decode(errors="surrogateescape")

    def close(self) -> None:
        """Kills what runs, and lets nothing start any more."""
        with self._guard:
            self._is_closed = True
            for process in self._running:
                _kill(process)

    def _started(self, folder: str, lock: int | None, command: Sequence[str]) -> Process:
        os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
        import git  # 70 ms, which only those pay who go to the network anyway

        environment = self._access.environment() | _pinned(folder)
        line = [*_cleaned(), "git", *plumbing.HARMLESS, *plumbing.ANYBODYS, *self._access.settings, *command]
        with self._guard:
            if self._is_closed:
                raise self._refused("gitflow is stopping")
            try:
                started: Any = git.Git(folder).execute(
                    line,
                    env=environment,
                    as_process=True,
                    pass_fds=() if lock is None else (lock,),
                    process_group=0,
                )
            except git.GitCommandNotFound:
                raise WorkspaceError("git is not installed") from None
            process: Process = started.proc
            started.proc = None  # it would end the process with its own life
            self._running.add(process)
            return process

    def _refused(self, why: str) -> WorkspaceError:
        return WorkspaceError(f"the repository {self.url!r} cannot be fetched: {self._access.masked(why)}")


def _cleaned() -> tuple[str, ...]:
    """Any value of this variable, even none, would leave certificates unchecked, and GitPython cannot take it away."""
    return ("env", "-u", "GIT_SSL_NO_VERIFY") if "GIT_SSL_NO_VERIFY" in os.environ else ()


def _pinned(folder: str) -> dict[str, str]:
    """GitPython adds to the caller's environment and cannot take away: what would mislead git is set right."""
    right = {"GIT_DIR": folder, "GIT_COMMON_DIR": folder, "GIT_OBJECT_DIRECTORY": os.path.join(folder, "objects")}
    right["GIT_CEILING_DIRECTORIES"] = os.path.dirname(folder)
    misleading = {"GIT_ALTERNATE_OBJECT_DIRECTORIES": "", "GIT_NAMESPACE": "", "GIT_CONFIG_PARAMETERS": ""}
    return {**misleading, **right}


def _kill(process: Process) -> None:
    """With the helpers it has started; nothing happens to one that has ended."""
    import signal

    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
