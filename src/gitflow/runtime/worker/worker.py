"""The embedded worker: claims offered steps, gives each attempt its folders, and reports how it ended."""

from __future__ import annotations

import os

from gitflow.core.errors import GitflowError
from gitflow.core.jobs.events import StepClaimed, StepExited
from gitflow.core.language.inputs import check_input
from gitflow.core.record import record, replace
from gitflow.core.templates.render import TemplateError
from gitflow.core.values import is_object
from gitflow.runners.base import Finished, Outcome, StepContext
from gitflow.runners.messages import reason
from gitflow.runtime.worker.secrets import NotFoundNow
from gitflow.runtime.worker.step_input import definitions_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.jobs.job import Job
    from gitflow.core.language.definition import Action
    from gitflow.dispatch.base import Offer
    from gitflow.runners.runner import Runner
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.engine.orchestrator import Orchestrator
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.worker.step_dirs import StagedArtifacts, StepDirs
    from gitflow.runtime.worker.step_input import Given, Renderer

Key = tuple[str, str, int]

#: Types of action whose attempts are processes.
PROCESS_TYPES = frozenset({"shell", "python"})


@record
class WorkerSettings:
    worker_id: str
    slots: int
    home: str | None = None  #: None: a private folder an attempt
    pass_env: Mapping[str, str] | None = None
    is_traced: bool = False  #: spans of what runs are sent somewhere


class Worker:
    def __init__(
        self,
        orchestrator: Orchestrator,
        runner: Runner,
        renderer: Renderer,
        folders: StepDirs,
        clock: Clock,
        settings: WorkerSettings,
        chance: Callable[[], float],
    ) -> None:
        self._orchestrator = orchestrator
        self._runner = runner
        self._renderer = renderer
        self._folders = folders
        self._clock = clock
        self._settings = settings
        self._chance = chance
        self._claimed: dict[Key, tuple[Job, Given, str]] = {}
        self._running: dict[Key, Job] = {}
        self._staging: set[Key] = set()  #: of those: ended, and their artifacts are being copied aside
        self._starting: Key | None = None

    @property
    def running(self) -> int:
        return len(self._running)

    @property
    def is_staging(self) -> bool:
        """Whether something has ended and is not told yet."""
        return bool(self._staging)

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
        if self._starting is not None and self._running.pop(self._starting, None) is not None:
            self.failed_by_us(self._starting, error)

    def failed_by_us(self, key: Key, error: Exception) -> None:
        """The attempt cannot go on, or what came of it cannot be told; its step must not wait for that for ever."""
        job_id, step, attempt = key
        self._staged(key)
        told = f"gitflow itself made a mistake here ({type(error).__name__}: {error}); its log tells more"
        self._orchestrator.post_event(job_id, StepExited(self._clock.now(), step, attempt, error=told, may_retry=False))
        self._orchestrator.dispatch.freed(job_id)

    def start_claimed(self) -> None:
        """After the commit."""
        while self._claimed:
            key = next(iter(self._claimed))
            job, given, token = self._claimed.pop(key)
            self._starting, self._running[key] = key, job
            try:
                self._runner.start(self._context(key, job, given, token))
            except (OSError, GitflowError) as error:
                del self._running[key]
                message = f"its folders cannot be made: {reason(error) if isinstance(error, OSError) else error}"
                self._tell(job, key, Outcome(error=message, may_pass=True), [], may_retry=True)

    def stop(self, job_id: str, step: str, attempt: int, grace_s: float) -> None:
        self._runner.stop((job_id, step, attempt), grace_s)

    def report(self, finished: Finished) -> None:
        """Tells how an attempt ended, in the next commit; its artifacts are kept in the same one."""
        job = self._running.get(finished.key)
        if job is None or finished.key in self._staging:
            return
        outcome = self._checked(job, finished.key[1], finished.outcome)
        may_retry = outcome.may_pass or not _never_began(job, finished)
        try:
            is_large = outcome.error is None and self._folders.are_artifacts_large(finished.key)
        except OSError as error:
            is_large, outcome = False, _unkept(outcome, error)
        if not is_large or not self._begin_staging(job, finished.key, outcome, may_retry):
            del self._running[finished.key]
            self._stage(job, finished.key, outcome, may_retry)

    def _begin_staging(self, job: Job, key: Key, outcome: Outcome, may_retry: bool) -> bool:
        """In a thread of its own; the attempt keeps its slot meanwhile. False where no thread can be had."""
        import threading

        self._staging.add(key)
        arguments = (job, key, outcome, may_retry)
        try:
            threading.Thread(target=self._stage_aside, args=arguments, name="artifacts", daemon=True).start()
        except RuntimeError:
            self._staging.discard(key)
            return False
        return True

    def _stage(self, job: Job, key: Key, outcome: Outcome, may_retry: bool) -> None:
        staged: StagedArtifacts = []
        if outcome.error is None:
            try:
                staged = self._folders.stage_artifacts(key)
            except OSError as error:
                outcome = _unkept(outcome, error)
        self._tell(job, key, outcome, staged, may_retry=may_retry)

    def _stage_aside(self, job: Job, key: Key, outcome: Outcome, may_retry: bool) -> None:
        """Copying what is large takes long, and the engine goes on meanwhile."""
        try:
            self._stage(job, key, outcome, may_retry)
        except Exception as error:
            failed = error
            self._orchestrator.submit(lambda turn: self.failed_by_us(key, failed))
            raise
        finally:
            self._runner.wake()

    def _staged(self, key: Key) -> None:
        """Its artifacts have been copied aside, if they were: its slot is free."""
        if key in self._staging:
            self._staging.discard(key)
            self._running.pop(key, None)

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

    def _context(self, key: Key, job: Job, given: Given, token: str) -> StepContext:
        job_id, name, attempt = key
        step, action = definitions_of(job, name)
        laid_out = self._folders.lay_out(job, name, attempt, has_secrets=_has_secrets(action, given))
        return StepContext(
            action=action,
            workspace=job.workspace,
            task=job.task_name,
            job_id=job_id,
            step=name,
            attempt=attempt,
            revision=job.revision,
            input=given.input,
            fields=given.fields,
            env=given.env,
            values=given.values,
            script=given.script,
            workdir=laid_out.workdir,
            files=laid_out.files,
            workflows=laid_out.workflows,
            scratch=laid_out.scratch,
            artifacts=laid_out.artifacts,
            needs=laid_out.needs,
            run_token=token,
            home=self._settings.home or laid_out.scratch,
            pass_env=self._settings.pass_env or {},
            masks=given.masks,
            timeout_s=step.timeout_s if step.timeout_s is not None else action.timeout_s,
            grace_s=action.grace_s,
            traceparent=self._traceparent(job, name, attempt),
            private=laid_out.private,
        )

    def _traceparent(self, job: Job, step: str, attempt: int) -> str | None:
        """What the attempt's own spans go on with."""
        if not (self._settings.is_traced or job.traceparent):
            return None
        from gitflow.runtime.telemetry.spans import given_to_step

        return given_to_step(job, step, attempt, is_exported=self._settings.is_traced)

    def _tell(self, job: Job, key: Key, outcome: Outcome, staged: StagedArtifacts, *, may_retry: bool) -> None:
        self._orchestrator.submit(
            lambda turn: self._report(turn, job, key, outcome, staged, may_retry),
            lambda error: self.failed_by_us(key, error),
        )

    def _report(
        self, turn: Transaction, job: Job, key: Key, outcome: Outcome, staged: StagedArtifacts, may_retry: bool
    ) -> None:
        job_id, name, attempt = key
        self._staged(key)
        try:
            self._folders.keep_artifacts(job, key, staged)
        except OSError as error:
            outcome = _unkept(outcome, error)
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
        turn.after.append(lambda: self._folders.clear(key))  # before its job's, which is then nearly empty
        self._orchestrator.try_apply(turn, job_id, exited)
        self._orchestrator.dispatch.freed(job_id)

    def _checked(self, job: Job, name: str, outcome: Outcome) -> Outcome:
        """A step whose output is not what its action declares has failed, and what is not declared is not kept."""
        declared = definitions_of(job, name)[1].output
        if declared is None:
            return outcome
        given = outcome.output if is_object(outcome.output) else {}
        kept = {key: value for key, value in given.items() if key in declared} if given else outcome.output
        if outcome.error is not None:
            return replace(outcome, output=kept)
        output, wrong = check_input(declared, given)
        if not wrong:
            return Outcome(outcome.exit_code, output)
        listed = "; ".join(f"{field}: {message}" for field, message in wrong)
        return Outcome(outcome.exit_code, kept, f"the output is not what the action declares: {listed}")


def _has_secrets(action: Action, given: Given) -> bool:
    """Whether a secret may stand in what is written for the attempt: its input, or a script that values are pasted
    into. What is shown of the input differs from it in every place that holds one."""
    return given.input != given.shown or (action.script is not None and action.script.raw)


def _never_began(job: Job, finished: Finished) -> bool:
    """Whether no process came of the attempt: its command, script or values cannot be given to one, ever."""
    outcome = finished.outcome
    ended = outcome.exit_code is not None or outcome.killed or outcome.timed_out
    return not ended and definitions_of(job, finished.key[1])[1].type in PROCESS_TYPES


def _unkept(outcome: Outcome, error: OSError) -> Outcome:
    from gitflow.stores.refusals import sentence

    return Outcome(outcome.exit_code, outcome.output, f"the artifacts cannot be kept: {sentence(error, 'artifacts')}")
