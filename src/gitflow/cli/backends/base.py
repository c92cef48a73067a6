"""The Protocol of a backend: what commands call to read and change jobs and definitions.

Methods return rows and objects as the API writes them (``gitflow.views``), so a command prints both backends alike.
An id may be shortened to a beginning that only one job has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    from gitflow.cli.console.requests import JobOperation, LogQuery, Selection
    from gitflow.core.values import JsonObject
    from gitflow.stores.protocols.identity import AuditFilter
    from gitflow.stores.protocols.jobs import JobFilter

    class Backend(Protocol):
        """Every method raises GitflowError if something does not exist, is refused or cannot be reached."""

        def list_definitions(self, kind: str, workspace: str | None, rev: str | None) -> list[JsonObject]:
            """``kind``: tasks, actions or triggers."""
            ...

        def find_definition(self, name: str, workspace: str | None, rev: str | None) -> JsonObject:
            """Tasks before actions before triggers, where several definitions share a name."""
            ...

        def list_jobs(self, wanted: JobFilter, limit: int, offset: int) -> list[JsonObject]:
            """Newest first."""
            ...

        def find_job(self, id: str) -> JsonObject:
            """With its steps."""
            ...

        def describe_job(self, id: str) -> tuple[JsonObject, str]:
            """With its steps; and what happened, in one sentence or a few."""
            ...

        def explain(self, id: str) -> JsonObject:
            """Of each step: why it runs, waits or was skipped."""
            ...

        def list_history(self, id: str) -> list[JsonObject]:
            """Oldest first."""
            ...

        def compare_jobs(self, id: str, other: str) -> JsonObject:
            """What two jobs do not have in common; the one that was created first is ``before``."""
            ...

        def read_logs(self, query: LogQuery) -> Iterator[JsonObject]:
            """Lines in order; with ``follow``, until the job has ended."""
            ...

        def list_audit(self, wanted: AuditFilter, limit: int) -> list[JsonObject]:
            """Newest first."""
            ...

        def select(self, request: JobOperation) -> Selection:
            """The jobs that ``operate`` would change. Reports ids of no job on stderr."""
            ...

        def operate(self, request: JobOperation) -> int:
            """Performs an operation on jobs, prints its results and returns the exit status.

            Jobs that it starts in this process run until they have ended, and print their progress.
            """
            ...
