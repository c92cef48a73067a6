"""Events sent to a job: each completes the step that has waited longest for its type, or is kept for a later one.

Each type is first come, first served. Events with the same id count once. A ``wait`` whose time limit has passed
takes no event, even if its timer has not been processed yet.
"""

from __future__ import annotations

from gitflow.core.errors import Conflict
from gitflow.core.jobs.job import SentEvent
from gitflow.core.language.inputs import check_input
from gitflow.core.machine.retries import fail
from gitflow.core.record import replace
from gitflow.core.status import StepStatus
from gitflow.core.values import is_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.jobs.events import EventReceived
    from gitflow.core.jobs.job import StepRun
    from gitflow.core.machine.transition import Transition

#: How many events a job keeps. Of the events that a step took, the last ones are remembered while there is room.
MAX_EVENTS = 1_000


def take_in(transition: Transition, event: EventReceived) -> None:
    """Gives the event to a waiting step, or keeps it. Raises Conflict if the job keeps too many already."""
    if any(sent.id == event.id for sent in transition.sent_events):
        return
    sent = SentEvent(event.id, event.type, event.payload, event.actor, event.at)
    run = _longest_waiting(transition, event)
    transition.note("job.event_received", event.actor, None, {"id": event.id, "type": event.type, "kept": run is None})
    if run is None:
        transition.job_changes["sent_events"] = _with_room(transition, sent)
    else:
        transition.job_changes["sent_events"] = _with_room(transition, replace(sent, payload=None, step=run.name))
        _complete(transition, run, sent)


def take_kept(transition: Transition, run: StepRun) -> None:
    """Gives a step that starts to wait the oldest event of its type that no step took."""
    events = transition.sent_events
    wanted = awaited_type(run)
    for index, sent in enumerate(events):
        if sent.type == wanted and sent.step is None:
            taken = replace(sent, payload=None, step=run.name)
            transition.job_changes["sent_events"] = (*events[:index], taken, *events[index + 1 :])
            _complete(transition, run, sent)
            return


def awaited_type(run: StepRun) -> str | None:
    """The rendered type of event that a suspended ``wait`` waits for."""
    return run.input["event"] if is_object(run.input) else None


def _longest_waiting(transition: Transition, event: EventReceived) -> StepRun | None:
    waiting = [run for run in transition.before.steps.values() if _waits_for(transition, run, event)]
    return min(waiting, key=lambda run: run.suspended_at or 0.0, default=None)


def _waits_for(transition: Transition, run: StepRun, event: EventReceived) -> bool:
    if (
        run.status is not StepStatus.SUSPENDED
        or transition.action(run).type != "wait"
        or awaited_type(run) != event.type
    ):
        return False
    # deadlines stand still during a pause
    now = transition.before.paused_at if transition.is_paused and transition.before.paused_at is not None else event.at
    return run.due_at is None or now < run.due_at


def _with_room(transition: Transition, sent: SentEvent) -> tuple[SentEvent, ...]:
    events = transition.sent_events
    if len(events) < MAX_EVENTS:
        return (*events, sent)
    for index, old in enumerate(events):
        if old.step is not None:
            return (*events[:index], *events[index + 1 :], sent)
    raise Conflict(f"job {transition.before.id} keeps {MAX_EVENTS} events that no step has waited for yet")


def _complete(transition: Transition, run: StepRun, sent: SentEvent) -> None:
    """Completes the step with the payload as its output; the step fails if the action declares another output."""
    declared = transition.action(run).output
    if declared is None:
        transition.move(run, "completed", sent.actor, output=sent.payload)
        return
    if not is_object(sent.payload):
        fail(transition, run, f"the payload of event {sent.id!r} is not an object", "engine", run.attempt)
        return
    values, wrong = check_input(declared, sent.payload)
    if wrong:
        listed = "; ".join(f"{name}: {message}" for name, message in wrong)
        fail(transition, run, f"the payload of event {sent.id!r} is wrong: {listed}", "engine", run.attempt)
    else:
        transition.move(run, "completed", sent.actor, output=values)
