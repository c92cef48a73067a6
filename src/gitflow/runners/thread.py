"""An attempt that runs as a call in a thread of this process: an HTTP request."""

from __future__ import annotations

import errno
import os
import time

from gitflow.core.errors import GitflowError
from gitflow.core.templates.masking import mask_text
from gitflow.runners.base import Outcome
from gitflow.runners.messages import NotStarted, failure, reason, start_reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitflow.runners.base import Call, StepContext

NEVER = float("inf")
#: How much of a response an error message quotes, in characters.
MAX_QUOTED = 500


class CallAttempt:
    """A call in a thread. ``done`` is called in that thread when the call has ended."""

    __slots__ = (
        "_call",
        "_context",
        "_deadline",
        "_due",
        "_kill_at",
        "_on_done",
        "_patterns",
        "_reason",
        "_result",
        "key",
    )

    def __init__(self, context: StepContext, call: Call, patterns: Sequence[bytes], done: Callable[[], None]) -> None:
        """Starts the thread. Raises NotStarted."""
        import threading

        self.key = (context.job_id, context.step, context.attempt)
        self._context, self._call, self._patterns, self._on_done = context, call, patterns, done
        self._result: Outcome | None = None
        self._reason = ""
        self._kill_at = NEVER
        self._deadline = NEVER if context.timeout_s is None else time.monotonic() + context.timeout_s
        self._due = self._deadline
        try:
            threading.Thread(target=self._run, name=f"step {context.step}", daemon=True).start()
        except RuntimeError as error:  # Python's exception if the system refuses a thread
            refused = start_reason(OSError(errno.EAGAIN, os.strerror(errno.EAGAIN)))
            raise NotStarted(f"cannot start a thread for the request: {refused}", may_pass=True) from error

    @property
    def due(self) -> float:
        return 0.0 if self._result is not None else self._due

    def _run(self) -> None:
        result = Outcome(error="internal error: see the log of the program that ran the step")
        try:
            result = self._call.run()
        except GitflowError as error:
            result = Outcome(error=str(error))
        except OSError as error:
            result = Outcome(error=reason(error))
        finally:  # any other exception is raised and logged, and the step still ends
            self._result = result
            self._on_done()

    def stop(self, grace_s: float, reason: str = "stopped") -> None:
        if self._reason or self._result:
            return
        self._reason = reason
        self._kill_at = time.monotonic() + grace_s
        self._call.stop()
        self._due = min(self._due, self._kill_at)

    def poll(self, now: float) -> Outcome | None:
        if self._result is None and now >= self._deadline:
            self._deadline = NEVER
            self.stop(self._context.grace_s, "timed out")
        result = self._result
        if result is None and now < self._kill_at:
            self._due = min(self._deadline, self._kill_at)
            return None
        return self._outcome(result or Outcome())

    def _outcome(self, result: Outcome) -> Outcome:
        if self._reason:
            error = failure(0, self._reason, self._context.timeout_s, b"")
            killed = self._reason == "stopped"
            return Outcome(output=result.output, error=error, killed=killed, timed_out=not killed)
        if result.error:
            masked = _cut(mask_text(result.error, self._patterns))
            return Outcome(exit_code=result.exit_code, output=result.output, error=masked)
        return result


def _cut(error: str) -> str:
    """The first line, and the beginning of the quoted text below it."""
    sentence, _, quoted = error.partition("\n")
    return sentence + (f"\n{quoted[:MAX_QUOTED].rstrip()}" if quoted else "")
