"""Revisions that were loaded, and those that jobs refer to."""

from __future__ import annotations

import json

from gitflow.core.language.snapshot import Commit
from gitflow.core.language.sources import Revision
from gitflow.core.problems import Problem, Severity
from gitflow.core.record import fields_of
from gitflow.stores import rows
from gitflow.stores.protocols.revisions import LoadedRevision
from gitflow.stores.sql.session import Session
from gitflow.stores.sqlite.errors import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

#: So many of each workspace are kept, and of each so many problems.
MOST_REVISIONS = 500
MOST_PROBLEMS = 500


class SqliteRevisions(Session):
    """See RevisionStore."""

    @guarded
    def add(self, loaded: LoadedRevision, *, unless_known: bool = False) -> None:
        with self.joined():
            self._execute(self._queries["add_revision"], {**_row(loaded), "unless_known": unless_known})
            self._execute(self._queries["forget_revisions"], {"workspace": loaded.workspace, "most": MOST_REVISIONS})

    @guarded
    def revisions(self, workspace: str, limit: int = 50, before: int | None = None) -> list[LoadedRevision]:
        wanted = {"workspace": workspace, "limit": limit, "before": before}
        return [_loaded(row) for row in self._execute(self._queries["revisions"], wanted)]

    @guarded
    def was_accepted(self, workspace: str, revision: str) -> bool:
        return bool(self._execute(self._queries["was_accepted"], (workspace, revision)).fetchone()[0])

    @guarded
    def last_accepted(self, workspace: str) -> LoadedRevision | None:
        row = self._execute(self._queries["last_accepted"], (workspace,)).fetchone()
        return None if row is None else _loaded(row)

    @guarded
    def workspaces(self) -> list[str]:
        return [name for (name,) in self._execute(self._queries["workspaces_of_revisions"])]

    @guarded
    def of_jobs(self) -> set[tuple[str, str]]:
        return set(self._execute(self._queries["revisions_of_jobs"]))


def _row(loaded: LoadedRevision) -> dict[str, Any]:
    commit = loaded.revision.commit
    return {
        "workspace": loaded.workspace,
        "revision": loaded.revision.id,
        "loaded_at": loaded.loaded_at,
        "is_accepted": loaded.is_accepted,
        "is_dirty": loaded.revision.dirty,
        "branch": rows.text_of(loaded.branch) if loaded.branch else None,
        "commit_sha": commit and commit.sha,
        "author": rows.text_of(commit.author) if commit else None,
        "message": rows.text_of(commit.message) if commit else None,
        "committed_at": commit and commit.at,
        "problems": _problems_text(loaded.problems),
    }


def _problems_text(problems: Sequence[Problem]) -> str | None:
    """ASCII only: a message may quote what is no text."""
    if not problems:
        return None
    return json.dumps([list(dict(fields_of(problem)).values()) for problem in problems[:MOST_PROBLEMS]])


def _loaded(row: tuple[Any, ...]) -> LoadedRevision:
    workspace, revision, loaded_at, is_accepted, is_dirty, branch, sha, author, message, at, problems, id = row
    commit = Commit(sha, author, message, at) if sha else None
    return LoadedRevision(
        workspace,
        Revision(revision, commit, bool(is_dirty)),
        loaded_at,
        bool(is_accepted),
        branch,
        tuple(Problem(Severity(severity), *rest) for severity, *rest in json.loads(problems or "[]")),
        id,
    )
