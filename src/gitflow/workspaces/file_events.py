"""Watches a folder for changes that can change the workspace.

Git's internal files, files that git ignores and temporary files of editors do not count. In doubt a change counts: a
needless refresh costs little. If the folder cannot be watched (the system has no watches left, the folder is missing),
it is refreshed every second, and watching is tried again later.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import time
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import TYPE_CHECKING

from gitflow.core.errors import WorkspaceError
from gitflow.workspaces import git_commands
from gitflow.workspaces.scanning import LEFT_OUT, own_settings
from gitflow.workspaces.work_trees import work_tree_around

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from threading import Event

    from watchfiles._rust_notify import RustNotify

#: Changes are collected until none came for ``_QUIET_MS``, for ``_MAX_MS`` at most.
_QUIET_MS = 15
_MAX_MS = 300
#: How long to wait at most while git itself changes the work tree, in seconds.
_GIT_S = 5.0
#: How often to refresh without changes, and how often if the folder cannot be watched, in seconds.
IDLE_S = 30.0
POLL_S = 1.0
#: After so many refreshes without a watch, watching is tried again.
_POLLS_BEFORE_RETRY = 30

#: Of git's internal files: those that decide which commit is checked out, and what is ignored.
_RELEVANT_GIT_FILES = re.compile(r"(HEAD|index|packed-refs|refs/heads/.*|info/exclude|config)\Z(?<!\.lock)")
#: Backups, swap files and probes of editors.
_TEMPORARY = re.compile(r".*~\Z|\.#|#.*#\Z|\..*\.sw[a-z]{1,2}\Z|4913\Z|\.goutputstream-|.*___jb_(?:tmp|old)___\Z|\.nfs")

_log = logging.getLogger("gitflow.workspaces")


class FolderEvents:
    """``for _ in events``: yields each time the folder should be refreshed, until ``stop`` is set. Blocks a thread."""

    def __init__(self, folder: str, stop: Event, *, idle_s: float = IDLE_S, poll_s: float = POLL_S) -> None:
        self._folder = os.path.realpath(folder)
        self._stop = stop
        self._idle_s = idle_s
        self._poll_s = poll_s
        self._logged: str | None = None
        self._history: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[None]:
        while not self._stop.is_set():
            try:
                yield from self._watch()
            except (OSError, RuntimeError) as error:  # the library's own error is a RuntimeError
                self._log_failure(str(error))
                yield from self._poll()

    def _watch(self) -> Iterator[None]:
        """Ends if another folder takes its place."""
        notifier = _notifier()
        seen = os.stat(self._folder).st_ino
        self._history = _history_outside(self._folder)
        with notifier([self._folder, *self._history], False, False, 0, True, True) as notify:
            self._logged = None
            yield  # for changes before the watch began
            while not self._stop.is_set() and os.stat(self._folder).st_ino == seen:
                changes = notify.watch(_MAX_MS, _QUIET_MS, int(self._idle_s * 1000), self._stop)
                if changes == "timeout" or (
                    isinstance(changes, set) and self._has_relevant(path for _, path in changes)
                ):
                    self._wait_for_git()
                    yield

    def _poll(self) -> Iterator[None]:
        for _ in range(_POLLS_BEFORE_RETRY):
            if self._stop.wait(self._poll_s):
                return
            yield
            if not os.path.isdir(self._folder):
                continue
            if self._logged and "No such file" in self._logged:
                return

    def _has_relevant(self, paths: Iterable[str]) -> bool:
        paths = list(paths)
        if any(path.startswith(self._history) and not path.endswith(".lock") for path in paths):
            return True
        found = {os.path.relpath(path, self._folder) for path in paths}
        counting = [path for path in found if _is_relevant(path)]
        return any(path.startswith(".git") for path in counting) or bool(
            counting and not _all_ignored(self._folder, counting)
        )

    def _wait_for_git(self) -> None:
        """Waits for git: an unfinished checkout would count as a revision."""
        lock = os.path.join(self._folder, ".git", "index.lock")
        until = time.monotonic() + _GIT_S
        while os.path.exists(lock) and time.monotonic() < until and not self._stop.wait(_QUIET_MS / 1000):
            pass

    def _log_failure(self, why: str) -> None:
        if why != self._logged:
            self._logged = why
            _log.warning("folder %s cannot be watched, so it is checked every second: %s", self._folder, why)


def _notifier() -> type[RustNotify]:
    """The watcher of the package's documented lower layer.

    The package itself is not imported: it would import ``multiprocessing`` and ``anyio``, which slows every start.
    """
    name = "watchfiles._rust_notify"
    if name not in sys.modules:
        package = find_spec("watchfiles")
        found = PathFinder.find_spec(name, package.submodule_search_locations) if package is not None else None
        if found is None or found.loader is None:
            raise ImportError(f"{name} is not installed")
        sys.modules[name] = made = module_from_spec(found)
        found.loader.exec_module(made)
    return sys.modules[name].RustNotify


def _history_outside(folder: str) -> tuple[str, ...]:
    """Of the repository around a folder: what changes with every commit and checkout. Neither need change a file of the
    folder. Nothing where the repository lies in the folder itself."""
    try:
        repository = work_tree_around(folder)
    except WorkspaceError:
        return ()
    if repository is None or repository.git_dir.startswith(folder + os.sep):
        return ()
    found = (os.path.join(repository.git_dir, "logs"), os.path.join(repository.common_dir, "refs", "heads"))
    return tuple(os.path.realpath(path) for path in found if os.path.isdir(path))


def _is_relevant(path: str) -> bool:
    parts = path.split(os.sep)
    if parts[0] == ".git":
        return bool(_RELEVANT_GIT_FILES.match("/".join(parts[1:])))
    return not LEFT_OUT.intersection(parts) and not _TEMPORARY.match(parts[-1])


def _all_ignored(folder: str, paths: list[str]) -> bool:
    source = b"\0".join(map(os.fsencode, paths))
    try:
        repository = work_tree_around(os.path.realpath(folder))
        if repository is None:
            return False
        command = ("check-ignore", "-z", "--stdin")
        output = git_commands.run(*command, repository=repository, cwd=folder, own=own_settings(), source=source)
    except WorkspaceError:
        return False  # none of them
    return output.count(b"\0") == len(paths)
