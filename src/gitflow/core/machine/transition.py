"""A Transition: the job while one event is applied, with the changes so far and what must still be settled.

It exists inside one call of ``advance`` and is the only object of the core that changes in place.
All moves go through it, so the tables, the counters and the history always agree.
"""

from __future__ import annotations

from gitflow.core.errors import StaleEvent
from gitflow.core.jobs.events import HistoryEntry
from gitflow.core.machine.moves import JOB_MOVES, MOVES
from gitflow.core.record import replace
from gitflow.core.standard import deque
from gitflow.core.status import JobStatus, StepStatus
from gitflow.core.values import is_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.jobs.job import Job, SentEvent, StepRun
    from gitflow.core.language.definition import Action, Step
    from gitflow.core.values import Json

#: Fields of a step that the history entry of a move repeats if the move sets them.
DETAILS = ("exit_code", "error_message", "skip_reason", "worker_id", "child_job_id", "due_at")

#: The fields of a step or job that people read; secrets in them are masked.
SENTENCES = ("error_message", "skip_reason")

#: Moves by which a person ends a step whose dependencies may still be open.
AHEAD = frozenset({"skipped", "forced"})

#: Moves whose word in the history differs from the status that they lead to.
WORDS = {"sent back": "retrying", "reset": "reset", "forced": "forced", "reopened": "reopened"}
JOB_WORDS = {"reopened": "reopened", "restarted": "restarted"}


class Transition:
    def __init__(self, job: Job, at: float) -> None:
        self.before = job
        self.at = at
        self.status = job.status
        self.cancelling = job.cancelling
        self.winding_down = job.cancelling  #: no new step starts
        self.open_steps = job.open_steps
        self.busy_steps = job.busy_steps
        self.failed_steps = job.failed_steps
        self.changed: dict[str, StepRun] = {}
        self.dropped: set[str] = set()  #: removed instances of a loop that runs again; some may be created again
        self.touched: list[str] = []  #: unchanged steps with a new outstanding effect
        self.reset_steps = 0
        self.has_opened = False  #: something that had ended was reopened
        self.job_moved = False
        self.job_changes: dict[str, Json] = {}
        self.ended: deque[str] = deque()  #: ended steps whose dependents are not settled yet
        self.history: list[HistoryEntry] = []

    def run(self, name: str) -> StepRun:
        """Raises KeyError."""
        found = self.changed.get(name)
        return self.before.steps[name] if found is None else found

    def step(self, run: StepRun) -> Step:
        return self.before.plan.task.flow[run.loop_of or run.name]

    def action(self, run: StepRun) -> Action:
        return self.before.plan.actions[run.loop_of or run.name]

    def put(self, run: StepRun, **changes: Json) -> StepRun:
        """Changes fields of a step without moving it. Masks the fields that people read."""
        if changes.get("output") is not None:
            self._register_secrets(self.action(run), changes["output"])
        new = replace(run, **self.masked(changes))
        self.changed[run.name] = new
        return new

    def move(self, run: StepRun, move: str, actor: str = "engine", **changes: Json) -> StepRun:
        """Raises StaleEvent if the step's state does not allow the move."""
        after = MOVES.get((run.status, move))
        if after is None:
            raise StaleEvent(f"step {run.name!r} is {run.status}, which allows no move {move!r}")
        self._count(run, after)
        if after.ended:
            if move in AHEAD and run.open_needs and run.loop_of is None:
                changes["is_ahead"] = True  # its end counts once its own dependencies have ended
            else:
                self.ended.append(run.name)
            changes["completed_at"] = self.at
            changes["due_at"] = None
        new = self.put(run, status=after, **changes)
        details = {key: getattr(new, key) for key in DETAILS if changes.get(key) is not None}
        self.note(f"step.{WORDS.get(move) or after.value}", actor, new, details)
        return new

    def _register_secrets(self, action: Action, output: Json) -> None:
        """Adds the values of output fields that are declared secret to the job's secrets."""
        if action.output or action.type == "approval":
            from gitflow.core.templates.masking import secret_texts, united  # few declare their output

            filled_in = output.get("input") if action.type == "approval" and is_object(output) else None
            found = [
                text
                for fields, values in ((action.output or {}, output), (action.input, filled_in))
                if is_object(values)
                for text in secret_texts(fields, values)
            ]
            if found:
                self.job_changes["secrets"] = united(self.secrets, found)

    @property
    def secrets(self) -> tuple[str, ...]:
        return self.job_changes.get("secrets", self.before.secrets)

    def masked(self, changes: Mapping[str, Json]) -> Mapping[str, Json]:
        """The changes with the job's secrets masked in texts; outputs stay as they are."""
        if not self.secrets or not any(changes.get(name) for name in SENTENCES):
            return changes
        from gitflow.core.templates.masking import masked

        return {name: masked(value, self.secrets) if name in SENTENCES else value for name, value in changes.items()}

    def _count(self, run: StepRun, after: StepStatus) -> None:
        if run.loop_of is None and after.ended is not run.status.ended:
            self.open_steps += -1 if after.ended else 1
        if run.loop_of is None and StepStatus.FAILED in (after, run.status) and after is not run.status:
            self.failed_steps += 1 if after is StepStatus.FAILED else -1
        if after is StepStatus.RUNNING and run.status is StepStatus.READY:
            self.busy_steps += 1
        elif run.status is StepStatus.RUNNING and not run.is_loop:
            self.busy_steps -= 1

    def move_job(self, move: str, actor: str = "engine", **changes: Json) -> None:
        self.status = JOB_MOVES[self.status, move]
        changes = dict(self.masked(changes))
        self.job_changes.update(changes, status=self.status)
        self.job_moved = True
        message = changes.get("error_message")
        self.note(
            f"job.{JOB_WORDS.get(move) or self.status.value}",
            actor,
            None,
            {"error_message": message} if message else None,
        )

    def note(self, what: str, actor: str, run: StepRun | None = None, details: Json = None) -> None:
        name, attempt = (run.name, run.attempt) if run else (None, None)
        if details and self.secrets:
            from gitflow.core.templates.masking import masked

            details = masked(details, self.secrets)
        self.history.append(HistoryEntry(self.at, actor, what, name, attempt, details or None))

    def forget_unchanged(self) -> None:
        """Drops changes that cancel out: a dependency that was reopened and has ended again."""
        stored = self.before.steps
        same = [name for name, run in self.changed.items() if stored.get(name) == run]
        for name in same:
            del self.changed[name]
        self.touched.extend(same)  # the job may have been paused before
        self.dropped.difference_update(same)

    def drop(self, name: str) -> None:
        """Removes an instance of a loop; it may be created again later."""
        self.changed.pop(name, None)
        self.dropped.add(name)

    @property
    def removed(self) -> tuple[str, ...]:
        """The names of removed steps, whose rows must be deleted."""
        stored = self.before.steps
        return tuple(sorted(name for name in self.dropped if name not in self.changed and name in stored))

    @property
    def sent_events(self) -> tuple[SentEvent, ...]:
        return self.job_changes.get("sent_events", self.before.sent_events)

    def job(self) -> Job:
        """The job as it is now."""
        steps = self.before.steps.without(self.removed) if self.dropped else self.before.steps
        return replace(
            self.before,
            steps=steps.changed(self.changed) if self.changed else steps,
            open_steps=self.open_steps,
            busy_steps=self.busy_steps,
            failed_steps=self.failed_steps,
            **self.job_changes,
        )

    @property
    def is_paused(self) -> bool:
        return self.status is JobStatus.PAUSED
