"""The worker, as the engine sees it: claims offered steps, makes an assignment of each, and takes in the reports."""

from __future__ import annotations

import os

from gitflow.core.errors import GitflowError
from gitflow.core.jobs.events import StepClaimed, StepExited
from gitflow.core.language.definition import PROCESS, type_of
from gitflow.core.record import record
from gitflow.core.templates.render import TemplateError
from gitflow.runners.base import Assignment
from gitflow.runtime.worker.agent import Agent, AgentSettings, Report, Stop, no_folders, unkept
from gitflow.runtime.worker.secrets import NotFoundNow
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
    from gitflow.runtime.worker.step_input import Given, Renderer

Key = tuple[str, str, int]


@record
class WorkerSettings:
    worker_id: str
    slots: int
    home: str | None = None  #: None: a private folder an attempt
    pass_env: Mapping[str, str] | None = None
    is_traced: bool = False  #: spans of what runs are sent somewhere


class Worker:
    """``connect`` gives the agent that a link leads to; without it the agent is in this process."""

    def __init__(
        self,
        orchestrator: Orchestrator,
        runner: Runner,
        renderer: Renderer,
        folders: StepDirs,
        clock: Clock,
        settings: WorkerSettings,
        chance: Callable[[], float],
        connect: Callable[[Link], AgentSide] | None = None,
    ) -> None:
        self._orchestrator = orchestrator
        self._renderer = renderer
        self._folders = folders
        self._clock = clock
        self._settings = settings
        self._chance = chance
        self._claimed: dict[Key, tuple[Job, Given, str]] = {}
        self._running: dict[Key, Job] = {}
        self._stops: list[Stop] = []
        self._starting: Key | None = None
        link = LocalLink(self, runner.log)
        own = AgentSettings(settings.home, settings.pass_env or {})
        self._agent = connect(link) if connect is not None else Agent(runner, folders, link, own)

    @property
    def running(self) -> int:
        return len(self._running)

    @property
    def is_staging(self) -> bool:
        """Whether something has ended and is not reported yet."""
        return self._agent.is_staging

    def claim(self, turn: Transaction) -> bool:
        """Claims one more offer, if a slot is free; see Orchestrator.settle."""
        if len(self._running) + len(self._claimed) >= self._settings.slots:
            return False
        offer = self._orchestrator.dispatch.take(lambda job_id: self._has_room(turn, job_id))
        if offer is not None:
            self._take(turn, offer)
        return offer is not None

    def forget_claims(self) -> None:
        """The commit failed: nothing that was claimed in it may start."""
        self._claimed.clear()

    @property
    def has_claimed(self) -> bool:
        """Whether something is to be started."""
        return bool(self._claimed)

    def not_started(self, error: Exception) -> None:
        """The one that was to start last could not, by a mistake of ours; the others may still be started."""
        if self._starting is not None and self._starting in self._running:
            self.failed_by_us(self._starting, error)

    def failed_by_us(self, key: Key, error: Exception) -> None:
        """The attempt cannot go on, or what came of it cannot be told; its step must not wait for that for ever."""
        self._fail(key, f"{type(error).__name__}: {error}")

    def start_claimed(self) -> None:
        """After the commit."""
        self._agent.start_claimed()

    def assign(self) -> Assignment | None:
        """The next attempt that was claimed."""
        while self._claimed:
            key = next(iter(self._claimed))
            job, given, token = self._claimed.pop(key)
            self._starting, self._running[key] = key, job
            try:
                return self._assignment(key, job, given, token)
            except (OSError, GitflowError) as error:
                self.take_in(Report(key, no_folders(error)))
        return None

    def stop(self, job_id: str, step: str, attempt: int, grace_s: float) -> None:
        self._stops.append(Stop((job_id, step, attempt), grace_s))
        self._agent.beat()

    def stops(self) -> list[Stop]:
        """What is to be stopped and was not passed on yet."""
        given, self._stops = self._stops, []
        return given

    def report(self, finished: Finished) -> None:
        """An attempt of the engine's own runner has ended."""
        self._agent.finish(finished)

    def take_in(self, report: Report) -> None:
        """From any thread. Says how the attempt ended in the next commit, which keeps its artifacts."""
        key, mistake = report.key, report.mistake
        job = self._running.get(key)
        if job is None:
            return
        if mistake is None:
            self._orchestrator.submit(
                lambda turn: self._report(turn, job, report), lambda error: self.failed_by_us(key, error)
            )
        else:
            self._orchestrator.submit(lambda turn: self._fail(key, mistake))

    def _fail(self, key: Key, mistake: str) -> None:
        job_id, step, attempt = key
        self._running.pop(key, None)
        error = f"gitflow itself made a mistake here ({mistake}); its log tells more"
        self._orchestrator.post_event(
            job_id, StepExited(self._clock.now(), step, attempt, error=error, may_retry=False)
        )
        self._orchestrator.dispatch.freed(job_id)

    def _has_room(self, turn: Transaction, job_id: str) -> bool:
        staged = turn.find(job_id)
        if staged is None:
            return False
        limit = staged.job.plan.task.max_parallel_steps
        return limit is None or staged.job.busy_steps < limit

    def _take(self, turn: Transaction, offer: Offer) -> None:
        staged = turn.find(offer.job_id)
        if staged is None or offer.step not in staged.job.steps:
            return
        at = self._clock.now()
        try:
            given = self._renderer.attempt(staged.job, offer.step)
        except (TemplateError, GitflowError) as refused:
            error = f"step {offer.step!r} could not start: {self._renderer.told(staged.job, refused)}"
            passing = isinstance(refused, NotFoundNow)
            failed = StepExited(at, offer.step, offer.attempt, error=error, may_retry=passing, has_begun=False)
            self._orchestrator.try_apply(turn, offer.job_id, failed)
            return
        turn.register_secrets(offer.job_id, given.masks)
        token = os.urandom(12).hex()
        claimed = StepClaimed(at, offer.step, offer.attempt, self._settings.worker_id, token, given.shown)
        if self._orchestrator.try_apply(turn, offer.job_id, claimed):
            self._claimed[(offer.job_id, offer.step, offer.attempt)] = (staged.job, given, token)

    def _assignment(self, key: Key, job: Job, given: Given, token: str) -> Assignment:
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
            needs=self._folders.needs_of(job, name),
            run_token=token,
            timeout_s=step.timeout_s if step.timeout_s is not None else action.timeout_s,
            grace_s=action.grace_s,
            traceparent=self._traceparent(job, name, attempt),
        )

    def _traceparent(self, job: Job, step: str, attempt: int) -> str | None:
        """What the attempt goes on with: its own span where spans are sent anywhere, else that of whoever asked."""
        if not self._settings.is_traced:
            return job.traceparent
        from gitflow.core.jobs.trace_ids import attempt_traceparent

        return attempt_traceparent(job, step, attempt)

    def _report(self, turn: Transaction, job: Job, report: Report) -> None:
        key, outcome = report.key, report.outcome
        job_id, name, attempt = key
        self._running.pop(key, None)
        may_retry = outcome.may_pass or not _never_began(job, name, outcome)
        try:
            self._folders.keep_artifacts(job, key, report.artifacts)
        except OSError as error:
            outcome = unkept(outcome, error)
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
        turn.after.append(lambda: self._agent.clear(key))  # before its job's, which is then nearly empty
        self._orchestrator.try_apply(turn, job_id, exited)
        self._orchestrator.dispatch.freed(job_id)


class LocalLink:
    """What an agent says to the worker of its own process: each word is a call."""

    def __init__(self, worker: Worker, log: Callable[[LogChunk], None]) -> None:
        self._worker = worker
        self.log = log

    def claim(self) -> Assignment | None:
        return self._worker.assign()

    def report(self, report: Report) -> None:
        self._worker.take_in(report)

    def heartbeat(self, running: Iterable[Key]) -> Sequence[Stop]:
        """That this process lives is said elsewhere (heartbeat.py)."""
        return self._worker.stops()


def _has_secrets(action: Action, given: Given) -> bool:
    """Whether a secret may stand in what is written for the attempt: its input, or a script that values are pasted
    into. What is shown of the input differs from it in every place that holds one."""
    return given.input != given.shown or (action.script is not None and action.script.raw)


def _never_began(job: Job, name: str, outcome: Outcome) -> bool:
    """Whether no process came of the attempt: its command, script or values cannot be given to one, ever."""
    ended = outcome.exit_code is not None or outcome.killed or outcome.timed_out
    return not ended and type_of(definitions_of(job, name)[1]).kind == PROCESS
