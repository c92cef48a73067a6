"""The last commit of each file that defines a task, looked up in the background and kept.

What a file's last commit is at a revision never changes, and another revision changes it only for the files that it
touches. So git is asked once for each file, and a list of tasks never waits long for it.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from gitflow.core.errors import GitflowError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitflow.api.http.context import Context
    from gitflow.core.language.snapshot import Commit
    from gitflow.core.language.sources import Revision
    from gitflow.runtime.workspaces.served import ServedWorkspace

#: How long a list waits for what was not looked up yet, in seconds.
PATIENCE_S = 0.25

_log = logging.getLogger("gitflow.workspaces")


class FileCommits:
    """Of one workspace, at one revision."""

    def __init__(self, revision: Revision, known: dict[str, Commit | None]) -> None:
        self.revision = revision
        self.known = known
        self.is_looking = False


class LastCommits:
    def __init__(self, context: Context) -> None:
        self._stopping = context.stopping
        self._workspaces: dict[str, FileCommits] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def look_up(self, wanted: Iterable[tuple[ServedWorkspace, set[str]]]) -> None:
        """Looks up the unknown commits. It waits only a moment for them; the search goes on in the background."""
        for one, files in wanted:
            if one.revision is not None and not (known := self._of(one, one.revision)).is_looking:
                missing = files - known.known.keys()
                if missing:
                    known.is_looking = True
                    task = asyncio.create_task(self._look(one, known, missing))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=PATIENCE_S)

    def newest(self, one: ServedWorkspace, files: Iterable[str]) -> Commit | None:
        """The last commit of any of the files; None if one of them is not looked up yet, or outside of git."""
        if one.revision is None:
            return None
        known = self._of(one, one.revision).known
        commits = [known.get(file) for file in files]
        found = [commit for commit in commits if commit is not None]
        return max(found, key=lambda commit: commit.at) if found and len(found) == len(commits) else None

    def _of(self, one: ServedWorkspace, revision: Revision) -> FileCommits:
        found = self._workspaces.get(one.name)
        if found is None or found.revision.id != revision.id:
            kept = {} if found is None else _untouched(one, found, revision)
            found = self._workspaces[one.name] = FileCommits(revision, kept)
        return found

    async def _look(self, one: ServedWorkspace, known: FileCommits, files: set[str]) -> None:
        try:
            for file in sorted(files):
                if self._stopping.is_set():
                    return
                found = await asyncio.to_thread(one.workspace.log, known.revision, [file], 1)
                known.known[file] = found[0] if found else None
        except GitflowError as error:
            _log.warning("the last commits of workspace %s are unknown: %s", one.name, error)
        finally:
            known.is_looking = False


def _untouched(one: ServedWorkspace, before: FileCommits, after: Revision) -> dict[str, Commit | None]:
    """Of the files that the new revision left as they were."""
    try:
        changed = one.workspace.changed_paths(before.revision, after)
    except GitflowError:
        return {}
    return {file: commit for file, commit in before.known.items() if file not in set(changed)}
