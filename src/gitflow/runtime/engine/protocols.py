"""What the engine needs from higher packages. It imports none of them; ``app.py`` passes the objects in.

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
        """All texts to mask in what the job prints, passes on and stores."""
        ...

    def mask_error(self, job: Job, error: Exception) -> str:
        """The message of an error, with secrets masked: it may quote a value."""
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
        """Whether an attempt has ended and is not reported yet."""
        ...

    @property
    def has_claimed(self) -> bool:
        """Whether there are claimed attempts to start."""
        ...

    def claim(self, transaction: Transaction) -> bool:
        """Claims one more offer, if there is one and a slot is free."""
        ...

    def forget_claims(self) -> None:
        """The commit failed, so none of its claims may start."""
        ...

    def start_claimed(self) -> None:
        """Called after the commit."""
        ...

    def start_failed(self, error: Exception) -> None:
        """Fails the attempt that was being started when an internal error occurred."""
        ...

    def stop(self, job_id: str, step: str, attempt: int, grace_s: float) -> None:
        """Ends an attempt that runs."""
        ...

    def report(self, finished: Finished) -> None:
        """Handles the end of an attempt of the engine's own runner."""
        ...

    def fail_internally(self, key: tuple[str, str, int], error: Exception) -> None:
        """Fails an attempt because of an internal error."""
        ...


class Requests(Protocol):
    """``operations.forwarded.ForwardedRequests``: requests of other processes about the jobs of this one."""

    def timeout(self, limit_s: float | None) -> float:
        """Seconds until the next poll, at most ``limit_s``."""
        ...

    def poll_if_due(self) -> None: ...
