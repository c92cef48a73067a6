"""Jobs with names that their callers gave them. Synchronous, like stores/protocols/jobs.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Protocol


class Instance(Record):
    """The name of a job among the jobs of its task."""

    id: str
    job_id: str
    given: tuple[str, ...] | None = None  #: which fields of its input were sent; None: one bare value


class MassEnding(Record):
    """A request to end all jobs of a task, or those in one state; at most one for each task."""

    workspace: str
    task_name: str
    asked_at: float  #: jobs that were created later are not included
    actor: str
    only_status: str | None = None  #: in the words of the person who asked
    deletes: bool = False  #: jobs that have ended are deleted


if TYPE_CHECKING:

    class InstanceStore(Protocol):
        def put(self, workspace: str, task_name: str, instance: Instance) -> None:
            """Call it in the transaction that creates the job. Raises Conflict if a job of the task has this name or
            id."""
            ...

        def job_of(self, workspace: str, task_name: str, id: str) -> str | None:
            """The id of the job with this name or id."""
            ...

        def of_jobs(self, job_ids: Collection[str]) -> Mapping[str, Instance]:
            """Job id -> its name, for the jobs that have one."""
            ...

        def ended(self, workspace: str, task_name: str) -> Mapping[str, int]:
            """State -> how many jobs of a task have ended in it."""
            ...

        def open_jobs(self, workspace: str) -> list[tuple[str, str]]:
            """(task name, job id) of all jobs that have not ended, of every owner."""
            ...

        def revisions(self, workspace: str, task_name: str) -> list[str]:
            """The revisions of all jobs of a task."""
            ...

        def begin_ending(self, ending: MassEnding) -> bool:
            """False if jobs of the same task are being ended already."""
            ...

        def endings(self) -> list[MassEnding]: ...

        def ending(self, workspace: str, task_name: str) -> MassEnding | None: ...

        def finish_ending(self, ending: MassEnding) -> None: ...
