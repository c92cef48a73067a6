"""Takeovers: a server continues the jobs of a dead one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Protocol

    class TakeoverStore(Protocol):
        def run_tokens(self, owner_id: str) -> set[str]:
            """The run tokens of all running steps of an owner's open jobs."""
            ...

        def open_with_workspace(self, owner_id: str) -> list[tuple[str, str]]:
            """(job id, workspace) of an owner's open jobs, oldest first."""
            ...

        def give(self, job_ids: Iterable[str], from_owner: str, to_owner: str) -> None:
            """Those of these jobs that are open belong to another owner from now on."""
            ...

        def announced(self, job_id: str) -> set[tuple[str, str | None, int | None, int]]:
            """(occasion, step, attempt, how often the job was reopened) of the hooks and automatic retries that were
            started, according to the job's history."""
            ...
