"""The worker of the engine: claims offered steps, makes an assignment for each, and handles the reports."""

from __future__ import annotations

import os

from gitflow.core.errors import GitflowError, StoreError
from gitflow.core.jobs.events import StepClaimed, StepExited
from gitflow.core.language.definition import PROCESS, type_of
from gitflow.core.record import Record
from gitflow.core.templates.texts import TemplateError
from gitflow.runners.base import Assignment
from gitflow.runtime.worker.agent import Agent, AgentSettings, Report, Stop, artifacts_not_kept, no_step_dirs
from gitflow.runtime.worker.secrets import SecretUnavailable
from gitflow.runtime.worker.step_input import definitions_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gitflow.core.jobs.job import Job
    from gitflow.core.language.definition import Action
    from gitflow.core.logs import LogChunk
    from gitflow.dispatch.base import Offer
    from gitflow.runners.base import Finished, Outcome
    from gitflow.runners.runner import Runner
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.engine.orchestrator import Orchestrator
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.worker.agent import AgentSide, Link
    from gitflow.runtime.worker.step_dirs import StepDirs
    from gitflow.runtime.worker.step_input import RenderedStep, Renderer

Key = tuple[str, str, int]


class WorkerSettings(Record):
    worker_id: str
    slots: int
    home: str | None = None  #: None: each attempt gets a private folder
    pass_env: Mapping[str, str] | None = None
    is_traced: bool = False  #: spans are exported


class Worker:
    """``connect`` returns the agent at the other end of a link. Without it, the agent is in this process."""

    def __init__(
        self,
        orchestrator: Orchestrator,
        runner: Runner,
        renderer: Renderer,
        step_dirs: StepDirs,
        clock: Clock,
        settings: WorkerSettings,
        chance: Callable[[], float],
        connect: Callable[[Link], AgentSide] | None = None,
    ) -> None:
        self._orchestrator = orchestrator
        self._renderer = renderer
        self._step_dirs = step_dirs
        self._clock = clock
        self._settings = settings
        self._chance = chance
        self._claimed: dict[Key, tuple[Job, RenderedStep, str]] = {}
        self._delayed: dict[Key, tuple[Job, RenderedStep, str]] = {}  #: committed claims that could not be started
        self._running: dict[Key, Job] = {}
        self._stops: list[Stop] = []
        self._starting: Key | None = None
        link = LocalLink(self, runner.log)
        own = AgentSettings(settings.home, settings.pass_env or {})
        self._agent = connect(link) if connect is not None else Agent(runner, step_dirs, link, own)

    @property
    def slots(self) -> int:
        """How many steps it runs at once."""
        return self._settings.slots

    @property
    def running(self) -> int:
        return len(self._running)

    @property
    def is_staging(self) -> bool:
        """Whether an attempt has ended and is not reported yet."""
        return self._agent.is_staging

    def claim(self, transaction: Transaction) -> bool:
        """Claims one more offer, if a slot is free; see Orchestrator.settle."""
        if len(self._running) + len(self._claimed) + len(self._delayed) >= self.slots:
            return False
        offer = self._take(lambda job_id: self._has_room(transaction, job_id))
        if offer is not None:
            self._claim_offer(transaction, offer)
        return offer is not None

    def _take(self, has_room: Callable[[str], bool]) -> Offer | None:
        return self._orchestrator.dispatch.take(has_room)

    def forget_claims(self) -> None:
        """The commit failed, so none of its claims may start."""
        self._claimed.clear()

    @property
    def has_claimed(self) -> bool:
        """Whether there are claimed attempts to start."""
        return bool(self._claimed or self._delayed)

    def start_failed(self, error: Exception) -> None:
        """Fails the attempt that was being started when an internal error occurred. The others can still start."""
        if self._starting is not None and self._starting in self._running:
            self.fail_internally(self._starting, error)

    def fail_internally(self, key: Key, error: Exception) -> None:
        """Fails an attempt because of an internal error, so that its step does not wait for ever."""
        self._fail(key, f"{type(error).__name__}: {error}")

    def start_claimed(self) -> None:
        """Called after the commit."""
        self._agent.start_claimed()

    def assign(self) -> Assignment | None:
        """The next claimed attempt. If it raises StoreError, the same attempt is the next one again."""
        while waiting := self._delayed or self._claimed:
            key = next(iter(waiting))
            job, given, token = waiting.pop(key)
            self._starting, self._running[key] = key, job
            try:
                return self._assignment(key, job, given, token)
            except StoreError:
                del self._running[key]
                self._delayed = {key: (job, given, token), **self._delayed, **self._claimed}
                self._claimed = {}
                raise
            except (OSError, GitflowError) as error:
                self.handle_report(Report(key, no_step_dirs(error)))
        return None

    def stop(self, job_id: str, step: str, attempt: int, grace_s: float) -> None:
        self._stops.append(Stop((job_id, step, attempt), grace_s))
        self._agent.send_heartbeat()

    def stops(self) -> list[Stop]:
        """Takes the attempts to stop that were not sent yet."""
        given, self._stops = self._stops, []
        return given

    def report(self, finished: Finished) -> None:
        """Handles the end of an attempt of the engine's own runner."""
        self._agent.finish(finished)

    def handle_report(self, report: Report) -> None:
        """Saves the result of an attempt, and its artifacts, in the next commit. Callable from any thread."""
        key, mistake = report.key, report.mistake
        job = self._running.get(key)
        if job is None:
            return
        if mistake is None:
            self._orchestrator.submit(
                lambda transaction: self._report(transaction, job, report),
                lambda error: self.fail_internally(key, error),
            )
        else:
            self._orchestrator.submit(lambda transaction: self._fail(key, mistake))

    def _fail(self, key: Key, mistake: str) -> None:
        job_id, step, attempt = key
        self._running.pop(key, None)
        error = f"internal error of gitflow ({mistake}); the log has the details"
        self._orchestrator.post_event(
            job_id, StepExited(self._clock.now(), step, attempt, error=error, may_retry=False)
        )
        self._orchestrator.dispatch.freed(job_id)

    def _has_room(self, transaction: Transaction, job_id: str) -> bool:
        pending = transaction.find(job_id)
        if pending is None:
            return False
        limit = pending.job.plan.task.max_parallel_steps
        return limit is None or pending.job.busy_steps < limit

    def _claim_offer(self, transaction: Transaction, offer: Offer) -> None:
        pending = transaction.find(offer.job_id)
        if pending is None or offer.step not in pending.job.steps:
            return
        at = self._clock.now()
        try:
            given = self._renderer.attempt(pending.job, offer.step)
        except (TemplateError, GitflowError) as refused:
            error = f"step {offer.step!r} could not start: {self._renderer.mask_error(pending.job, refused)}"
            passing = isinstance(refused, SecretUnavailable)
            failed = StepExited(at, offer.step, offer.attempt, error=error, may_retry=passing, has_begun=False)
            self._orchestrator.try_apply(transaction, offer.job_id, failed)
            return
        transaction.register_secrets(offer.job_id, given.masks)
        token = os.urandom(12).hex()
        claimed = StepClaimed(at, offer.step, offer.attempt, self._settings.worker_id, token, given.shown)
        if self._orchestrator.try_apply(transaction, offer.job_id, claimed):
            self._claimed[(offer.job_id, offer.step, offer.attempt)] = (pending.job, given, token)

    def _assignment(self, key: Key, job: Job, given: RenderedStep, token: str) -> Assignment:
        """Raises StoreError."""
        job_id, name, attempt = key
        step, action = definitions_of(job, name)
        return Assignment(
            job_id=job_id,
            step=name,
            attempt=attempt,
            workspace=job.workspace,
            revision=job.revision,
            task=job.task_name,
            action=action,
            input=given.input,
            fields=given.fields,
            env=given.env,
            values=given.values,
            script=given.script,
            masks=given.masks,
            has_secrets=_has_secrets(action, given),
            checkout=job.plan.task.checkout,
            needs=self._step_dirs.needs_of(job, name),
            run_token=token,
            timeout_s=step.timeout_s if step.timeout_s is not None else action.timeout_s,
            grace_s=action.grace_s,
            traceparent=self._traceparent(job, name, attempt),
        )

    def _traceparent(self, job: Job, step: str, attempt: int) -> str | None:
        """The trace context for the attempt: its own span if spans are exported, else the caller's."""
        if not self._settings.is_traced:
            return job.traceparent
        from gitflow.core.jobs.trace_ids import attempt_traceparent

        return attempt_traceparent(job, step, attempt)

    def _report(self, transaction: Transaction, job: Job, report: Report) -> None:
        key, outcome = report.key, report.outcome
        job_id, name, attempt = key
        self._running.pop(key, None)
        may_retry = outcome.may_pass or not _never_began(job, name, outcome)
        try:
            self._step_dirs.keep_artifacts(job, key, report.artifacts)
        except OSError as error:
            outcome = artifacts_not_kept(outcome, error)
        exited = StepExited(
            self._clock.now(),
            name,
            attempt,
            exit_code=outcome.exit_code,
            output=outcome.output,
            error=outcome.error,
            killed=outcome.killed,
            may_retry=may_retry,
            has_begun=not outcome.may_pass,
            chance=self._chance(),
        )
        transaction.after.append(
            lambda: self._agent.clear(key)
        )  # before the job's folder is removed, which is nearly empty then
        self._orchestrator.try_apply(transaction, job_id, exited)
        self._orchestrator.dispatch.freed(job_id)


class LocalLink:
    """The link between the worker and an agent in its own process: every message is a function call."""

    def __init__(self, worker: Worker, log: Callable[[LogChunk], None]) -> None:
        self._worker = worker
        self.log = log

    def claim(self) -> Assignment | None:
        return self._worker.assign()

    def report(self, report: Report) -> None:
        self._worker.handle_report(report)

    def heartbeat(self, running: Iterable[Key]) -> Sequence[Stop]:
        """Returns the attempts to stop. heartbeat.py stores the heartbeat of this process."""
        return self._worker.stops()


def _has_secrets(action: Action, given: RenderedStep) -> bool:
    """Whether files of the attempt may hold a secret: its input, or a script with inserted values. The masked input
    differs from the input wherever it has a secret."""
    return given.input != given.shown or (action.script is not None and action.script.raw)


def _never_began(job: Job, name: str, outcome: Outcome) -> bool:
    """Whether the attempt could not start a process: its command, script or values are not valid."""
    ended = outcome.exit_code is not None or outcome.killed or outcome.timed_out
    return not ended and type_of(definitions_of(job, name)[1]).kind == PROCESS
