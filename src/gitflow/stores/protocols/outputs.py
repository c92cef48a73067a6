"""Outputs of steps and firings of triggers, ordered by time. Synchronous, like stores/protocols/jobs.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol


class OutputRow(Record):
    """The output of one attempt of a step. It is deleted once the step runs again. A loop has one for all its
    instances."""

    job_id: str
    step: str
    attempt: int
    at: float
    job_ended_at: float | None


class FireRow(Record):
    """One time that a trigger fired."""

    id: int
    workspace: str
    name: str
    at: float
    due_at: float | None
    job_id: str | None
    actor: str


if TYPE_CHECKING:

    class OutputStore(Protocol):
        """Lists are newest first, and complete without a limit. ``after`` (milliseconds) leaves out everything that was
        not later."""

        def outputs(
            self, workspace: str, task: str, step: str, limit: int | None = None, after: float | None = None
        ) -> list[OutputRow]: ...

        def output(self, job_id: str, step: str, attempt: int) -> OutputRow | None: ...

        def outputs_counted(self) -> Mapping[tuple[str, str, str], int]:
            """(workspace, task, step) -> the number of outputs."""
            ...

        def fires(
            self, workspace: str, name: str, limit: int | None = None, after: float | None = None
        ) -> list[FireRow]: ...

        def fire(self, id: int) -> FireRow | None: ...

        def fires_counted(self) -> Mapping[tuple[str, str], int]:
            """(workspace, trigger) -> how often it has fired."""
            ...
