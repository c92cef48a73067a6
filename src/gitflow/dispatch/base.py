"""How a ready step reaches a worker."""

from __future__ import annotations

from gitflow.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol


@record
class Offer:
    """An attempt that a worker may have. The queue of offers is a projection of the jobs, never the truth."""

    job_id: str
    step: str
    attempt: int
    priority: int = 0


if TYPE_CHECKING:

    class Dispatch(Protocol):
        @property
        def last(self) -> Offer | None:
            """What was taken last."""
            ...

        def offer(self, offer: Offer) -> None:
            """Offering the same attempt twice is one offer."""
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
