"""The agent: runs assignments on its machine, and reports their results.

It knows neither jobs nor the store. The commit that claims a step makes an Assignment, which has no paths. The agent
adds its own paths (step_dirs.py), runs it, and talks to the engine through a Link. In the engine's process the link is
a function call (worker.py); between processes it carries these records as JSON (wire.py).
"""

from __future__ import annotations

from gitflow.core.errors import GitflowError, StoreError
from gitflow.core.language.inputs import check_input
from gitflow.core.record import Record, field, replace
from gitflow.core.values import is_object
from gitflow.runners.base import Outcome
from gitflow.runners.messages import reason
from gitflow.runtime.worker.step_dirs import step_context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Protocol

    from gitflow.core.language.definition import Action
    from gitflow.core.logs import LogChunk
    from gitflow.runners.base import Assignment, Finished, StepContext
    from gitflow.runners.runner import Runner
    from gitflow.runtime.worker.bringing import Bringing
    from gitflow.runtime.worker.step_dirs import StagedArtifacts, StepDirs
    from gitflow.stores.protocols.artifacts import Artifact

Key = tuple[str, str, int]  #: job, step, attempt

#: Of an attempt that was stopped while it waited for its artifacts.
CANCELLED = Outcome(error="cancelled before it began", killed=True)


class Report(Record):
    """The result of an attempt, and the copies of its artifacts."""

    key: Key
    outcome: Outcome
    artifacts: StagedArtifacts = field(default_factory=list["tuple[Artifact, str]"])
    mistake: str | None = None  #: the text of an internal error of gitflow


class Stop(Record):
    """An order to send TERM to the processes of an attempt, and KILL after ``grace_s``."""

    key: Key
    grace_s: float


class AgentSettings(Record):
    """The settings of the agent's machine that attempts use."""

    home: str | None = None  #: None: each attempt gets a private folder
    pass_env: Mapping[str, str] = field(default_factory=dict[str, str])


if TYPE_CHECKING:

    class Link(Protocol):
        """The engine, as an agent sees it."""

        def claim(self) -> Assignment | None:
            """Claims the next attempt to start; None if there is none now."""
            ...

        def log(self, chunk: LogChunk, /) -> None:
            """Passes output of a step to the engine."""
            ...

        def report(self, report: Report) -> None:
            """Reports a result; callable from any thread."""
            ...

        def heartbeat(self, running: Iterable[Key]) -> Sequence[Stop]:
            """Says that the agent is alive and runs these attempts; returns those that it must stop."""
            ...

    class AgentSide(Protocol):
        """An agent, as the engine sees it: this one, or the near end of a link to another process."""

        @property
        def is_staging(self) -> bool:
            """Whether an attempt has ended and is not reported yet."""
            ...

        def start_claimed(self) -> None:
            """Claims and starts attempts; called when there are some."""
            ...

        def send_heartbeat(self) -> None:
            """Sends a heartbeat at once; called when there is something to stop."""
            ...

        def finish(self, finished: Finished) -> None:
            """Handles the end of an attempt of the engine's own runner."""
            ...

        def clear(self, key: Key) -> None:
            """Removes the folders of an attempt; called once its report is stored."""
            ...


class Agent:
    def __init__(self, runner: Runner, step_dirs: StepDirs, link: Link, settings: AgentSettings) -> None:
        self._runner = runner
        self._step_dirs = step_dirs
        self._link = link
        self._settings = settings
        self._running: dict[Key, Assignment] = {}
        self._staging: set[Key] = set()  #: attempts that have ended, whose artifacts are being copied
        self._bringing: Bringing | None = None  #: made for the first attempt whose artifacts are elsewhere

    @property
    def is_staging(self) -> bool:
        return bool(self._staging or (self._bringing is not None and self._bringing.is_busy))

    def start_claimed(self) -> None:
        while (assignment := self._link.claim()) is not None:
            elsewhere = self._step_dirs.elsewhere(assignment) if assignment.needs else ()
            if elsewhere:
                self._begin_bringing(assignment, elsewhere)
            else:
                self._start(assignment)

    def _begin_bringing(self, assignment: Assignment, elsewhere: Sequence[Artifact]) -> None:
        if self._bringing is None:
            from gitflow.runtime.worker.bringing import Bringing

            self._bringing = Bringing(self._runner, self._step_dirs.bring, self._start, self._not_brought)
        self._bringing.begin(assignment, elsewhere)

    def _not_brought(self, key: Key, error: Exception) -> None:
        if isinstance(error, OSError | GitflowError):
            self._link.report(Report(key, no_step_dirs(error)))
        else:
            self._link.report(Report(key, Outcome(), mistake=f"{type(error).__name__}: {error}"))

    def _start(self, assignment: Assignment) -> None:
        key = assignment.key
        try:
            self._runner.start(self._context(assignment))
        except (OSError, GitflowError) as error:
            self._link.report(Report(key, no_step_dirs(error)))
        else:
            self._running[key] = assignment

    def send_heartbeat(self) -> None:
        for stop in self._link.heartbeat(self._running):
            if self._bringing is not None and self._bringing.cancel(stop.key):
                self._link.report(Report(stop.key, CANCELLED))
            else:
                self._runner.stop(stop.key, stop.grace_s)

    def clear(self, key: Key) -> None:
        self._step_dirs.clear(key)

    def finish(self, finished: Finished) -> None:
        """Copies the artifacts, and reports the result. Large artifacts are copied in another thread."""
        key = finished.key
        assignment = self._running.pop(key, None)
        if assignment is None:
            return
        outcome = checked(assignment.action, finished.outcome)
        try:
            is_large = outcome.error is None and self._step_dirs.are_artifacts_large(key)
        except OSError as error:
            is_large, outcome = False, artifacts_not_kept(outcome, error)
        if not is_large or not self._begin_staging(key, outcome):
            self._link.report(self._staged(key, outcome))

    def _begin_staging(self, key: Key, outcome: Outcome) -> bool:
        """Copies in another thread; False if none can be started."""
        import threading

        self._staging.add(key)
        try:
            threading.Thread(target=self._stage_aside, args=(key, outcome), name="artifacts", daemon=True).start()
        except RuntimeError:
            self._staging.discard(key)
            return False
        return True

    def _staged(self, key: Key, outcome: Outcome) -> Report:
        if outcome.error is not None:
            return Report(key, outcome)
        try:
            return Report(key, outcome, self._step_dirs.stage_artifacts(key))
        except (OSError, StoreError) as error:
            return Report(key, artifacts_not_kept(outcome, error))

    def _stage_aside(self, key: Key, outcome: Outcome) -> None:
        try:
            self._link.report(self._staged(key, outcome))
        except Exception as error:
            self._link.report(Report(key, outcome, mistake=f"{type(error).__name__}: {error}"))
            raise
        finally:
            self._staging.discard(key)
            self._runner.wake()

    def _context(self, given: Assignment) -> StepContext:
        laid_out = self._step_dirs.lay_out(given)
        return step_context(given, laid_out, self._settings.home or laid_out.scratch, self._settings.pass_env)


def checked(action: Action, outcome: Outcome) -> Outcome:
    """Fails a step whose output does not match the declaration of its action, and drops undeclared keys."""
    declared = action.output
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


def no_step_dirs(error: OSError | GitflowError) -> Outcome:
    why = reason(error) if isinstance(error, OSError) else error
    return Outcome(error=f"its folders cannot be made: {why}", may_pass=True)


def artifacts_not_kept(outcome: Outcome, error: OSError | StoreError) -> Outcome:
    from gitflow.stores.refusals import sentence

    why = sentence(error, "artifacts") if isinstance(error, OSError) else error
    return Outcome(outcome.exit_code, outcome.output, f"the artifacts cannot be kept: {why}")
