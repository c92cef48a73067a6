"""Revisions that were loaded, and revisions that jobs refer to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitflow.core.language.snapshot import Commit
from gitflow.core.language.sources import Revision
from gitflow.core.problems import Problem, Severity
from gitflow.core.record import fields_of, names_of, replace
from gitflow.core.signatures import Signature, Verdict
from gitflow.stores.protocols.revisions import Acceptance, LoadedRevision, SyncPause
from gitflow.stores.sql import rows
from gitflow.stores.sql.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from gitflow.stores.sql.driver import Row

#: So many revisions of each workspace are kept, and so many problems of each revision.
MAX_REVISIONS = 500
MAX_PROBLEMS = 500
#: For so many commits and tags of each workspace, the store keeps when they were first seen.
MAX_SEEN = 10_000


#: All columns but the id, which the store sets.
REVISION = (
    *("workspace", "revision", "loaded_at", "is_accepted", "is_dirty", "branch"),
    *("commit_sha", "author", "message", "committed_at", "problems", "signature"),
    "breaks_policy",
)


COLUMNS = {"revision": REVISION, "acceptance": names_of(Acceptance)}


class SqlRevisions(Session):
    """See RevisionStore."""

    columns = COLUMNS

    def add(self, loaded: LoadedRevision, *, unless_known: bool = False) -> None:
        with self.joined():
            self._run("add_revision", **_row(loaded), unless_known=unless_known)
            self._run("forget_revisions", workspace=loaded.workspace, most=MAX_REVISIONS)

    def name_commit(self, workspace: str, revision: Revision, branch: str | None) -> None:
        with self.joined():
            self._run("name_revision", workspace=workspace, revision=revision.id, **_origin(revision, branch))

    def revisions(self, workspace: str, limit: int = 50, before: int | None = None) -> list[LoadedRevision]:
        found = self._all("revisions", workspace=workspace, limit=limit, before=before)
        accepted = {each.revision: each for each in self.acceptances(workspace)} if found else {}
        return [replace(_loaded(row), acceptance=accepted.get(row["revision"])) for row in found]

    def was_accepted(self, workspace: str, revision: str) -> bool:
        return bool(self._value("was_accepted", workspace=workspace, revision=revision))

    def see(self, workspace: str, object: str, at: float) -> None:
        with self.joined():
            self._run("see_object", workspace=workspace, object=object, seen_at=at)
            self._run("forget_objects", workspace=workspace, most=MAX_SEEN)

    def first_seen(self, workspace: str, object: str) -> float | None:
        return self._value("first_seen", workspace=workspace, object=object)

    def pauses(self) -> list[SyncPause]:
        return [SyncPause(**row) for row in self._all("sync_pauses")]

    def pause(self, workspace: str) -> SyncPause | None:
        row = self._first("sync_pause", workspace=workspace)
        return None if row is None else SyncPause(**row)

    def put_pause(self, pause: SyncPause) -> None:
        texts = {"actor": rows.text_of(pause.actor), "reason": rows.text_of(pause.reason)}
        with self.joined():
            self._run("put_sync_pause", workspace=pause.workspace, at=pause.at, **texts)

    def drop_pause(self, workspace: str) -> bool:
        with self.joined():
            return bool(self._run("drop_sync_pause", workspace=workspace))

    def acceptances(self, workspace: str | None = None) -> list[Acceptance]:
        return [Acceptance(**row) for row in self._all("acceptances", workspace=workspace)]

    def put_acceptance(self, acceptance: Acceptance) -> None:
        fields = {
            name: rows.text_of(value) if isinstance(value, str) else value for name, value in fields_of(acceptance)
        }
        with self.joined():
            self._run("put_acceptance", **fields)

    def last_accepted(self, workspace: str) -> LoadedRevision | None:
        row = self._first("last_accepted", workspace=workspace)
        return None if row is None else _loaded(row)

    def workspaces(self) -> list[str]:
        return self._values("workspaces_of_revisions")

    def of_open_jobs(self) -> set[tuple[str, str]]:
        return {(row["workspace"], row["revision"]) for row in self._all("revisions_of_open_jobs")}

    def of_jobs(self) -> set[tuple[str, str]]:
        return {(row["workspace"], row["revision"]) for row in self._all("revisions_of_jobs")}


def _row(loaded: LoadedRevision) -> dict[str, Any]:
    return {
        "workspace": loaded.workspace,
        "revision": loaded.revision.id,
        "loaded_at": loaded.loaded_at,
        "is_accepted": loaded.is_accepted,
        **_origin(loaded.revision, loaded.branch),
        "problems": _problems_text(loaded.problems),
        "signature": _signature_text(loaded.signature),
        "breaks_policy": loaded.breaks_policy,
    }


def _origin(revision: Revision, branch: str | None) -> dict[str, Any]:
    commit = revision.commit
    return {
        "is_dirty": revision.dirty,
        "branch": rows.text_of(branch) if branch else None,
        "commit_sha": commit and commit.sha,
        "author": rows.text_of(commit.author) if commit else None,
        "message": rows.text_of(commit.message) if commit else None,
        "committed_at": commit and commit.at,
    }


def _problems_text(problems: Sequence[Problem]) -> str | None:
    """ASCII only, because a message may quote bytes that are not text."""
    if not problems:
        return None
    return json.dumps([list(dict(fields_of(problem)).values()) for problem in problems[:MAX_PROBLEMS]])


def _signature_text(signature: Signature | None) -> str | None:
    """ASCII only, because the name of the signer may not be text."""
    return None if signature is None else json.dumps(dict(fields_of(signature)))


def _signature(text: str | None) -> Signature | None:
    if text is None:
        return None
    found = json.loads(text)
    verdict = Verdict(found.pop("verdict"))
    return Signature(verdict, **found)


def _loaded(row: Row) -> LoadedRevision:
    sha = row["commit_sha"]
    commit = Commit(sha, row["author"], row["message"], row["committed_at"]) if sha else None
    return LoadedRevision(
        row["workspace"],
        Revision(row["revision"], commit, bool(row["is_dirty"])),
        row["loaded_at"],
        bool(row["is_accepted"]),
        row["branch"],
        tuple(Problem(Severity(severity), *rest) for severity, *rest in json.loads(row["problems"] or "[]")),
        _signature(row["signature"]),
        row["id"],
        bool(row["breaks_policy"]),
    )
