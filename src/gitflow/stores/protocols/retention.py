"""Deletes old data; every method is one short transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Protocol

    class RetentionStore(Protocol):
        """Times are wall clock, in seconds. Data of a job that has not ended is never deleted."""

        def drop_jobs(self, ended_before: float, at_most: int) -> tuple[list[str], bool]:
            """Deletes the oldest jobs that ended before a time, with their rows. Returns their ids, and whether there
            may be more.

            A job stays while a job that it started, a job that retries it, or the job that it is a part of is open. A
            part (a child, or the job of a hook) stays as long as the job that started it.
            """
            ...

        def drop(self, what: str, before: float, at_most: int) -> int:
            """Deletes the oldest rows of one kind, and returns how many: ``events`` (history) or ``artifacts`` (names)
            of jobs that ended before a time, or ``requests`` that were answered before it. ``ArtifactStore.sweep``
            deletes the files of artifacts."""
            ...

        def count(self, what: str, before: float) -> int:
            """How many ``jobs``, ``events``, ``artifacts`` or ``requests`` would be deleted."""
            ...

        def drop_snapshots(self) -> int:
            """Deletes definitions that no job refers to."""
            ...

        def jobs_with_logs(self, made_before: float, ended_since: float) -> list[str]:
            """Jobs that were created before one time and are open or ended after another: their old lines are still
            needed."""
            ...
