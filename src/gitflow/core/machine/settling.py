"""Settling: after an event, moves every step whose dependencies now decide about it.

Only the dependents of changed steps are visited. A queue replaces recursion, so a flow may have any depth.
"""

from __future__ import annotations

from gitflow.core.jobs.context import run_scope
from gitflow.core.machine.decisions import refusal
from gitflow.core.machine.loops import expand, instance_ended
from gitflow.core.machine.retries import fail
from gitflow.core.machine.starting import start
from gitflow.core.status import StepStatus
from gitflow.core.templates.render import evaluate
from gitflow.core.templates.texts import TemplateError, is_truthy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.jobs.job import StepRun
    from gitflow.core.machine.transition import Transition


def settle(transition: Transition) -> None:
    while transition.ended:
        run = transition.run(transition.ended.popleft())
        if run.loop_of is not None:
            instance_ended(transition, run)
            continue
        for name in transition.before.plan.graph.dependents[run.name]:
            _need_ended(transition, transition.run(name))


def _need_ended(transition: Transition, run: StepRun) -> None:
    run = transition.put(run, open_needs=run.open_needs - 1)
    if run.open_needs:
        return
    if run.status is StepStatus.PENDING:
        decide(transition, run)
    elif run.is_ahead:
        _catch_up(transition, run)


def _catch_up(transition: Transition, run: StepRun) -> None:
    """Counts the end of a step that a person ended early, now that its dependencies have ended.

    If an approval before it was not given, the step is instead decided as if nobody had ended it.
    """
    from gitflow.core.machine.approvals import is_barred

    if is_barred(transition, run):
        nothing = dict.fromkeys(("output", "skip_reason", "skipped_by", "error_message", "completed_at"))
        transition.has_opened = True
        decide(transition, transition.move(run, "reset", is_ahead=False, **nothing))
    else:
        transition.put(run, is_ahead=False)
        transition.ended.append(run.name)


def decide(transition: Transition, run: StepRun) -> None:
    """Decides a step whose dependencies have all ended: it is skipped, starts, or becomes a loop."""
    step = transition.step(run)
    skip = refusal(step, transition.run)
    if skip is not None:
        transition.move(run, "bypassed", skip_reason=skip.reason, skipped_by=skip.by)
        return
    try:
        wanted = step.when is None or is_truthy(evaluate(step.when, run_scope(transition.before, transition.run, run)))
    except TemplateError as error:
        fail(transition, run, f"when: {error}", "engine", run.attempt)
        return
    if not wanted:
        transition.move(run, "bypassed", skip_reason=f"its condition is false: {step.when}", skipped_by="when")
    elif step.for_each is not None:
        expand(transition, run)
    else:
        start(transition, run)
