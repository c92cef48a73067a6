"""``type: docker``: a command in a container. It is parsed and checked, but not available yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.runners.docker import NotAvailable

if TYPE_CHECKING:
    from gitflow.runners.base import Process, StepContext


def prepare(context: StepContext) -> Process:
    """Always raises NotAvailable, as the runner of containers does before."""
    raise NotAvailable(context.action.type)
