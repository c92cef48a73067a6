"""The loop: wait for something to happen, take all of it in with one commit, then act on it.

One thread drives everything: processes, timers, the store. ``gitflow run`` calls it directly; a
server runs it in a thread of its own, beside its other loop, and there it is ``lasting``: it waits for a store
that cannot be written for as long as it takes, and a mistake of ours in one piece of work does not end the rest.
"""

from __future__ import annotations

import time

from gitflow.core.errors import GitflowError, StoreError
from gitflow.core.jobs.events import StepLost

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from logging import Logger

    from gitflow.runners.base import Finished
    from gitflow.runners.runner import Runner
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.engine.log_writer import LogWriter
    from gitflow.runtime.engine.orchestrator import Orchestrator, Transaction
    from gitflow.runtime.engine.timers import Timers
    from gitflow.runtime.operations.forwarded import ForwardedRequests
    from gitflow.runtime.worker.worker import Worker

#: How long to go on trying when the store cannot be written, and how long between tries, in seconds.
STORE_PATIENCE_S = 10.0
STORE_PAUSE_S = 0.2
#: How long what still runs may take to end when the loop has to stop, in seconds.
END_S = 5.0
#: How often to look for free places that other processes held, in seconds.
LOOK_S = 0.5
#: How often a server looks for what other processes left when they died, in seconds.
TIDY_S = 5.0

#: What is told of a step that a stopping server ended.
STOPPED = "interrupted: the server was stopped before it ended"


class Engine:
    def __init__(
        self,
        orchestrator: Orchestrator,
        worker: Worker,
        runner: Runner,
        log_writer: LogWriter,
        forwarded: ForwardedRequests,
        timers: Timers,
        clock: Clock,
        *,
        lasting: bool = False,
    ) -> None:
        self.orchestrator = orchestrator
        self.worker = worker
        self.runner = runner
        self._log_writer = log_writer
        self._forwarded = forwarded
        self._timers = timers
        self._clock = clock
        self._lasting = lasting
        self._unwritten_since: float | None = None
        self._stop_by: float | None = None
        self._last_mistake = ""
        self._next_look = clock.now() + LOOK_S
        self._next_tidy = clock.now() + TIDY_S
        if lasting:
            log_writer.gives_up = self._has_to_stop

    def run(self, until: Callable[[], bool]) -> None:
        """Until it is over, or was told to ``stop``.

        Raises StoreError when the store stays unwritable, unless it is lasting. Whatever is raised, what was running
        has been ended.
        """
        try:
            while True:
                self._attempt(self.turn)
                if until() or self._has_stopped():
                    break
                self._attempt(self.wait, lambda error: time.sleep(STORE_PAUSE_S))
            if self._stop_by is not None:
                self._leave()
        except BaseException:
            self._end_what_runs()
            raise

    def stop(self, drain_s: float) -> None:
        """Asks ``run`` to return, from any thread: nothing new is claimed, and what runs may end within ``drain_s``.

        What has not ended then is ended, and its attempt counts as lost: it is tried again by the next server if
        attempts are left, and fails if not. Everything else stands in the store as it is, for the next server.
        Called again, the sooner moment counts.
        """
        by = self._clock.now() + drain_s
        self._stop_by = by if self._stop_by is None else min(by, self._stop_by)
        self.worker.is_closed = True
        self.runner.wake()

    def turn(self) -> None:
        """Everything that is known by now, in one commit, and what follows from it."""
        while self.orchestrator.has_work():
            turn = self._settled()
            if turn is None:
                return
            self._act(turn)

    def wait(self) -> None:
        """Until a process ends, a timer is due, or somebody calls ``runner.wake``."""
        for finished in self.runner.wait(self._patience()):
            self._report(finished)
        self._log_writer.flush_if_old()
        self._forwarded.look_if_due()
        now = self._clock.now()
        if now >= self._next_look:
            self._next_look = now + LOOK_S
            self.orchestrator.look()
        if self._lasting and now >= self._next_tidy:
            self._next_tidy = now + TIDY_S
            self._attempt(self._tidy)
        self._timers.ring(now)

    def _tidy(self) -> None:
        if self.orchestrator.tidy is not None and self.orchestrator.tidy():
            self._next_tidy = self._clock.now() + LOOK_S

    def _act(self, turn: Transaction) -> None:
        for job_id, kill in turn.kills:
            self.worker.stop(job_id, kill.step, kill.attempt, kill.grace_s)
        for act in turn.seen:
            self._attempt(act)
        for act in turn.awaited:
            self._attempt(act)
        while self.worker.has_claimed:
            self._attempt(self.worker.start_claimed, self.worker.not_started)
        for act in turn.after:
            self._attempt(act)

    def _attempt(self, act: Callable[[], object], otherwise: Callable[[Exception], None] | None = None) -> None:
        """Does it. Lasting, a mistake of ours is logged, and then ``otherwise`` is done."""
        try:
            act()
        except StoreError as error:
            if not self._lasting:
                raise
            self._store_failed(error)
        except Exception as error:
            if not self._lasting:
                raise
            self._log(error)
            if otherwise is not None:
                otherwise(error)

    def _report(self, finished: Finished) -> None:
        self._attempt(lambda: self.worker.report(finished), lambda error: self.worker.failed_by_us(finished.key, error))

    def _settled(self) -> Transaction | None:
        try:
            self._log_writer.flush()  # what a step printed is stored before the word that it ended
            turn = self.orchestrator.settle(self.worker.claim)
        except StoreError as error:
            self._store_failed(error)
            return None
        except Exception:
            self.worker.forget_claims()
            if not self._lasting:
                raise
        else:
            self._written()
            return turn
        self._sift()
        return None

    def _sift(self) -> None:
        """Finds the piece in which something is wrong, by one commit each, and drops it; the others are done."""
        for _ in range(self.orchestrator.pieces):
            if not self._settled_alone(lambda turn: False, 1, self.orchestrator.drop):
                return
        self._settled_alone(self._claim_one, 0, self._refuse_last)

    def _settled_alone(
        self, claim: Callable[[Transaction], bool], pieces: int, drop: Callable[[Exception], None]
    ) -> bool:
        """Whether one may go on."""
        try:
            self._act(self.orchestrator.settle(claim, pieces))
        except StoreError as error:
            self._store_failed(error)
            return False
        except Exception as error:
            self.worker.forget_claims()
            self._log(error)
            drop(error)
        return True

    def _claim_one(self, turn: Transaction) -> bool:
        """Never more than one, so that it is known which was wrong."""
        return False if turn.jobs else self.worker.claim(turn)

    def _refuse_last(self, error: Exception) -> None:
        offer = self.orchestrator.dispatch.last
        if offer is not None:
            self.worker.failed_by_us((offer.job_id, offer.step, offer.attempt), error)

    def _has_to_stop(self) -> bool:
        return self._stop_by is not None and self._clock.now() >= self._stop_by

    def _has_stopped(self) -> bool:
        if self._stop_by is None:
            return False
        return self._has_to_stop() or not (
            self.runner.running or self.worker.is_staging or self.orchestrator.has_work()
        )

    def _leave(self) -> None:
        """Ends what still runs, and tells of it as lost; one that ended by itself after all is told as it ended."""
        self.runner.stop_all(END_S)
        until = self._clock.now() + 2 * END_S
        while self.runner.running and self._clock.now() < until:
            for finished in self.runner.wait(0.1):
                self._tell_last(finished)
        while (self.orchestrator.has_work() or self.worker.is_staging) and self._clock.now() < until:
            self._attempt(self.turn)
            if self._unwritten_since is not None or not self.orchestrator.has_work():
                self.runner.wait(STORE_PAUSE_S)
        if self._unwritten_since is None:
            self._log_writer.flush()

    def _tell_last(self, finished: Finished) -> None:
        job_id, step, attempt = finished.key
        if finished.outcome.killed:
            self.orchestrator.tell(job_id, StepLost(self._clock.now(), step, attempt, STOPPED))
        else:
            self._report(finished)

    def _end_what_runs(self) -> None:
        """Nobody will store how it ends; its job is settled as interrupted by whoever opens the store next."""
        self._log_writer.abandon()
        self.runner.stop_all(0.0)
        until = self._clock.now() + END_S
        while self.runner.running and self._clock.now() < until:
            self.runner.wait(0.1)

    def _store_failed(self, error: StoreError) -> None:
        """Raises it when there is no hope left. Everything told is kept, and done when the store can be written."""
        self.worker.forget_claims()
        now = self._clock.now()
        if self._unwritten_since is None:
            self._unwritten_since = now
            if self._lasting:
                _logger().error("the store cannot be written, and everything waits for it: %s", error)
        if not self._lasting and now - self._unwritten_since >= STORE_PATIENCE_S:
            raise error

    def _written(self) -> None:
        if self._unwritten_since is not None:
            if self._lasting:
                waited = self._clock.now() - self._unwritten_since
                _logger().warning("the store can be written again, after %.1f s", waited)
            self._unwritten_since = None

    def _log(self, error: Exception) -> None:
        """Once, with its trace; what was only refused, in words. What is the same again and again is logged once."""
        mistake = f"{type(error).__name__}: {error}"
        if mistake != self._last_mistake:
            self._last_mistake = mistake
            trace = None if isinstance(error, GitflowError) else error
            _logger().error("a piece of work was dropped: %s", mistake, exc_info=trace)

    def _patience(self) -> float | None:
        if self._unwritten_since is not None:
            return STORE_PAUSE_S
        if self.orchestrator.has_work():
            return 0.0  # ``until`` has told something
        times = [due for due in (self._timers.next_due(), self._stop_by) if due is not None]
        until_due = max(0.0, min(times) - self._clock.now()) if times else None
        return self._log_writer.patience(self._forwarded.patience(until_due))


def _logger() -> Logger:
    import logging  # not at the top: it is slow to import, and rarely wanted

    return logging.getLogger("gitflow.engine")
