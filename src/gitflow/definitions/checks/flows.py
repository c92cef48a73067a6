"""Checks of flows: dependencies, steps that can never run, tasks that start themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.language.definition import AllOf, AnyOf, StepNeed
from gitflow.core.language.graph import Graph, GraphError
from gitflow.core.names import suggestion, template_name
from gitflow.core.status import StepStatus
from gitflow.core.values import is_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gitflow.core.language.definition import Need, Step, Task
    from gitflow.core.problems import Problem
    from gitflow.core.values import Json
    from gitflow.definitions.checks.context import Path, Workspace

_NEVER = frozenset({"false", "0", "null", "none", ""})


def needed_steps_exist(workspace: Workspace) -> Iterator[Problem]:
    for path, task, step in workspace.steps():
        seen: set[str] = set()
        for where, need in _needs(step.needs, (*path, "depends_on")):
            if need.step not in task.flow:
                message = f'step "{step.name}" needs "{need.step}", which is not in this flow'
                yield workspace.error(where, "unknown-step", message, suggestion(need.step, task.flow))
            elif need.step in seen and len(where) == len(path) + 2:
                message = f'step "{step.name}" lists "{need.step}" twice in `depends_on`'
                yield workspace.warning(where, "duplicate-need", message, "remove one of the two")
            seen.add(need.step)


def no_step_waits_for_itself(workspace: Workspace) -> Iterator[Problem]:
    for name, task in workspace.checked.tasks.items():
        try:
            Graph.build({step.name: _known_needs(step, task) for step in task.flow.values()})
        except GraphError as error:
            path = ("tasks", name, "flow", error.cycle[0], "depends_on")
            yield workspace.error(path, "cycle", str(error), "remove one of these dependencies", key=True)


def steps_differ_in_templates(workspace: Workspace) -> Iterator[Problem]:
    for task_name, task in workspace.checked.tasks.items():
        first: dict[str, str] = {}
        for name in task.flow:
            other = first.setdefault(template_name(name), name)
            if other != name:
                message = f'steps "{other}" and "{name}" are both "{template_name(name)}" in templates'
                path = ("tasks", task_name, "flow", name)
                yield workspace.error(path, "step-name-collision", message, "rename one of them", key=True)


def every_step_can_run(workspace: Workspace) -> Iterator[Problem]:
    for path, task, step in workspace.steps():
        if step.when is not None and _bare(step.when) in _NEVER:
            message = f'step "{step.name}" never runs: its condition is always false'
            yield workspace.warning((*path, "when"), "never-runs", message, "remove the step, or change its condition")
        if step.for_each == []:
            message = f'step "{step.name}" never runs: its list is empty'
            yield workspace.warning((*path, "for_each"), "never-runs", message, "give it a list, or an expression")
        for where, need in _all_of(step.needs, (*path, "depends_on")):
            needed = task.flow.get(need.step)
            if needed is not None and not _can_end(needed, need.accept):
                wanted = " or ".join(sorted(need.accept))
                message = f'step "{step.name}" never runs: "{need.step}" never ends as {wanted} while the job goes on'
                yield workspace.warning(where, "never-runs", message, "accept another status")


def nobody_approves_by_waiting(workspace: Workspace) -> Iterator[Problem]:
    for path, action in workspace.actions():
        fields = action.fields
        if fields.get("approvers_exclude_requester") is True and fields.get("on_timeout") == "approve":
            message = "the requester of the job may not approve it, but it is approved automatically if nobody decides"
            hint = "remove `on_timeout`, so that the step fails in that case"
            yield workspace.warning((*path, "on_timeout"), "approves-itself", message, hint)


def loops_have_what_loops_need(workspace: Workspace) -> Iterator[Problem]:
    for path, _, step in workspace.steps():
        for key, given in (("sequential", step.sequential), ("max_parallel", step.max_parallel)):
            if given and step.for_each is None:
                message = f'`{key}` has no effect in step "{step.name}", which has no `for_each`'
                yield workspace.warning((*path, key), "no-effect", message, "remove it, or add `for_each`", key=True)


def one_worker_shares_one_copy(workspace: Workspace) -> Iterator[Problem]:
    for name, task in workspace.checked.tasks.items():
        if task.checkout == "job" and task.mode != "local":
            message = (
                "`checkout: job` is one working copy for all steps, and only steps on the same worker can share it"
            )
            hint = "add `mode: local`, or pass files between steps as artifacts"
            yield workspace.error(("tasks", name, "checkout"), "checkout-needs-local", message, hint)


def groups_have_one_limit(workspace: Workspace) -> Iterator[Problem]:
    first: dict[str, tuple[str, int]] = {}
    for name, task in workspace.snapshot.tasks.items():
        if task.concurrency is None:
            continue
        other, limit = first.setdefault(task.concurrency.group, (name, task.concurrency.limit))
        if limit != task.concurrency.limit:
            place = workspace.locations.at("tasks", other, "concurrency", key=True)
            message = (
                f'group "{task.concurrency.group}" has the limit {task.concurrency.limit} here, but {limit} at {place}'
            )
            path = ("tasks", name, "concurrency", "limit")
            yield workspace.error(path, "concurrency-limits", message, "give both the same limit, or use two groups")


def tasks_do_not_start_themselves(workspace: Workspace) -> Iterator[Problem]:
    """A cycle of child tasks without a condition never ends; a cycle of triggers stops at a depth of 10."""
    always, maybe = _starts(workspace)
    certain = _circle(always)
    if certain:
        path = always[certain[0]][certain[1]]
        message = f"these tasks start each other endlessly: {_format_cycle(certain)}"
        yield workspace.error(path, "task-cycle", message, "give one of the steps a `when`")
    links = {name: {**always[name], **maybe[name]} for name in always}
    possible = None if certain else _circle(links)
    if possible:
        path = links[possible[0]][possible[1]]
        message = f"these tasks can start each other in a cycle: {_format_cycle(possible)}"
        yield workspace.warning(path, "task-cycle", message, "such a chain is stopped at a depth of 10")


def _starts(workspace: Workspace) -> tuple[dict[str, dict[str, Path]], dict[str, dict[str, Path]]]:
    """Which task starts which, and the path of that definition: certain starts, and possible ones."""
    always: dict[str, dict[str, Path]] = {name: {} for name in workspace.snapshot.tasks}
    maybe: dict[str, dict[str, Path]] = {name: {} for name in workspace.snapshot.tasks}
    for path, task, step in workspace.steps():
        action = workspace.action_of(step)
        child = action.fields.get("task") if action and action.type == "task" else None
        if child in always:
            sure = (
                step.when is None
                and step.for_each is None
                and all(isinstance(n, StepNeed) and n.plain for n in step.needs)
            )
            (always if sure else maybe)[task.name].setdefault(str(child), path)
    for name, trigger in workspace.snapshot.triggers.items():
        watched: Json = trigger.fields.get("on")
        source = watched.get("task") if is_object(watched) else None
        if trigger.type == "event" and trigger.enabled and source in maybe and trigger.task in maybe:
            maybe[source].setdefault(trigger.task, ("triggers", name))
    return always, maybe


def _circle(links: dict[str, dict[str, Path]]) -> tuple[str, ...]:
    """The names of a cycle, with the first one repeated at the end; empty if there is none."""
    try:
        Graph.build(links)
    except GraphError as error:
        return (*error.cycle, error.cycle[0])
    return ()


def _format_cycle(circle: Iterable[str]) -> str:
    return " → ".join(f'"{name}"' for name in circle)


def _known_needs(step: Step, task: Task) -> list[str]:
    return [need.step for _, need in _needs(step.needs, ()) if need.step in task.flow]


def _needs(needs: Iterable[Need], path: Path) -> Iterator[tuple[Path, StepNeed]]:
    """Every step in the dependencies, at any depth, with its path."""
    for index, need in enumerate(needs):
        if isinstance(need, StepNeed):
            yield ((*path, index) if need.plain else (*path, index, "step")), need
        else:
            yield from _needs(need.needs, (*path, index, "any" if isinstance(need, AnyOf) else "all"))


def _all_of(needs: Iterable[Need], path: Path) -> Iterator[tuple[Path, StepNeed]]:
    """The dependencies without which the step cannot run."""
    for index, need in enumerate(needs):
        if isinstance(need, AllOf):
            yield from _all_of(need.needs, (*path, index, "all"))
        elif isinstance(need, StepNeed):
            yield (*path, index), need


def _can_end(step: Step, accept: frozenset[StepStatus]) -> bool:
    """Whether the step can end with the status while the job continues.

    A step is skipped only by its condition or because of its dependencies, and cancelled only with its job.
    """
    possible = accept - {StepStatus.CANCELLED}
    if step.when is None and not step.needs:
        possible -= {StepStatus.SKIPPED}
    return bool(possible)


def _bare(condition: str) -> str:
    text = condition.strip()
    if text.startswith("{{") and text.endswith("}}"):
        text = text[2:-2].strip()
    return text.lower()
