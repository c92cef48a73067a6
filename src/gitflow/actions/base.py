"""The Protocol of a type of action: a module that says what to start for an attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gitflow.runners.base import Call, Process, StepContext


class ActionModule(Protocol):
    """The module of a type of action. Its name is the type."""

    @staticmethod
    def prepare(context: StepContext) -> Process | Call:
        """The process or call to start. Raises GitflowError with a sentence for the author if that is not possible."""
        ...
