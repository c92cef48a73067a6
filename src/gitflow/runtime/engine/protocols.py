"""What the engine asks of the rooms above it: it imports none of them, and ``app.py`` hands in what does this.

Type checkers alone read this module: every import of it is for types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gitflow.core.jobs.job import Job
    from gitflow.core.language.definition import Hook
    from gitflow.core.values import JsonObject
    from gitflow.runners.base import Finished
    from gitflow.runtime.engine.transaction import Transaction


class InputRenderer(Protocol):
    """``worker.step_input.Renderer``: what a job gives to the jobs that it starts."""

    def child(self, job: Job, name: str) -> tuple[str, JsonObject]:
        """The task and input of a ``task`` step's child job. Raises TemplateError and InvalidInput."""
        ...

    def hook(self, job: Job, hook: Hook) -> tuple[JsonObject, JsonObject]:
        """The ``hook`` context, and the input of the hook's job. Raises TemplateError."""
        ...

    def known(self, job: Job) -> tuple[str, ...]:
        """All that nobody may read of what the job prints, hands on and stores."""
        ...

    def told(self, job: Job, error: Exception) -> str:
        """The sentence of an error that may quote a value."""
        ...


class JobFolders(Protocol):
    """``worker.step_dirs.StepDirs``: the folders in which attempts work."""

    def clear_job(self, job_id: str) -> None:
        """The job has ended."""
        ...

    def left_over(self) -> list[str]:
        """The jobs that have folders here. Raises OSError."""
        ...


class StepWorker(Protocol):
    """``worker.worker.Worker``: claims steps in a commit, starts them after it, and reports how they ended."""

    @property
    def is_staging(self) -> bool:
        """Whether something has ended and is not reported yet."""
        ...

    @property
    def has_claimed(self) -> bool:
        """Whether something is to be started."""
        ...

    def claim(self, turn: Transaction) -> bool:
        """Claims one more step, if there is one and a slot is free."""
        ...

    def forget_claims(self) -> None:
        """The commit failed: nothing that was claimed in it may start."""
        ...

    def start_claimed(self) -> None:
        """After the commit."""
        ...

    def not_started(self, error: Exception) -> None:
        """The one that was to start last could not, by a mistake of ours."""
        ...

    def stop(self, job_id: str, step: str, attempt: int, grace_s: float) -> None:
        """Ends an attempt that runs."""
        ...

    def report(self, finished: Finished) -> None:
        """An attempt of the engine's own runner has ended."""
        ...

    def failed_by_us(self, key: tuple[str, str, int], error: Exception) -> None:
        """The attempt cannot go on, by a mistake of ours."""
        ...


class Requests(Protocol):
    """``operations.forwarded.ForwardedRequests``: what other processes ask of the jobs of this one."""

    def timeout(self, limit_s: float | None) -> float:
        """How long one may wait before it is time to look again."""
        ...

    def poll_if_due(self) -> None: ...
