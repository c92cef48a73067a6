"""Settling: after an event, what only waits for others moves by itself.

Only the dependents of what changed are visited. A queue takes the place of recursion, so a flow may be
as deep as it likes.
"""

from __future__ import annotations

from gitflow.core.jobs.context import run_scope
from gitflow.core.machine.decisions import refusal
from gitflow.core.machine.loops import expand, instance_ended
from gitflow.core.machine.retries import fail
from gitflow.core.machine.starting import start
from gitflow.core.status import StepStatus
from gitflow.core.templates.render import TemplateError, evaluate, is_truthy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.jobs.job import StepRun
    from gitflow.core.machine.transition import Transition


def settle(turn: Transition) -> None:
    while turn.ended:
        run = turn.run(turn.ended.popleft())
        if run.loop_of is not None:
            instance_ended(turn, run)
            continue
        for name in turn.before.plan.graph.dependents[run.name]:
            _need_ended(turn, turn.run(name))


def _need_ended(turn: Transition, run: StepRun) -> None:
    run = turn.put(run, open_needs=run.open_needs - 1)
    if run.open_needs:
        return
    if run.status is StepStatus.PENDING:
        decide(turn, run)
    elif run.is_ahead:
        _catch_up(turn, run)


def _catch_up(turn: Transition, run: StepRun) -> None:
    """A person ended the step before its needs had ended, and now they have: its end counts from here on.

    It never counts past an approval that was not given: the step is then decided as if nobody had ended it.
    """
    from gitflow.core.machine.approvals import is_barred

    if is_barred(turn, run):
        nothing = dict.fromkeys(("output", "skip_reason", "skipped_by", "error_message", "completed_at"))
        turn.has_opened = True
        decide(turn, turn.move(run, "reset", is_ahead=False, **nothing))
    else:
        turn.put(run, is_ahead=False)
        turn.ended.append(run.name)


def decide(turn: Transition, run: StepRun) -> None:
    """All it depends on has ended: the step is skipped, starts, or becomes a loop."""
    step = turn.step(run)
    skip = refusal(step, turn.run)
    if skip is not None:
        turn.move(run, "bypassed", skip_reason=skip.reason, skipped_by=skip.by)
        return
    try:
        wanted = step.when is None or is_truthy(evaluate(step.when, run_scope(turn.before, turn.run, run)))
    except TemplateError as error:
        fail(turn, run, f"when: {error}", "engine", run.attempt)
        return
    if not wanted:
        turn.move(run, "bypassed", skip_reason=f"its condition is false: {step.when}", skipped_by="when")
    elif step.for_each is not None:
        expand(turn, run)
    else:
        start(turn, run)
