"""``type: docker``: a command in a container. Parsed and checked, and not run yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.runners.docker import NotAvailable

if TYPE_CHECKING:
    from gitflow.runners.base import Process, StepContext


def prepare(context: StepContext) -> Process:
    """Always raises NotAvailable; the runner of containers, which is asked first, does so too."""
    raise NotAvailable(context.action.type)
