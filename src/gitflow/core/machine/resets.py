"""Reopens what has ended: a step, all steps that depend on it, or the whole job.

A reset step is as if it had never run, except that its attempts continue to count and its retry budget starts
again. Steps that were skipped or cancelled because of it wait again, and so do steps that were about to start;
completed steps, and steps that a person skipped, stay. A reset loop loses its instances; a reset instance
reopens its loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import Conflict
from gitflow.core.machine.approvals import is_approval, is_given, refuse_unsettled
from gitflow.core.machine.loops import fill_places
from gitflow.core.machine.settling import decide
from gitflow.core.names import instance_name
from gitflow.core.status import JobStatus, StepStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from gitflow.core.jobs.job import StepRun
    from gitflow.core.machine.transition import Transition
    from gitflow.core.values import Json

#: The fields of a step that a reset clears.
_NOTHING: Mapping[str, Json] = dict.fromkeys(
    (
        *("input", "output", "exit_code", "error_message", "skip_reason", "skipped_by", "worker_id", "child_job_id"),
        *("run_token", "ready_at", "started_at", "suspended_at", "completed_at", "due_at", "deadline_at", "late_at"),
    )
)

_NO_INSTANCES: Mapping[str, Json] = {"loop_total": None, "started_instances": 0, "ended_instances": 0}

#: The fields of an ended job that reopening clears.
_NO_END: Mapping[str, Json] = dict.fromkeys(
    ("completed_at", "output", "error_message", "cancel_requested_at", "cancel_status", "paused_at", "restart_by")
)


def run_again(transition: Transition, run: StepRun, actor: str) -> None:
    """Runs the step again; steps that were skipped or cancelled because of it wait again. Raises Conflict."""
    refuse_unsettled(transition, run)
    name = run.loop_of or run.name
    again = _waiting_again(transition, [name])
    _refuse_beside(transition, name, _downstream(transition, [name]))
    _run_again(transition, [run.name, *_later_instances(transition, run), *again], actor)


def replay(transition: Transition, run: StepRun, actor: str) -> None:
    """Runs the step and all steps that depend on it again. Raises Conflict."""
    refuse_unsettled(transition, run)
    name = run.loop_of or run.name
    below = _downstream(transition, [name])
    _refuse_beside(transition, name, below)
    _run_again(transition, [run.name, *_later_instances(transition, run), *_begun(transition, below)], actor)


def restart(transition: Transition, actor: str) -> None:
    """Resets every step of a job of which nothing runs, and starts it again."""
    transition.winding_down = transition.cancelling = False
    transition.touched.clear()
    opens = {"sent_events": (), "worker_id": None}
    if transition.status.ended:
        reopen_job(transition, actor, **opens)
    else:
        transition.move_job("restarted", actor, **_NO_END, expires_at=_expiry(transition), **opens)
    flow = transition.before.plan.task.flow
    _drop_carried_over(transition)
    for name in _begun(transition, flow):
        _reset(transition, name, actor)
    if transition.status is not JobStatus.PENDING:
        transition.job_changes["started_at"] = transition.at
        _go_on(transition, flow)


def force_failed(transition: Transition, run: StepRun, actor: str, output: Json) -> None:
    """Declares a failed step completed; steps that were skipped because of it are decided again. Raises Conflict."""
    if run.loop_of is not None:
        refuse_unsettled(transition, run)
    name = run.loop_of or run.name
    later = _later_instances(transition, run)
    if later:  # the loop continues, and the steps that depend on it wait for it again
        again = _waiting_again(transition, [name])
        _refuse_beside(transition, name, _downstream(transition, [name]))
    else:
        left_out = [one for one in transition.before.plan.graph.dependents[name] if _was_left_out(transition.run(one))]
        again = [*left_out, *_waiting_again(transition, left_out)]
        _refuse_beside(transition, name, _downstream(transition, left_out))
    again = _with_what_followed(transition, [*later, *again], [name])
    _refuse_beside(transition, name, again)
    reopen_job(transition, actor)
    _take_back_the_end(transition, run)
    for one in again:
        _reset(transition, one, actor)
    # it no longer holds a place in its loop, and frees none
    changes: dict[str, Json] = {"first_attempt": max(run.first_attempt, run.attempt + 1), "ready_at": None}
    transition.move(transition.run(run.name), "forced", actor, output=output, error_message=None, **changes)
    if run.loop_of is not None:
        fill_places(transition, run.loop_of)


def reopen_job(transition: Transition, actor: str, **changes: Json) -> None:
    """Reopens an ended job. Its time limit starts again, and its next end runs its hooks again."""
    if transition.status.ended:
        reopened = transition.before.reopened + 1
        transition.move_job("reopened", actor, **_NO_END, expires_at=_expiry(transition), reopened=reopened, **changes)


def _expiry(transition: Transition) -> float | None:
    limit = transition.before.plan.task.timeout_s
    return None if limit is None else transition.at + limit


def _run_again(transition: Transition, names: Iterable[str], actor: str) -> None:
    names = _with_what_followed(transition, names)
    reopen_job(transition, actor)
    for name in names:
        _reset(transition, name, actor)
    _go_on(transition, names)


def _go_on(transition: Transition, names: Iterable[str]) -> None:
    """Decides the steps whose dependencies have ended; the others follow later."""
    loops: dict[str, None] = {}
    for name in names:
        run = transition.run(name)
        if run.loop_of is not None:
            loops[run.loop_of] = None
        elif run.status is StepStatus.PENDING and run.open_needs == 0:
            decide(transition, run)
    for loop in loops:
        fill_places(transition, loop)


def _reset(transition: Transition, name: str, actor: str) -> None:
    run = transition.run(name)
    changes = dict(_NOTHING)
    first_attempt = run.attempt + 1
    if run.loop_index is None:
        changes.update(_NO_INSTANCES)
        first_attempt = max(first_attempt, run.first_attempt, _drop_instances(transition, run) + 1)
    if run.is_ahead:
        transition.has_opened = True  # its end is not counted yet
    elif run.status.ended:
        _take_back_the_end(transition, run)
    transition.move(transition.run(name), "reset", actor, first_attempt=first_attempt, is_ahead=False, **changes)
    transition.reset_steps += 1


def _drop_carried_over(transition: Transition) -> None:
    """Drops what the loops that have not begun would keep of the job that this one retries."""
    steps = transition.before.steps
    for run in [each for each in steps.values() if each.loop_of and steps[each.loop_of].loop_total is None]:
        loop = transition.run(run.loop_of or "")
        transition.put(loop, first_attempt=max(loop.first_attempt, run.attempt + 1))
        transition.drop(run.name)


def _drop_instances(transition: Transition, loop: StepRun) -> int:
    """The highest attempt of any of the steps."""
    highest = 0
    for index in range(loop.loop_total or 0):
        name = instance_name(loop.name, index)
        highest = max(highest, transition.run(name).attempt)
        transition.drop(name)
    return highest


def _take_back_the_end(transition: Transition, run: StepRun) -> None:
    """Makes the steps that depend on this one, and its loop, wait for it again."""
    transition.has_opened = True
    if run.loop_of is None:
        for name in transition.before.plan.graph.dependents[run.name]:
            dependent = transition.run(name)
            transition.put(dependent, open_needs=dependent.open_needs + 1)
        return
    loop = transition.run(run.loop_of)
    if loop.status.ended:
        _take_back_the_end(transition, loop)
        loop = transition.move(loop, "reopened", completed_at=None, output=None, error_message=None)
    transition.put(loop, ended_instances=loop.ended_instances - 1)


def _with_what_followed(transition: Transition, names: Iterable[str], others: Iterable[str] = ()) -> list[str]:
    """These steps, the approvals that depend on them and were given, and all steps that followed from those approvals.

    An approval is asked for again when something that it depends on runs again, because the approved result no longer
    exists. Asking again resets everything that followed from its answer. The outputs of ``others`` change too, but
    they are not reset themselves.
    """
    found = dict.fromkeys(names)
    below = _downstream(transition, dict.fromkeys(transition.run(name).loop_of or name for name in (*found, *others)))
    approvals = [
        name for name in below if is_approval(transition, transition.run(name)) and is_given(transition.run(name))
    ]
    found.update(dict.fromkeys(approvals))
    asked_again = [
        name for name in found if is_approval(transition, transition.run(name)) and transition.run(name).status.ended
    ]
    starts = dict.fromkeys(transition.run(name).loop_of or name for name in asked_again)
    return list(dict.fromkeys([*found, *_begun(transition, _downstream(transition, starts))]))


def _waiting_again(transition: Transition, starts: Iterable[str]) -> list[str]:
    """The steps that were skipped because of these, or would start although these run again, and so on."""
    found: dict[str, None] = {}
    ahead = list(starts)
    for name in ahead:
        for dependent in transition.before.plan.graph.dependents[name]:
            run = transition.run(dependent)
            if dependent not in found and (_was_left_out(run) or _is_about_to_begin(run)):
                found[dependent] = None
                ahead.append(dependent)
    return list(found)


def _was_left_out(run: StepRun) -> bool:
    return run.status is StepStatus.CANCELLED or (run.status is StepStatus.SKIPPED and run.skipped_by != "person")


def _is_about_to_begin(run: StepRun) -> bool:
    """Whether the step would start soon or waits: it must start again, so an approval is asked for again."""
    return run.status in (StepStatus.READY, StepStatus.SUSPENDED) or run.due_at is not None


def _begun(transition: Transition, names: Iterable[str]) -> list[str]:
    return [name for name in names if _has_moved(transition.run(name))]


def _has_moved(run: StepRun) -> bool:
    return run.status is not StepStatus.PENDING or run.due_at is not None


def _later_instances(transition: Transition, run: StepRun) -> list[str]:
    """In a sequential loop, the instances that never started because of this one."""
    if run.loop_of is None or not transition.step(run).sequential:
        return []
    later = (instance_name(run.loop_of, index) for index in range((run.loop_index or 0) + 1, run.loop_total or 0))
    return [name for name in later if _was_left_out(transition.run(name))]


def _downstream(transition: Transition, starts: Iterable[str]) -> dict[str, None]:
    """All steps that depend on these, directly or not, nearest first."""
    found: dict[str, None] = {}
    ahead = list(starts)
    for name in ahead:
        for dependent in transition.before.plan.graph.dependents[name]:
            if dependent not in found:
                found[dependent] = None
                ahead.append(dependent)
    return found


def _refuse_beside(transition: Transition, name: str, below: Collection[str]) -> None:
    """Refuses to run a step again while a step that uses its output runs. Raises Conflict."""
    for other in below:
        run = transition.run(other)
        is_child = run.status is StepStatus.SUSPENDED and transition.action(run).type == "task"
        if is_child or run.status is StepStatus.RUNNING:
            raise Conflict(f"step {other!r} depends on {name!r} and is {run.status.value}; it must end first")
