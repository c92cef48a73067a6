"""The protocol of a dispatch engine, and the offers in it."""

from __future__ import annotations

from gitflow.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Protocol


class Offer(Record):
    """An attempt that waits for a worker. The queue of offers is derived from the jobs and can be rebuilt."""

    job_id: str
    step: str
    attempt: int
    priority: int = 0
    tags: tuple[str, ...] = ()  #: tags that the worker must have


if TYPE_CHECKING:

    class Dispatch(Protocol):
        @property
        def tags(self) -> Collection[str] | None:
            """The tags of the worker; None: it takes every offer."""
            ...

        @property
        def is_off(self) -> bool:
            """Whether there is no worker."""
            ...

        @property
        def last(self) -> Offer | None:
            """The offer that was taken last."""
            ...

        def offer(self, offer: Offer) -> bool:
            """Adds an offer; an attempt that is offered already is not added twice. False if no worker may take it."""
            ...

        def take(self, has_room: Callable[[str], bool]) -> Offer | None:
            """Takes the next offer: the highest priority first, then the oldest. A job for which ``has_room`` is False
            is skipped until ``freed`` is called for it."""
            ...

        def freed(self, job_id: str) -> None:
            """A step of the job has ended, so the job may have room again."""
            ...

        def forget(self, job_id: str) -> None:
            """Removes all offers of a job."""
            ...
