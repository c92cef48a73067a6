"""Hears of changes in a folder, and says when it is worth a look.

Only what can move the workspace counts: not git's own bookkeeping, not what git ignores, not what editors write for a
moment. An event too many costs a look, so in doubt it counts. Where nothing can be heard (the system has no watches
left, the folder is not there) it says so every second, and listens again later.
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

#: Changes are taken together until none came for so long, but not longer than ``_MOST_MS``.
_QUIET_MS = 15
_MOST_MS = 300
#: While git itself changes the work tree, that is waited for, up to so long.
_GIT_S = 5.0
#: So often it is worth a look although nothing was heard, and so often where nothing can be heard, in seconds.
IDLE_S = 30.0
DEAF_S = 1.0
#: After so many looks without hearing it tries to hear again.
_DEAF_LOOKS = 30

#: Of git's bookkeeping: what decides which commit a folder stands on, and what is ignored.
_TELLING = re.compile(r"(HEAD|index|packed-refs|refs/heads/.*|info/exclude|config)\Z(?<!\.lock)")
#: Backups, swap files and probes of editors.
_MOMENTARY = re.compile(r".*~\Z|\.#|#.*#\Z|\..*\.sw[a-z]{1,2}\Z|4913\Z|\.goutputstream-|.*___jb_(?:tmp|old)___\Z|\.nfs")

_log = logging.getLogger("gitflow.workspaces")


class FolderEvents:
    """``for _ in events``: once for each time the folder is worth a look, until ``stop`` is set. Blocks a thread."""

    def __init__(self, folder: str, stop: Event, *, idle_s: float = IDLE_S, deaf_s: float = DEAF_S) -> None:
        self._folder = os.path.realpath(folder)
        self._stop = stop
        self._idle_s = idle_s
        self._deaf_s = deaf_s
        self._logged: str | None = None

    def __iter__(self) -> Iterator[None]:
        while not self._stop.is_set():
            try:
                yield from self._heard()
            except (OSError, RuntimeError) as error:  # the library's own error is a RuntimeError
                self._tell(str(error))
                yield from self._deaf()

    def _heard(self) -> Iterator[None]:
        """Ends when another folder stands in its place."""
        notifier = _notifier()
        seen = os.stat(self._folder).st_ino
        with notifier([self._folder], False, False, 0, True, True) as notify:
            self._logged = None
            yield  # what has changed before we listened
            while not self._stop.is_set() and os.stat(self._folder).st_ino == seen:
                heard = notify.watch(_MOST_MS, _QUIET_MS, int(self._idle_s * 1000), self._stop)
                if heard == "timeout" or (isinstance(heard, set) and self._counts(path for _, path in heard)):
                    self._wait_for_git()
                    yield

    def _deaf(self) -> Iterator[None]:
        for _ in range(_DEAF_LOOKS):
            if self._stop.wait(self._deaf_s):
                return
            yield
            if not os.path.isdir(self._folder):
                continue
            if self._logged and "No such file" in self._logged:
                return

    def _counts(self, paths: Iterable[str]) -> bool:
        found = {os.path.relpath(path, self._folder) for path in paths}
        counting = [path for path in found if _is_telling(path)]
        return any(path.startswith(".git") for path in counting) or bool(
            counting and not _all_ignored(self._folder, counting)
        )

    def _wait_for_git(self) -> None:
        """Half a checkout may look like a revision."""
        lock = os.path.join(self._folder, ".git", "index.lock")
        until = time.monotonic() + _GIT_S
        while os.path.exists(lock) and time.monotonic() < until and not self._stop.wait(_QUIET_MS / 1000):
            pass

    def _tell(self, why: str) -> None:
        if why != self._logged:
            self._logged = why
            _log.warning("changes in %s cannot be heard, so it is looked at every second: %s", self._folder, why)


def _notifier() -> type[RustNotify]:
    """The package's documented lower layer, which listens once made.

    Without the package around it, which would import ``multiprocessing`` and ``anyio``: time and memory of every start.
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


def _is_telling(path: str) -> bool:
    parts = path.split(os.sep)
    if parts[0] == ".git":
        return bool(_TELLING.match("/".join(parts[1:])))
    return not LEFT_OUT.intersection(parts) and not _MOMENTARY.match(parts[-1])


def _all_ignored(folder: str, paths: list[str]) -> bool:
    source = b"\0".join(map(os.fsencode, paths))
    try:
        repository = work_tree_around(os.path.realpath(folder))
        if repository is None:
            return False
        command = ("check-ignore", "-z", "--stdin")
        said = git_commands.run(*command, repository=repository, cwd=folder, own=own_settings(), source=source)
    except WorkspaceError:
        return False  # none of them
    return said.count(b"\0") == len(paths)
