"""``require_approval``: no step of a task runs before an approval that names one of the people of the rule.

A step is guarded if every path to it goes through an approval that was given. A skipped dependency counts as if it were
not there (``core/machine/decisions.py``). An approval does not count if it loops over a list, which may be empty, if it
passes when nobody decides (``on_timeout: approve``), or if it names none of these people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.language.definition import AllOf, StepNeed
from gitflow.core.language.graph import Graph, GraphError
from gitflow.core.policy import descriptions, subjects
from gitflow.core.policy.records import Finding
from gitflow.core.record import Record
from gitflow.core.status import StepStatus
from gitflow.core.values import is_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gitflow.core.language.definition import Action, Need, Step, Task
    from gitflow.core.policy.records import Case, Rule


def require_approval(rule: Rule, case: Case) -> Iterator[Finding]:
    approvers = frozenset(map(str, rule.value["approvers"]))
    wanted = " or ".join(sorted(approvers))
    before = rule.value.get("before")
    for path, task in subjects.tasks(rule, case.head):
        actions = {name: step.inline or case.head.actions.get(step.action or "") for name, step in task.flow.items()}
        flow = _Flow(task, actions, approvers)
        for name, step in task.flow.items():
            action = actions[name]
            if action is None or action.type == "approval" or not _is_meant(before, action) or flow.is_guarded(name):
                continue
            message = f'step "{name}" of task "{path}" can run without an approval of {wanted}'
            hint = f"let it depend on a step of `type: approval` with `approvers: [{', '.join(sorted(approvers))}]`"
            yield Finding("task", path, step.where, message, hint)


def _is_meant(before: Mapping[str, list[str]] | None, action: Action) -> bool:
    return before is None or descriptions.why(before, action) is not None


class _Ends(Record):
    """For each way a step or a need can end: whether the approval was surely given then."""

    accepted: bool  #: of a step: it completed
    neutral: bool  #: skipped, because of a condition or because everything before it was
    failed: bool = False


class _Flow:
    """Which steps of one task are guarded."""

    def __init__(self, task: Task, actions: Mapping[str, Action | None], approvers: frozenset[str]) -> None:
        self._guarded: dict[str, bool] = {}
        self._ends: dict[str, _Ends] = {}
        for name in _in_order(task):
            step, action = task.flow[name], actions[name]
            before = self._before(step)
            is_given = action is not None and step.for_each is None and _asks(action, approvers)
            neutral = before.neutral and (step.when is None or before.accepted)
            self._guarded[name] = before.accepted
            self._ends[name] = _Ends(before.accepted or is_given, neutral, before.accepted)

    def is_guarded(self, step: str) -> bool:
        return self._guarded.get(step, False)

    def _before(self, step: Step) -> _Ends:
        """Of all that it depends on; a step without needs runs, and is never skipped for them."""
        return _all([self._of(need, step) for need in step.needs]) if step.needs else _Ends(False, neutral=True)

    def _of(self, need: Need, step: Step) -> _Ends:
        if not isinstance(need, StepNeed):
            return (_all if isinstance(need, AllOf) else _any)([self._of(each, step) for each in need.needs])
        ends = self._ends[need.step]
        by_status = {StepStatus.COMPLETED: ends.accepted, StepStatus.FAILED: ends.failed}
        accepted = set(need.accept)
        if need.plain and step.continue_on_failure:
            accepted.add(StepStatus.FAILED)
        return _Ends(all(by_status.get(status, False) for status in accepted), ends.neutral)


def _all(ends: Sequence[_Ends]) -> _Ends:
    """None is refused, and at least one is accepted; neutral where all are."""
    is_sure = any(each.accepted and each.neutral for each in ends) or all(each.accepted for each in ends)
    return _Ends(is_sure, any(each.neutral for each in ends))


def _any(ends: Sequence[_Ends]) -> _Ends:
    return _Ends(all(each.accepted for each in ends), any(each.neutral for each in ends))


def _in_order(task: Task) -> Iterable[str]:
    """Nothing for a flow that cannot run; that is an error of its own."""
    try:
        return Graph.build({name: list(_steps(step.needs)) for name, step in task.flow.items()}).order
    except GraphError:
        return ()


def _asks(action: Action, approvers: frozenset[str]) -> bool:
    """Whether it asks one of the named people; it may ask others too."""
    named = action.fields.get("approvers")
    is_person = action.fields.get("on_timeout") != "approve"
    return action.type == "approval" and is_person and is_list(named) and not approvers.isdisjoint(map(str, named))


def _steps(needs: Iterable[Need]) -> Iterator[str]:
    for need in needs:
        if isinstance(need, StepNeed):
            yield need.step
        else:
            yield from _steps(need.needs)
