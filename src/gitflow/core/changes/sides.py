"""Both revisions of a comparison, with who calls whom at each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record

if TYPE_CHECKING:
    from gitflow.core.changes.calls import Index
    from gitflow.core.changes.records import Side


class Comparison(Record):
    base: Side
    head: Side
    base_index: Index
    head_index: Index
    now: float  #: seconds since the epoch; schedules are shown from there on
