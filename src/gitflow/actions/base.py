"""What every type of action has: one module, which says what to start for an attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gitflow.runners.base import Call, Process, StepContext


class ActionModule(Protocol):
    """The module of a type, by its name."""

    @staticmethod
    def prepare(context: StepContext) -> Process | Call:
        """What to start. Raises GitflowError when the attempt cannot start, with a sentence for its author."""
        ...
