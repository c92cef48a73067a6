"""Revisions that were loaded. Synchronous, like stores/protocols/jobs.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record

if TYPE_CHECKING:
    from typing import Protocol

    from gitflow.core.language.sources import Revision
    from gitflow.core.problems import Problem
    from gitflow.core.signatures import Signature


class Acceptance(Record):
    """An administrator allows a revision to become active although it breaks the policy. Times are seconds since the
    epoch, by the wall clock."""

    workspace: str
    revision: str
    at: float
    actor: str
    reason: str
    expires_at: float | None = None
    ended_at: float | None = None  #: when it was withdrawn, or another revision became active
    ended_by: str | None = None
    ended_reason: str | None = None  #: the reason of the withdrawal

    @property
    def is_superseded(self) -> bool:
        """Whether it ended because another revision became active."""
        return self.ended_at is not None and self.ended_reason is None

    def counts(self, now: float) -> bool:
        """Whether it still allows the revision to become active."""
        return self.ended_at is None and (self.expires_at is None or now < self.expires_at)


class LoadedRevision(Record):
    """A revision of a workspace that was loaded: it became active, or it was refused."""

    workspace: str
    revision: Revision
    loaded_at: float  #: seconds since the epoch, by the wall clock
    is_accepted: bool
    branch: str | None = None
    problems: tuple[Problem, ...] = ()  #: why it was refused, or warnings
    signature: Signature | None = None  #: None: it was not checked
    id: int = 0  #: grows; the store sets it
    breaks_policy: bool = False  #: the policy was the only reason for the refusal
    acceptance: Acceptance | None = None  #: set when it is listed


class SyncPause(Record):
    """An operator has stopped a workspace from following its remote branch."""

    workspace: str
    at: float  #: seconds since the epoch
    actor: str
    reason: str


if TYPE_CHECKING:

    class RevisionStore(Protocol):
        def add(self, loaded: LoadedRevision, *, unless_known: bool = False) -> None:
            """``unless_known``: adds nothing if the last row of the workspace with the same result is the same
            revision. Only the last few hundred rows are kept."""
            ...

        def name_commit(self, workspace: str, revision: Revision, branch: str | None) -> None:
            """The files of a folder, which were loaded before, are of this commit and branch now."""
            ...

        def revisions(self, workspace: str, limit: int = 50, before: int | None = None) -> list[LoadedRevision]:
            """Newest first; ``before`` is the id of the last of the page before."""
            ...

        def was_accepted(self, workspace: str, revision: str) -> bool:
            """Whether the revision was ever active, according to the rows that are still stored."""
            ...

        def see(self, workspace: str, object: str, at: float) -> None:
            """Stores when a commit or a tag (by its SHA) was first seen. Only the last few thousand are kept."""
            ...

        def first_seen(self, workspace: str, object: str) -> float | None:
            """When it was first seen or loaded, in seconds since the epoch; None if that is not stored."""
            ...

        def pauses(self) -> list[SyncPause]: ...

        def pause(self, workspace: str) -> SyncPause | None: ...

        def put_pause(self, pause: SyncPause) -> None: ...

        def drop_pause(self, workspace: str) -> bool:
            """Whether there was one."""
            ...

        def acceptances(self, workspace: str | None = None) -> list[Acceptance]:
            """Those of one workspace, or without ``workspace`` of all."""
            ...

        def put_acceptance(self, acceptance: Acceptance) -> None:
            """Replaces the one that the revision has."""
            ...

        def last_accepted(self, workspace: str) -> LoadedRevision | None: ...

        def workspaces(self) -> list[str]:
            """The names of all workspaces of which a revision was loaded, sorted."""
            ...

        def of_open_jobs(self) -> set[tuple[str, str]]:
            """(workspace, revision) of every job that has not ended."""
            ...

        def of_jobs(self) -> set[tuple[str, str]]:
            """(workspace, revision) of every stored job."""
            ...
