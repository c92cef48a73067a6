"""Jobs with names that their callers chose. Synchronous, like stores/protocols/jobs.py."""

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
    asked_at: float  #: what was created later is not meant
    actor: str
    only_status: str | None = None  #: in the words of who asked
    deletes: bool = False  #: what has ended is deleted


if TYPE_CHECKING:

    class InstanceStore(Protocol):
        def put(self, workspace: str, task_name: str, instance: Instance) -> None:
            """In the transaction that creates the job. Raises Conflict for a name or id that a job of the task has."""
            ...

        def job_of(self, workspace: str, task_name: str, id: str) -> str | None:
            """The job of that name, or of that id."""
            ...

        def of_jobs(self, job_ids: Collection[str]) -> Mapping[str, Instance]:
            """By job, of those that were named."""
            ...

        def ended(self, workspace: str, task_name: str) -> Mapping[str, int]:
            """How many jobs of a task ended in each state."""
            ...

        def open_jobs(self, workspace: str) -> list[tuple[str, str]]:
            """(task name, job id) of all that have not ended, whoever runs them."""
            ...

        def revisions(self, workspace: str, task_name: str) -> list[str]:
            """Those that any job of a task has."""
            ...

        def begin_ending(self, ending: MassEnding) -> bool:
            """False where one of the same task is going on."""
            ...

        def endings(self) -> list[MassEnding]: ...

        def ending(self, workspace: str, task_name: str) -> MassEnding | None: ...

        def finish_ending(self, ending: MassEnding) -> None: ...
