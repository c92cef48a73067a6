"""``runner: local``: runs an attempt as a process of this machine or as a call in a thread of this process."""

from __future__ import annotations

from gitflow.runners.base import Call
from gitflow.runners.process import ProcessAttempt
from gitflow.runners.streams import Log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.runners.base import Attempt, Loop, StepContext


def start(context: StepContext, patterns: Sequence[bytes], loop: Loop) -> Attempt:
    """Starts an attempt. Raises GitflowError or OSError if it cannot start."""
    work = loop.prepare(context)
    if isinstance(work, Call):
        from gitflow.runners.thread import CallAttempt  # most flows have no calls

        return CallAttempt(context, work, patterns, loop.ring)
    log = Log(context, loop.log, loop.now, loop.log_limit)
    return ProcessAttempt(context, work, log, patterns, loop)
