"""What has been kept long enough, and its removal in pieces: every method is one short transaction."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class RetentionStore(Protocol):
        """Times are wall clock, in seconds. Nothing of a job that has not ended is touched."""

        def drop_jobs(self, ended_before: float, at_most: int) -> list[str]:
            """The oldest jobs that ended before, with all that belongs to them here; answers which.

            A job stays while a job that it began, that retries it, or that it is a part of is open; and a part (a child,
            a hook's job) stays as long as the job that began it.
            """
            ...

        def drop_events(self, before: float, at_most: int) -> int:
            """The oldest history of jobs that have ended."""
            ...

        def drop_artifacts(self, ended_before: float, at_most: int) -> int:
            """The names of what jobs left that ended before; the files go with ``ArtifactStore.sweep``."""
            ...

        def drop_requests(self, answered_before: float, at_most: int) -> int: ...

        def drop_snapshots(self) -> int:
            """Definitions that no job refers to."""
            ...

        def jobs_with_logs(self, made_before: float, ended_since: float) -> list[str]:
            """Jobs made before one time that have not ended before another: those whose old lines are still wanted."""
            ...
