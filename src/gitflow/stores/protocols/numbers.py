"""Integer ids for dialects. Synchronous, like stores/protocols/jobs.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Protocol


class Named(Record):
    """A thing that has a number, or is about to get one."""

    kind: str
    name: tuple[str | int, ...]
    job_id: str | None = None  #: the job that it belongs to, and is deleted with


if TYPE_CHECKING:

    class NumberStore(Protocol):
        """Once given, a number is never given again, even if its thing is gone."""

        def known(self, wanted: Iterable[Named]) -> Mapping[Named, int]:
            """Those that have a number already."""
            ...

        def give(self, wanted: Iterable[Named]) -> Mapping[Named, int]:
            """The number of each, in the same order; None for a thing whose job is gone."""
            ...

        def named(self, number: int) -> Named | None: ...
