"""The protocol of a dispatch engine, and the offers that it holds."""

from __future__ import annotations

from gitflow.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Protocol


class Offer(Record):
    """An attempt that waits for a worker. Offers are not stored: they are derived from the jobs after a restart."""

    job_id: str
    step: str
    attempt: int
    priority: int = 0
    tags: tuple[str, ...] = ()  #: tags that the worker must have
    workspace: str = ""
    shares_files: bool = False  #: all steps of its job run on one worker (``mode: local``)
    affinity: str | None = None  #: the worker that has these files; None: no step has been claimed yet
    in_container: bool = False  #: it runs in a container


class Taker(Record):
    """A worker on another machine, with the offers that it may take."""

    id: str
    name: str
    tags: frozenset[str] = frozenset()
    workspaces: frozenset[str] | None = None  #: the workspaces whose steps it may take; None: all
    is_exclusive: bool = False  #: it takes only steps that need one of its tags
    only_images: bool = False  #: a cluster: it takes only steps that run in a container


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
        def is_exclusive(self) -> bool:
            """Whether the worker takes only offers that need one of its tags."""
            ...

        @property
        def takers(self) -> Collection[Taker]:
            """The workers on other machines that are connected."""
            ...

        def holder_of(self, offer: Offer) -> str | None:
            """The agent that has the files which the step needs; None: any worker may run it, or the server's own has
            them."""
            ...

        @property
        def last(self) -> Offer | None:
            """The offer that was taken last."""
            ...

        def offer(self, offer: Offer) -> bool:
            """Adds an offer, unless the same attempt is offered already. Returns False if no worker may take it."""
            ...

        def is_takeable(self, offer: Offer) -> bool:
            """Whether a worker that is available now may take the offer."""
            ...

        def take(self, has_room: Callable[[str], bool]) -> Offer | None:
            """Takes the next offer: the highest priority first, then the oldest. A job for which ``has_room`` is False
            is skipped until ``freed`` is called for it."""
            ...

        def freed(self, job_id: str) -> None:
            """Call it when a step of the job has ended, because the job may have room again."""
            ...

        def forget(self, job_id: str) -> None:
            """Removes all offers of a job."""
            ...
