"""The loop of the engine: wait for events, save all of them in one commit, then act on them.

One thread drives processes, timers and the store. ``gitflow run`` calls it directly. A server runs it in a thread of
its own, beside its event loop, and there it is ``lasting``: it waits as long as the store cannot be written, and a
programming error in one piece of work does not stop the others.
"""

from __future__ import annotations

import time

from gitflow.core.errors import GitflowError, NotActive, StoreError
from gitflow.core.jobs.events import StepLost

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from logging import Logger

    from gitflow.runners.base import Finished
    from gitflow.runners.runner import Runner
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.engine.log_writer import LogWriter
    from gitflow.runtime.engine.orchestrator import Orchestrator
    from gitflow.runtime.engine.protocols import Requests, StepWorker
    from gitflow.runtime.engine.timers import Timers
    from gitflow.runtime.engine.transaction import Transaction

#: How long to retry if the store cannot be written, and the pause between retries, in seconds.
STORE_TIMEOUT_S = 10.0
STORE_PAUSE_S = 0.2
#: How long running processes may take to end when the loop has to stop, in seconds.
END_S = 5.0
#: How often to poll for places in groups that other processes have freed, in seconds.
POLL_S = 0.5
#: How often a server searches for jobs of processes that died, in seconds.
RECOVER_S = 5.0

#: The error of a step that a stopping server ended.
STOPPED = "interrupted: the server was stopped before it ended"


class Shutdown:
    """Whether, and when, the engine of this process has to stop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.deadline: float | None = None  #: None: it has not been requested

    def request(self, drain_s: float) -> None:
        """From any thread. Running steps get ``drain_s`` more; after a second call, the earlier deadline counts."""
        by = self._clock.now() + drain_s
        self.deadline = by if self.deadline is None else min(by, self.deadline)

    @property
    def is_requested(self) -> bool:
        return self.deadline is not None

    def is_due(self) -> bool:
        return self.deadline is not None and self._clock.now() >= self.deadline


class Engine:
    def __init__(
        self,
        orchestrator: Orchestrator,
        worker: StepWorker,
        runner: Runner,
        log_writer: LogWriter,
        forwarded: Requests,
        timers: Timers,
        clock: Clock,
        shutdown: Shutdown,
        *,
        lasting: bool = False,
    ) -> None:
        """``shutdown``: shared with the parts that must give up once its deadline has passed."""
        self.orchestrator = orchestrator
        self.worker = worker
        self.runner = runner
        self._log_writer = log_writer
        self._forwarded = forwarded
        self._timers = timers
        self._clock = clock
        self._lasting = lasting
        self._unwritten_since: float | None = None
        self._shutdown = shutdown
        self._last_error = ""
        self._next_poll = clock.now() + POLL_S
        self._next_recovery = clock.now() + RECOVER_S

    def run(self, until: Callable[[], bool]) -> None:
        """Returns when ``until`` does so, or after ``stop``.

        Raises StoreError if the store stays unwritable, unless it is lasting, and NotActive if another server has
        taken its place. Running processes are ended before any exception is raised.
        """
        try:
            while True:
                self._attempt(self.settle)
                if until() or self._has_stopped():
                    break
                self._attempt(self.wait, lambda error: time.sleep(STORE_PAUSE_S))
            if self._shutdown.is_requested:
                self._leave()
        except BaseException:
            self._end_what_runs()
            raise

    def stop(self, drain_s: float) -> None:
        """Makes ``run`` return, from any thread: nothing new is claimed, and running steps have ``drain_s`` to end.

        Steps that run longer are ended, and their attempts are lost: the next server tries them again if attempts are
        left, and fails them if not. Everything else stays in the store as it is, for the next server. Called again,
        the sooner deadline counts.
        """
        self._shutdown.request(drain_s)
        self.runner.wake()

    def now(self) -> float:
        return self._clock.now()

    def use_store(self, act: Callable[[], object]) -> None:
        """For a timer that uses the store outside a commit: where that fails, the engine waits for the store as after a
        commit that fails. Raises what ``act`` raises."""
        act()
        self._written()

    def settle(self) -> None:
        """Commits everything that has arrived, and acts on it, until nothing is left."""
        if not self.orchestrator.is_uncertain and not self._start_claimed():
            return
        while self.orchestrator.has_work():
            transaction = self._commit()
            if transaction is None:
                return
            self._act(transaction)

    def wait(self) -> None:
        """Until a process ends, a timer is due, or somebody calls ``runner.wake``."""
        if self.runner.running:
            self._log_writer.prepare()
        for finished in self.runner.wait(self._timeout()):
            self._report(finished)
        self._log_writer.flush_if_old()
        self._forwarded.poll_if_due()
        now = self._clock.now()
        if now >= self._next_poll:
            self._next_poll = now + POLL_S
            self.orchestrator.poll()
        if self._lasting and now >= self._next_recovery:
            self._next_recovery = now + RECOVER_S
            self._attempt(self._recover)
        self._timers.fire(now)

    def _recover(self) -> None:
        if self.orchestrator.recover():
            self._next_recovery = self._clock.now() + POLL_S

    def _act(self, transaction: Transaction) -> None:
        for job_id, kill in transaction.kills:
            self.worker.stop(job_id, kill.step, kill.attempt, kill.grace_s)
        for act in transaction.observed:
            self._attempt(act)
        for act in transaction.awaited:
            self._attempt(act)
        self._start_claimed()
        for act in transaction.after:
            self._attempt(act)

    def _start_claimed(self) -> bool:
        """Starts what is claimed and committed. False if the store, which is asked for what a step needs, is away: then
        nothing is committed before that is tried again, so that no claim is forgotten or stopped before it starts."""
        while self.worker.has_claimed:
            try:
                self.worker.start_claimed()
            except StoreError as error:
                if not self._lasting:
                    raise
                self._store_failed(error)
                return False
            except Exception as error:
                if not self._lasting:
                    raise
                self._log(error)
                self.worker.start_failed(error)
        return True

    def _attempt(self, act: Callable[[], object], otherwise: Callable[[Exception], None] | None = None) -> None:
        """Calls ``act``. If it is lasting, a programming error is logged, and then ``otherwise`` is called."""
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
        self._attempt(
            lambda: self.worker.report(finished), lambda error: self.worker.fail_internally(finished.key, error)
        )

    def _commit(self) -> Transaction | None:
        try:
            transaction = self._settle(self._claim)
        except StoreError as error:
            self._store_failed(error)
            return None
        except Exception:
            self.worker.forget_claims()
            if not self._lasting:
                raise
        else:
            self._written()
            return transaction
        self._drop_faulty()
        return None

    def _settle(self, claim: Callable[[Transaction], bool], pieces: int | None = None) -> Transaction:
        """The output of a step is stored before its end, or together with it."""
        if self._log_writer.joins_commits:
            return self.orchestrator.settle(claim, pieces, self._log_writer.write)
        self._log_writer.flush()
        return self.orchestrator.settle(claim, pieces)

    def _claim(self, transaction: Transaction) -> bool:
        """Nothing more is claimed once this process is about to end."""
        return not self._shutdown.is_requested and self.worker.claim(transaction)

    def _drop_faulty(self) -> None:
        """Commits each piece of work alone, to find and drop the one with the programming error."""
        for _ in range(self.orchestrator.waiting_pieces):
            if not self._commit_alone(lambda transaction: False, 1, self.orchestrator.drop_first):
                return
        self._commit_alone(self._claim_one, 0, self._refuse_last)

    def _commit_alone(
        self, claim: Callable[[Transaction], bool], pieces: int, drop: Callable[[Exception], None]
    ) -> bool:
        """Whether the next piece can be tried."""
        try:
            self._act(self._settle(claim, pieces))
        except StoreError as error:
            self._store_failed(error)
            return False
        except Exception as error:
            self.worker.forget_claims()
            self._log(error)
            drop(error)
        return True

    def _claim_one(self, transaction: Transaction) -> bool:
        """Claims at most one step, so that an error can be attributed to it."""
        return False if transaction.jobs else self._claim(transaction)

    def _refuse_last(self, error: Exception) -> None:
        offer = self.orchestrator.dispatch.last
        if offer is not None:
            self.worker.fail_internally((offer.job_id, offer.step, offer.attempt), error)

    def _has_stopped(self) -> bool:
        if not self._shutdown.is_requested:
            return False
        is_busy = self.runner.running or self.worker.is_staging or self.orchestrator.has_work()
        return self._shutdown.is_due() or not is_busy

    def _leave(self) -> None:
        """Ends running steps and reports them as lost, except those that ended on their own in the meantime."""
        self.runner.stop_all(END_S)
        until = self._clock.now() + 2 * END_S
        while self.runner.running and self._clock.now() < until:
            for finished in self.runner.wait(0.1):
                self._report_last(finished)
        while (self.orchestrator.has_work() or self.worker.is_staging) and self._clock.now() < until:
            self._attempt(self.settle)
            if self._unwritten_since is not None or not self.orchestrator.has_work():
                self.runner.wait(STORE_PAUSE_S)
        if self._unwritten_since is None:
            self._log_writer.flush()

    def _report_last(self, finished: Finished) -> None:
        job_id, step, attempt = finished.key
        if finished.outcome.killed:
            self.orchestrator.post_event(job_id, StepLost(self._clock.now(), step, attempt, STOPPED))
        else:
            self._report(finished)

    def _end_what_runs(self) -> None:
        """Ends running steps without storing it: the next process settles their jobs as interrupted."""
        self._log_writer.abandon()
        self.runner.stop_all(0.0)
        until = self._clock.now() + END_S
        while self.runner.running and self._clock.now() < until:
            self.runner.wait(0.1)

    def _store_failed(self, error: StoreError) -> None:
        """Raises the error after ``STORE_TIMEOUT_S``, and at once where another server is active. Work and events are
        kept until the store can be written."""
        if isinstance(error, NotActive):
            raise error
        if not self.orchestrator.is_uncertain:
            self.worker.forget_claims()
        now = self._clock.now()
        if self._unwritten_since is None:
            self._unwritten_since = now
            if self._lasting:
                _logger().error("the store cannot be written; all jobs wait for it: %s", error)
        if not self._lasting and now - self._unwritten_since >= STORE_TIMEOUT_S:
            raise error

    def _written(self) -> None:
        if self._unwritten_since is not None:
            if self._lasting:
                waited = self._clock.now() - self._unwritten_since
                _logger().warning("the store can be written again, after %.1f s", waited)
            self._unwritten_since = None

    def _log(self, error: Exception) -> None:
        """Logs an error with its traceback, a refusal without it. Equal errors in a row are logged once."""
        message = f"{type(error).__name__}: {error}"
        if message != self._last_error:
            self._last_error = message
            trace = None if isinstance(error, GitflowError) else error
            _logger().error("a piece of work was dropped because of an error: %s", message, exc_info=trace)

    def _timeout(self) -> float | None:
        if self._unwritten_since is not None:
            return STORE_PAUSE_S
        if self.orchestrator.has_work():
            return 0.0  # ``until`` has added some
        times = [due for due in (self._timers.next_due(), self._shutdown.deadline) if due is not None]
        until_due = max(0.0, min(times) - self._clock.now()) if times else None
        return self._log_writer.timeout(self._forwarded.timeout(until_due))


def _logger() -> Logger:
    import logging  # not at the top: it is slow to import, and rarely wanted

    return logging.getLogger("gitflow.engine")
