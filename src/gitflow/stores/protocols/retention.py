"""Deletes old data; every method is one short transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Protocol

    class RetentionStore(Protocol):
        """Times are wall clock, in seconds. Nothing of a job that has not ended is touched."""

        def drop_jobs(self, ended_before: float, at_most: int) -> tuple[list[str], bool]:
            """The oldest jobs that ended before, with all that belongs to them here: which, and whether to go on.

            A job stays while one that it began, that retries it, or that it is a part of is open; and a part (a child,
            a hook's job) stays as long as the job that began it.
            """
            ...

        def drop(self, what: str, before: float, at_most: int) -> int:
            """The oldest ``events`` (history) or names of ``artifacts`` of jobs that ended before, or ``requests``
            answered before; how many. The files of artifacts go with ``ArtifactStore.sweep``."""
            ...

        def count(self, what: str, before: float) -> int:
            """How many ``jobs``, ``events``, ``artifacts`` or ``requests`` would go."""
            ...

        def drop_snapshots(self) -> int:
            """Definitions that no job refers to."""
            ...

        def jobs_with_logs(self, made_before: float, ended_since: float) -> list[str]:
            """Jobs made before one time that have not ended before another: those whose old lines are still wanted."""
            ...
