"""Rules about time and tries: ``max_timeout``, ``require_timeout``, ``max_retries``, ``min_interval``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.durations import exact, parse_duration
from gitflow.core.language.cron import parse_cron
from gitflow.core.language.cron_grammar import CronError
from gitflow.core.language.cron_times import shortest_gap
from gitflow.core.policy import subjects
from gitflow.core.policy.records import Finding
from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.core.language.definition import Retry, Task, Trigger
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.policy.records import Case, Rule
    from gitflow.core.problems import Place


def max_timeout(rule: Rule, case: Case) -> Iterator[Finding]:
    """Does not report a missing ``timeout``: ``require_timeout`` does."""
    most = parse_duration(rule.value)
    for limited in _limits(rule, case.head):
        if limited.timeout_s is not None and limited.timeout_s > most:
            message = f"{limited.what} may take {exact(limited.timeout_s)}; at most {rule.value} is allowed"
            yield Finding(limited.kind, limited.name, limited.where, message, key=("timeout",))


def require_timeout(rule: Rule, case: Case) -> Iterator[Finding]:
    """A task, or else each of its steps; an action only where ``match`` selects actions."""
    for path, task in subjects.tasks(rule, case.head):
        endless = next(_endless(case.head, task), None) if task.timeout_s is None else None
        if endless is not None:
            message = f'task "{path}" has no `timeout`, and neither has its step "{endless}"'
            yield Finding("task", path, task.where, message, "give the task a `timeout`, or each of its steps")
    for action in subjects.actions(rule, case.head) if rule.match is not None else ():
        if action.timeout_s is None:
            message = f'action "{action.name}" has no `timeout`'
            yield Finding("action", action.name, action.where, message, "give it one")


def max_retries(rule: Rule, case: Case) -> Iterator[Finding]:
    """``max_attempts`` counts the first one too."""
    for limited in _limits(rule, case.head):
        retries = limited.retry.max_attempts - 1 if limited.retry is not None else 0
        if retries > rule.value:
            message = f"{limited.what} is retried {retries} times; at most {rule.value} are allowed"
            hint = f"write `max_attempts: {rule.value + 1}` or less: it counts the first attempt"
            yield Finding(limited.kind, limited.name, limited.where, message, hint, key=("retry", "max_attempts"))


def min_interval(rule: Rule, case: Case) -> Iterator[Finding]:
    least = parse_duration(rule.value)
    for path, trigger in subjects.triggers(rule, case.head):
        gap = _gap(trigger)
        if gap is not None and gap < least:
            message = f'trigger "{path}" fires every {exact(gap)} at times; at least {rule.value} must lie between'
            yield Finding("trigger", path, trigger.where, message, "let its `cron` fire less often", key=("cron",))


class _Limited(Record):
    """Something that has a time limit and a number of tries."""

    kind: str
    name: str
    what: str
    timeout_s: float | None
    retry: Retry | None
    where: Place


def _limits(rule: Rule, snapshot: Snapshot) -> Iterator[_Limited]:
    """The limits that apply: those of a step override those of its action."""
    for path, task in subjects.tasks(rule, snapshot):
        yield _Limited("task", path, f'task "{path}"', task.timeout_s, task.retry, task.where)
        for step in task.flow.values():
            what = f'step "{step.name}" of task "{path}"'
            yield _Limited("task", path, what, step.timeout_s, step.retry, step.where)
    for used in subjects.used_actions(rule, snapshot):
        timeout_s, retry = used.action.timeout_s, used.action.retry
        if used.step is not None:
            timeout_s = timeout_s if used.step.timeout_s is None else None
            retry = retry if used.step.retry is None else None
        yield _Limited(used.kind, used.name, used.what, timeout_s, retry, used.where)


def _endless(snapshot: Snapshot, task: Task) -> Iterator[str]:
    for step in task.flow.values():
        action = step.inline or snapshot.actions.get(step.action or "")
        if step.timeout_s is None and (action is None or action.timeout_s is None):
            yield step.name


def _gap(trigger: Trigger) -> float | None:
    """Seconds; None where it is no schedule, or one that cannot be read, which is an error of its own."""
    cron = trigger.fields.get("cron")
    if trigger.type != "scheduler" or not isinstance(cron, str):
        return None
    try:
        return shortest_gap(parse_cron(cron).fields)
    except CronError:
        return None
