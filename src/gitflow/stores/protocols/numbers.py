"""Integer ids for dialects. Synchronous, like stores/protocols/jobs.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Protocol


class Named(Record):
    """A thing that has a number, or is to get one."""

    kind: str
    name: tuple[str | int, ...]
    job_id: str | None = None  #: the job it belongs to, and goes with


if TYPE_CHECKING:

    class NumberStore(Protocol):
        """A number is never given to anything else, also when its thing is gone."""

        def known(self, wanted: Iterable[Named]) -> Mapping[Named, int]:
            """Those that have a number."""
            ...

        def give(self, wanted: Iterable[Named]) -> Mapping[Named, int]:
            """The number of each, in their order; none to what belongs to a job that is gone."""
            ...

        def named(self, number: int) -> Named | None: ...
