"""Runs the processes and calls of steps in one loop of one thread, without helper processes.

The engine's thread owns the runner. It starts and stops attempts and then waits. While it waits, the runner reads
output and passes it to the sink, enforces time limits, and notices ends. The sink is called in the same thread, so a
slow sink slows the processes down and nothing accumulates in memory. Only ``wake`` may be called from another thread
or from a signal handler.
"""

from __future__ import annotations

import os
import time

from gitflow.core.errors import GitflowError, NotFound
from gitflow.core.language.definition import type_of
from gitflow.core.standard import deque
from gitflow.core.templates.masking import mask_text, patterns_of
from gitflow.runners import host
from gitflow.runners.base import LOCAL, Finished, Outcome
from gitflow.runners.messages import NotStarted, may_pass, reason
from gitflow.runners.process import NEVER
from gitflow.runners.selector import Selector
from gitflow.runners.streams import READ_SIZE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gitflow.core.logs import LogChunk
    from gitflow.runners.base import Attempt, Call, Loop, Process, Starter, StepContext
    from gitflow.runners.container_settings import ContainerSettings
    from gitflow.runners.process_tree import Started
    from gitflow.runners.searches import Search, Searches

    Key = tuple[str, str, int]

#: How much log is kept of one attempt, in bytes.
LOG_LIMIT = 256 * 1024 * 1024


class _Docker:
    """Imports the runner of containers for the first attempt that needs it, because few machines run containers."""

    @staticmethod
    def start(context: StepContext, patterns: Sequence[bytes], loop: Loop) -> Attempt:
        from gitflow.runners import docker

        return docker.start(context, patterns, loop)


#: Value of ``runner`` -> what starts its attempts.
RUNNERS: Mapping[str, Starter] = {
    LOCAL: host,
    "docker": _Docker,
}


class Runner:
    """Starts attempts and reports their ends.

    ``prepare`` returns what to start for an attempt. ``sink`` takes chunks of log lines; ``clock`` gives their wall
    clock time. ``containers`` gives the settings for containers.
    """

    def __init__(
        self,
        prepare: Callable[[StepContext], Process | Call],
        sink: Callable[[LogChunk], None],
        clock: Callable[[], float],
        containers: Callable[[], ContainerSettings] | None = None,
        *,
        log_limit: int = LOG_LIMIT,
    ) -> None:
        self.prepare = prepare
        self.log = sink
        self.now = clock
        self.containers = containers or _no_containers
        self.log_limit = log_limit
        self._attempts: dict[Key, Attempt] = {}
        self._finished: deque[Finished] = deque()
        self._selector = Selector()
        self.buffer = memoryview(bytearray(READ_SIZE))
        self._patterns: tuple[tuple[str, ...], tuple[bytes, ...]] = ((), ())
        self._woken = False
        self._bell, self._bell_end = os.pipe()
        for end in (self._bell, self._bell_end):
            os.set_blocking(end, False)
        self.register(self._bell, self._answer_bell)
        self._searches: Searches | None = None  # created for the first search

    @property
    def running(self) -> int:
        """The number of running attempts."""
        return len(self._attempts)

    def start(self, context: StepContext) -> None:
        """Starts an attempt, unless it runs already. An attempt that cannot start is reported as finished."""
        key = (context.job_id, context.step, context.attempt)
        if key in self._attempts:
            return
        patterns = self._patterns_for(context.masks)
        try:
            self._start(context, patterns)
        except GitflowError as error:
            self._not_started(key, str(error), patterns, isinstance(error, NotStarted) and error.may_pass)
        except OSError as error:
            self._not_started(key, f"the step cannot be started: {reason(error)}", patterns, may_pass(error))

    def stop(self, key: Key, grace_s: float) -> None:
        """Sends TERM to all processes of an attempt, and KILL after ``grace_s``. Does nothing if it is not running."""
        if attempt := self._attempts.get(key):
            attempt.stop(grace_s)

    def stop_all(self, grace_s: float) -> None:
        for attempt in self._attempts.values():
            attempt.stop(grace_s)

    def wait(self, timeout_s: float | None = None) -> list[Finished]:
        """Waits until an attempt has finished, the time has passed, or ``wake`` was called."""
        until = NEVER if timeout_s is None else time.monotonic() + timeout_s
        while True:
            self._turn(until)
            self._poll(time.monotonic())
            if self._finished or self._woken or time.monotonic() >= until:
                break
        self._woken = False
        finished, self._finished = list(self._finished), deque()
        return finished

    def wake(self) -> None:
        """Makes the current or the next ``wait`` return."""
        self._woken = True
        self.ring()

    def register(self, fd: int, callback: Callable[[], object]) -> None:
        """Calls back during ``wait`` whenever this other descriptor is readable."""
        self._selector.register(fd, callback)

    def unregister(self, fd: int) -> None:
        self._selector.unregister(fd)

    def search(self, step: Started, number: int | None = None) -> Search:
        if self._searches is None:
            from gitflow.runners.searches import Searches

            self._searches = Searches(self.ring)
        return self._searches.begin(step, number)

    def close(self) -> None:
        """Closes the descriptors. No attempt may be running."""
        if self._searches is not None:
            self._searches.close()
        self._selector.close()
        os.close(self._bell)
        os.close(self._bell_end)

    def _start(self, context: StepContext, patterns: tuple[bytes, ...]) -> None:
        attempt = runner_of(context).start(context, patterns, self)
        self._attempts[attempt.key] = attempt

    def _not_started(self, key: Key, error: str, patterns: tuple[bytes, ...], is_passing: bool) -> None:
        self._finished.append(Finished(key, Outcome(error=mask_text(error, patterns), may_pass=is_passing)))

    def _turn(self, until: float) -> None:
        """Polls all descriptors once. Each ready one is served once, so that busy ones share fairly."""
        due = min((attempt.due for attempt in self._attempts.values()), default=NEVER)
        moment = 0.0 if self._finished or self._woken else min(due, until)
        timeout_s = None if moment == NEVER else max(0.0, moment - time.monotonic())
        self._selector.serve(timeout_s)

    def _poll(self, now: float) -> None:
        for attempt in [attempt for attempt in self._attempts.values() if attempt.due <= now]:
            if outcome := attempt.poll(now):
                del self._attempts[attempt.key]
                self._finished.append(Finished(attempt.key, outcome))

    def ring(self) -> None:
        """Makes the loop poll attempts that are due; may be called from any thread."""
        try:
            os.write(self._bell_end, b"!")
        except BlockingIOError:
            return  # the bell is already set

    def _answer_bell(self) -> None:
        os.read(self._bell, 4096)

    def _patterns_for(self, masks: tuple[str, ...]) -> tuple[bytes, ...]:
        """The patterns of the secrets. The last result is cached: steps of one job mostly have the same secrets."""
        if masks != self._patterns[0]:
            self._patterns = (masks, patterns_of(masks))
        return self._patterns[1]


def _no_containers() -> ContainerSettings:
    raise NotFound("runner", "docker")


def runner_of(context: StepContext) -> Starter:
    """The runner of an attempt. Raises NotFound."""
    name = type_of(context.action).runner or str(context.fields.get("runner") or LOCAL)
    if name not in RUNNERS:
        raise NotFound("runner", name)
    return RUNNERS[name]
