"""``type: docker``: parsed and checked, and not run yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import GitflowError

if TYPE_CHECKING:
    from gitflow.runners.base import Process, StepContext


class NotAvailable(GitflowError):
    code = "not_available"


def prepare(context: StepContext) -> Process:
    """Always raises NotAvailable."""
    raise NotAvailable(f"actions that run in a container (type {context.action.type!r}) are not available yet")
