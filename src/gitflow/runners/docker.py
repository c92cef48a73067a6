"""``runner: docker``: runs an attempt in a container. It is not available yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import GitflowError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.runners.base import Attempt, Loop, StepContext


class NotAvailable(GitflowError):
    code = "not_available"

    def __init__(self, type: str) -> None:
        super().__init__(f"actions that run in a container (type {type!r}) are not available yet")


def start(context: StepContext, patterns: Sequence[bytes], loop: Loop) -> Attempt:
    """Always raises NotAvailable, before anything is prepared."""
    raise NotAvailable(context.action.type)
