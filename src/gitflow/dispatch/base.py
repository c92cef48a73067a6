"""How a ready step reaches a worker."""

from __future__ import annotations

from gitflow.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Protocol


@record
class Offer:
    """An attempt that a worker may have. The queue of offers is a projection of the jobs, never the truth."""

    job_id: str
    step: str
    attempt: int
    priority: int = 0
    tags: tuple[str, ...] = ()  #: what a worker must have


if TYPE_CHECKING:

    class Dispatch(Protocol):
        @property
        def tags(self) -> Collection[str] | None:
            """Those of the worker; None: it takes every offer."""
            ...

        @property
        def is_off(self) -> bool:
            """Whether there is no worker."""
            ...

        @property
        def last(self) -> Offer | None:
            """What was taken last."""
            ...

        def offer(self, offer: Offer) -> bool:
            """False where no worker may take it: it is not kept. Offering the same attempt twice is one offer."""
            ...

        def take(self, has_room: Callable[[str], bool]) -> Offer | None:
            """The next offer: highest priority first, then first come first served, passing over jobs
            for which ``has_room`` says no until ``freed`` names them."""
            ...

        def freed(self, job_id: str) -> None:
            """A step of the job gave its slot back."""
            ...

        def forget(self, job_id: str) -> None:
            """Withdraws all offers of a job."""
            ...
