"""The rules by which a job moves: one table, settling, and effects read off the state."""

from __future__ import annotations

from dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.effects import Effect
    from gitflow.core.events import Event, HistoryEntry
    from gitflow.core.job import Job, StepRun


@dataclass(frozen=True, slots=True)
class Advance:
    """What one event came to. ``changed`` holds only the steps that are new or different."""

    job: Job
    changed: Mapping[str, StepRun]
    effects: tuple[Effect, ...]
    history: tuple[HistoryEntry, ...]


def advance(job: Job, event: Event) -> Advance:
    """The job after the event; the same events always give the same job.

    Costs what it changes, not the size of the job.

    Raises:
        StaleEvent: a late or repeated report (another attempt, a state that does not allow the move).
        Conflict: a person asked for what the job's state does not allow; the sentence says why.
    """
    raise NotImplementedError


def outstanding(job: Job) -> tuple[Effect, ...]:
    """Everything the outside still owes the job; for recovery, so it may look at every step."""
    raise NotImplementedError


def waiting_on(job: Job, step: StepRun) -> str | None:
    """What a step that is not moving waits for: ``dependencies worker slot approval event timer retry child pause``."""
    raise NotImplementedError
