"""Loops (``for_each``): the step runs while its instances run, and their ends decide its own.

Instances start in order. ``started_instances`` is the loop's cursor: every instance before it has started. An
instance holds its place from its start to its end, also while it waits for a retry, so the limit never has to be
checked again and each instance costs the same, however many there are.

A loop's ``first_attempt`` is that of its instances: when the loop runs again, their attempts continue to count.
"""

from __future__ import annotations

from gitflow.core.jobs.context import run_scope
from gitflow.core.jobs.job import StepRun
from gitflow.core.machine.retries import fail
from gitflow.core.machine.starting import deadline_of, start
from gitflow.core.names import instance_name
from gitflow.core.record import replace
from gitflow.core.status import StepStatus
from gitflow.core.templates.render import evaluate, render
from gitflow.core.templates.texts import TemplateError
from gitflow.core.values import is_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.core.language.definition import Step
    from gitflow.core.machine.transition import Transition
    from gitflow.core.values import Json

MAX_INSTANCES = 10_000

#: How many failed instances an error message names.
NAMED_FAILURES = 5


def expand(transition: Transition, run: StepRun) -> None:
    """Creates the instances and starts as many as may run at once."""
    step = transition.step(run)
    try:
        items = _items(transition, run, step)
    except (TemplateError, ValueError) as error:
        fail(transition, run, f"for_each: {error}", "engine", run.attempt)
        return
    total = len(items)
    if not items:
        transition.move(run, "completed", loop_total=0, output=[], started_at=transition.at)
        return
    kept = 0
    for index, item in enumerate(items):
        name = instance_name(run.name, index)
        carried = _carried_over(transition, name, item)
        kept += carried is not None
        transition.changed[name] = replace(carried, loop_total=total) if carried else _instance(run, index, item, total)
    _drop_beyond(transition, run.name, total)
    loop = transition.move(
        run,
        "expanded",
        loop_total=total,
        started_at=transition.at,
        started_instances=0,
        ended_instances=kept,
        deadline_at=deadline_of(transition, run),
    )
    if kept == total:
        _finish(transition, loop)
    else:
        _start_next(transition, run.name, _at_once(step, total))


def _instance(loop: StepRun, index: int, item: Json, total: int) -> StepRun:
    return StepRun(
        instance_name(loop.name, index),
        attempt=loop.first_attempt - 1,
        first_attempt=loop.first_attempt,
        loop_of=loop.name,
        loop_index=index,
        loop_total=total,
        item=item,
    )


def _carried_over(transition: Transition, name: str, item: Json) -> StepRun | None:
    """The instance that an earlier job of the retry chain completed, if its item is the same and it is not reset."""
    run = None if name in transition.dropped else transition.before.steps.get(name)
    return run if run is not None and run.status is StepStatus.COMPLETED and run.item == item else None


def _drop_beyond(transition: Transition, loop_name: str, total: int) -> None:
    """Removes carried over instances that the list no longer has."""
    index = total
    while (name := instance_name(loop_name, index)) in transition.before.steps:
        transition.drop(name)
        index += 1


def _items(transition: Transition, run: StepRun, step: Step) -> list[Json]:
    scope = run_scope(transition.before, transition.run, run)
    written = step.for_each
    items: Json = evaluate(written, scope) if isinstance(written, str) else render(written, scope)
    if not is_list(items):
        raise ValueError("its value must be a list")
    if len(items) > MAX_INSTANCES:
        raise ValueError(f"the list has {len(items)} items; at most {MAX_INSTANCES} are allowed")
    return items


def _at_once(step: Step, total: int) -> int:
    return 1 if step.sequential else min(step.max_parallel or total, total)


def _start_next(transition: Transition, loop_name: str, count: int) -> None:
    """Starts this many more instances; one that was skipped before its start takes no place."""
    loop = transition.run(loop_name)
    index, total = loop.started_instances, loop.loop_total or 0
    while count and index < total:
        run = transition.run(instance_name(loop_name, index))
        index += 1
        if _waits_its_turn(run):
            start(transition, run)
            count -= 1
    transition.put(loop, started_instances=index)


def fill_places(transition: Transition, loop_name: str) -> None:
    """Moves the cursor back to instances that wait again and starts as many as may run. Looks at every instance."""
    loop = transition.run(loop_name)
    instances = list(_instances(transition, loop))
    first = next((run.loop_index for run in instances if _waits_its_turn(run)), len(instances))
    transition.put(loop, started_instances=first)
    active = sum(_has_had_its_turn(run) and not run.status.ended for run in instances)
    _start_next(transition, loop_name, _at_once(transition.step(loop), len(instances)) - active)


def _has_had_its_turn(run: StepRun) -> bool:
    """Whether the instance holds a place or held one to its end, also if it was suspended or waits for a retry."""
    return run.ready_at is not None or run.attempt >= run.first_attempt


def _waits_its_turn(run: StepRun) -> bool:
    return run.status is StepStatus.PENDING and not _has_had_its_turn(run)


def instance_ended(transition: Transition, run: StepRun) -> None:
    """Counts an ended instance, and starts the next one or ends the loop after the last."""
    loop = transition.run(run.loop_of or "")
    loop = transition.put(loop, ended_instances=loop.ended_instances + 1)
    if loop.ended_instances == loop.loop_total:
        _finish(transition, loop)
    elif not transition.winding_down and loop.started_instances < (loop.loop_total or 0):
        if run.status is StepStatus.FAILED and _stops_at_failure(transition.step(run)):
            _skip_the_rest(transition, loop, run)
        if _has_had_its_turn(run):
            _start_next(transition, loop.name, 1)


def _stops_at_failure(step: Step) -> bool:
    return step.sequential and not step.continue_on_failure


def _skip_the_rest(transition: Transition, loop: StepRun, failed: StepRun) -> None:
    reason = f'the loop is sequential, and "{failed.name}" failed'
    for index in range((failed.loop_index or 0) + 1, loop.loop_total or 0):
        run = transition.run(instance_name(loop.name, index))
        if _waits_its_turn(run):
            transition.move(run, "bypassed", skip_reason=reason, skipped_by="need")


def _finish(transition: Transition, loop: StepRun) -> None:
    instances = list(_instances(transition, loop))
    output = [run.output for run in instances]
    failed = [run for run in instances if run.status is StepStatus.FAILED]
    if failed:
        transition.move(loop, "failed", error_message=_failure(failed, len(instances)), output=output)
    elif any(run.status is StepStatus.CANCELLED for run in instances):
        transition.move(loop, "cancelled", output=output)
    else:
        transition.move(loop, "completed", output=output)


def _instances(transition: Transition, loop: StepRun) -> Iterator[StepRun]:
    for index in range(loop.loop_total or 0):
        yield transition.run(instance_name(loop.name, index))


def _failure(failed: list[StepRun], total: int) -> str:
    names = ", ".join(run.name for run in failed[:NAMED_FAILURES])
    more = len(failed) - NAMED_FAILURES
    others = f" and {more} more" if more > 0 else ""
    return f"{len(failed)} of {total} instances failed: {names}{others}\n{failed[0].error_message or ''}".rstrip()
