"""The loop: wait for something to happen, take all of it in with one commit, then act on it.

One thread drives everything: processes, timers, the store. ``gitflow run`` calls it directly; a
server runs it beside its own loop.
"""

from __future__ import annotations

from gitflow.core.errors import StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.actions.runner import Runner
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.desk import Desk
    from gitflow.runtime.logbook import Logbook
    from gitflow.runtime.orchestrator import Orchestrator, Turn
    from gitflow.runtime.timers import Timers
    from gitflow.runtime.worker import Worker

#: How long to go on trying when the store cannot be written, and how long between tries, in seconds.
STORE_PATIENCE_S = 10.0
STORE_PAUSE_S = 0.2
#: How long what still runs may take to end when the loop has to stop, in seconds.
END_S = 5.0


class Engine:
    def __init__(
        self,
        office: Orchestrator,
        worker: Worker,
        runner: Runner,
        logbook: Logbook,
        desk: Desk,
        timers: Timers,
        clock: Clock,
    ) -> None:
        self.office = office
        self.worker = worker
        self.runner = runner
        self._logbook = logbook
        self._desk = desk
        self._timers = timers
        self._clock = clock
        self._unwritten_since: float | None = None

    def run(self, until: Callable[[], bool]) -> None:
        """Raises StoreError when the store stays unwritable. Whatever is raised, what was running has been ended."""
        try:
            while True:
                self.turn()
                if until():
                    return
                self.wait()
        except BaseException:
            self._end_what_runs()
            raise

    def turn(self) -> None:
        """Everything that is known by now, in one commit, and what follows from it."""
        while self.office.has_work():
            turn = self._settled()
            if turn is None:
                return
            for job_id, kill in turn.kills:
                self.worker.stop(job_id, kill.step, kill.attempt, kill.grace_s)
            self.worker.start_claimed()
            for act in turn.after:
                act()

    def wait(self) -> None:
        """Until a process ends, a timer is due, or somebody calls ``runner.wake``."""
        for finished in self.runner.wait(self._patience()):
            self.worker.report(finished)
        self._logbook.flush_if_old()
        self._desk.look_if_due()
        self._timers.ring(self._clock.now())

    def _settled(self) -> Turn | None:
        try:
            self._logbook.flush()  # what a step printed is stored before the word that it ended
            turn = self.office.settle(self.worker.claim)
        except StoreError:
            self.worker.forget_claims()
            if self._is_hopeless():
                raise
            return None
        self._unwritten_since = None
        return turn

    def _end_what_runs(self) -> None:
        """Nobody will store how it ends; its job is settled as interrupted by whoever opens the store next."""
        self._logbook.abandon()
        self.runner.stop_all(0.0)
        until = self._clock.now() + END_S
        while self.runner.running and self._clock.now() < until:
            self.runner.wait(0.1)

    def _is_hopeless(self) -> bool:
        now = self._clock.now()
        if self._unwritten_since is None:
            self._unwritten_since = now
        return now - self._unwritten_since >= STORE_PATIENCE_S

    def _patience(self) -> float | None:
        if self._unwritten_since is not None:
            return STORE_PAUSE_S
        if self.office.has_work():
            return 0.0  # ``until`` has told something
        due = self._timers.next_due()
        until_due = None if due is None else max(0.0, due - self._clock.now())
        return self._logbook.patience(self._desk.patience(until_due))
