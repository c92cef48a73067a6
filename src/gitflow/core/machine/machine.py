"""Applies an event to a job: one table of moves, settling, and effects that follow from the state.

``moves`` has the table, ``transition`` the job while an event is applied, ``settling`` what follows from a change
(``decisions``, ``starting``, ``loops``, ``retries``), ``endings`` the end of a job, and ``outstanding`` the effects.
``reports`` handles the events of workers, timers and child jobs, ``requests`` those of people and those about the
whole job, ``inbox`` events that are sent to the job, and ``resets`` steps that run again.
"""

from __future__ import annotations

from gitflow.core.jobs.events import (
    CancelRequested,
    ChildEnded,
    ChildStarted,
    DeadlinePassed,
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
from gitflow.core.machine.outstanding import outstanding, outstanding_for_job, outstanding_for_step, waiting_on
from gitflow.core.machine.settling import settle
from gitflow.core.machine.transition import Transition
from gitflow.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.jobs.effects import Effect
    from gitflow.core.jobs.events import Event, HistoryEntry
    from gitflow.core.jobs.job import Job, StepRun

__all__ = ["Advance", "advance", "outstanding", "waiting_on"]


class Advance(Record):
    """The result of one event. ``changed`` holds only the steps that are new or different."""

    job: Job
    changed: Mapping[str, StepRun]
    effects: tuple[Effect, ...]
    history: tuple[HistoryEntry, ...]
    removed: tuple[str, ...] = ()  #: instances that were removed; none of them is in ``changed``
    reset_steps: int = 0  #: how many steps were reset


def advance(job: Job, event: Event) -> Advance:
    """Applies the event and returns the changed job. The same events always give the same job.

    The cost depends on what changes, not on the size of the job.

    Raises:
        StaleEvent: the report is late or repeated (another attempt, or a state that does not allow the move).
        Conflict: the job's state does not allow a person's request; the message says why.
        InvalidInput: an approver gave fields that the approval does not ask for.
        NotFound: there is no such step.
    """
    transition = Transition(job, event.at)
    _take_in(transition, event)
    settle(transition)
    end_if_done(transition)
    if transition.has_opened:
        transition.forget_unchanged()
    after = transition.job()
    effects = tuple(_effects(transition, after))
    removed = transition.removed if transition.dropped else ()
    return Advance(after, transition.changed, effects, tuple(transition.history), removed, transition.reset_steps)


def _effects(transition: Transition, job: Job) -> list[Effect]:
    effects: list[Effect] = []
    if not job.ended:
        for run in transition.changed.values():
            effects.extend(outstanding_for_step(job, run))
        for name in transition.touched:
            if name not in transition.changed:
                effects.extend(outstanding_for_step(job, job.steps[name]))
    if transition.job_moved:
        effects.extend(outstanding_for_job(job))
    return effects


def _take_in(transition: Transition, event: Event) -> None:
    match event:
        case StepClaimed():
            reports.step_claimed(transition, event)
        case StepExited():
            reports.step_exited(transition, event)
        case StepLost():
            reports.step_lost(transition, event)
        case StepDue():
            reports.step_due(transition, event)
        case ChildStarted():
            reports.child_started(transition, event)
        case ChildEnded():
            reports.child_ended(transition, event)
        case JobAdmitted():
            requests.job_admitted(transition, event)
        case CancelRequested():
            requests.cancel_requested(transition, event)
        case JobExpired():
            requests.job_expired(transition, event)
        case DeadlinePassed():
            requests.deadline_passed(transition, event)
        case OwnerLost():
            requests.owner_lost(transition, event)
        case JobPaused():
            requests.job_paused(transition, event)
        case JobResumed():
            requests.job_resumed(transition, event)
        case StepSkipped():
            requests.step_skipped(transition, event)
        case StepForced():
            requests.step_forced(transition, event)
        case StepDecided():
            requests.step_decided(transition, event)
        case EventReceived():
            requests.event_received(transition, event)
        case StepReset():
            requests.step_reset(transition, event)
        case SubtreeReplayed():
            requests.subtree_replayed(transition, event)
        case JobRestarted():
            requests.job_restarted(transition, event)
