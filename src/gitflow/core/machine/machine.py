"""The rules by which a job moves: one table, settling, and effects read off the state.

``moves`` holds the table, ``turn`` the job in the making, ``settling`` what follows by itself
(``decisions``, ``starting``, ``loops``, ``retries``), ``endings`` the end, and ``owed`` the effects.
What an event means stands in ``reports`` (of workers, timers, children) and ``operations`` (of people,
and what befalls the job as a whole), with ``inbox`` for the events it is sent and ``resets`` for what runs again.
"""

from __future__ import annotations

from gitflow.core.jobs.events import (
    CancelRequested,
    ChildEnded,
    ChildStarted,
    EventReceived,
    JobAdmitted,
    JobExpired,
    JobPaused,
    JobRestarted,
    JobResumed,
    OwnerLost,
    StepClaimed,
    StepDecided,
    StepDue,
    StepExited,
    StepForced,
    StepLost,
    StepReset,
    StepSkipped,
    SubtreeReplayed,
)
from gitflow.core.machine import reports, requests
from gitflow.core.machine.endings import end_if_done
from gitflow.core.machine.outstanding import outstanding, owed_to_job, owed_to_step, waiting_on
from gitflow.core.machine.settling import settle
from gitflow.core.machine.transition import Transition
from gitflow.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.jobs.effects import Effect
    from gitflow.core.jobs.events import Event, HistoryEntry
    from gitflow.core.jobs.job import Job, StepRun

__all__ = ["Advance", "advance", "outstanding", "waiting_on"]


@record
class Advance:
    """What one event came to. ``changed`` holds only the steps that are new or different."""

    job: Job
    changed: Mapping[str, StepRun]
    effects: tuple[Effect, ...]
    history: tuple[HistoryEntry, ...]
    removed: tuple[str, ...] = ()  #: instances that are no longer there; none of them is in ``changed``
    reset_steps: int = 0  #: how many steps stand as if they had never run


def advance(job: Job, event: Event) -> Advance:
    """The job after the event; the same events always give the same job.

    Costs what it changes, not the size of the job.

    Raises:
        StaleEvent: a late or repeated report (another attempt, a state that does not allow the move).
        Conflict: a person asked for what the job's state does not allow; the sentence says why.
        InvalidInput: an approver gave fields that are not those the approval asks for.
        NotFound: there is no such step.
    """
    turn = Transition(job, event.at)
    _take_in(turn, event)
    settle(turn)
    end_if_done(turn)
    if turn.has_opened:
        turn.forget_unchanged()
    after = turn.job()
    effects = tuple(_effects(turn, after))
    removed = turn.removed if turn.dropped else ()
    return Advance(after, turn.changed, effects, tuple(turn.history), removed, turn.reset_steps)


def _effects(turn: Transition, job: Job) -> list[Effect]:
    effects: list[Effect] = []
    if not job.ended:
        for run in turn.changed.values():
            effects.extend(owed_to_step(job, run))
        for name in turn.touched:
            if name not in turn.changed:
                effects.extend(owed_to_step(job, job.steps[name]))
    if turn.job_moved:
        effects.extend(owed_to_job(job))
    return effects


def _take_in(turn: Transition, event: Event) -> None:
    match event:
        case StepClaimed():
            reports.step_claimed(turn, event)
        case StepExited():
            reports.step_exited(turn, event)
        case StepLost():
            reports.step_lost(turn, event)
        case StepDue():
            reports.step_due(turn, event)
        case ChildStarted():
            reports.child_started(turn, event)
        case ChildEnded():
            reports.child_ended(turn, event)
        case JobAdmitted():
            requests.job_admitted(turn, event)
        case CancelRequested():
            requests.cancel_requested(turn, event)
        case JobExpired():
            requests.job_expired(turn, event)
        case OwnerLost():
            requests.owner_lost(turn, event)
        case JobPaused():
            requests.job_paused(turn, event)
        case JobResumed():
            requests.job_resumed(turn, event)
        case StepSkipped():
            requests.step_skipped(turn, event)
        case StepForced():
            requests.step_forced(turn, event)
        case StepDecided():
            requests.step_decided(turn, event)
        case EventReceived():
            requests.event_received(turn, event)
        case StepReset():
            requests.step_reset(turn, event)
        case SubtreeReplayed():
            requests.subtree_replayed(turn, event)
        case JobRestarted():
            requests.job_restarted(turn, event)
