"""Rules about a change: ``owners`` and ``allow_breaking``; and what a change does to the policy itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.changes.compare import SECTIONS
from gitflow.core.changes.records import ADDED, CHANGED, REMOVED
from gitflow.core.language.definition import all_but_places
from gitflow.core.policy import subjects
from gitflow.core.policy.records import NO_POLICY, Finding, PolicyChange
from gitflow.core.problems import Problem, Severity
from gitflow.core.trailers import has_trailer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gitflow.core.changes.records import Change
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.policy.records import Case, Policy, Rule

#: The trailer that declares a breaking change.
TRAILER = ("Breaking", "yes")


def allow_breaking(rule: Rule, case: Case) -> Iterator[Finding]:
    if case.changes is None or has_trailer(case.facts.messages, *TRAILER):
        return
    for change, name in _selected(rule, case):
        if change.is_breaking:
            message = f'{change.change} {change.kind} "{name}" breaks its callers, and no commit says so'
            hint = (
                f"end the message of a commit with the trailer `{': '.join(TRAILER)}`, or keep what the callers rely on"
            )
            yield Finding(change.kind, name, change.where, message, hint, not case.facts.is_committed)


def owners(rule: Rule, case: Case) -> Iterator[Finding]:
    """An owner must have signed the tip or reviewed exactly this head, and so has seen the whole change. The signature
    of a commit that the API made is the server's, even if an owner has the same key."""
    facts = case.facts
    signers = frozenset[str]() if facts.is_made_by_api else facts.signers
    if frozenset(map(str, rule.value)) & (signers | facts.reviewers):
        return
    wanted = " or ".join(map(str, rule.value))
    hint = f"ask {wanted} to review it, or to sign the commit"
    for change, name in _selected(rule, case) if case.changes is not None else ():
        message = f'{change.change} {change.kind} "{name}" has neither a signed commit nor a review of {wanted}'
        yield Finding(change.kind, name, change.where, message, hint, not facts.is_committed)
    for changed in case.policy_changes:
        if _concerns(rule, changed, case):
            message = (
                f'the policy\'s rule "{changed.id}" is {changed.change}, without a signed commit or review of {wanted}'
            )
            yield Finding("policy", changed.id, changed.where, message, hint, not facts.is_committed)


def _selected(rule: Rule, case: Case) -> Iterator[tuple[Change, str]]:
    """The changes that a rule is about, each with its name as globs match it: of a selected definition, by its old name
    and folder too, or of something that a selected definition uses."""
    for change in case.changes.changes if case.changes is not None else ():
        names = _names(change, case)
        is_meant = any(rule.selects(change.kind, name) for name in names)
        if rule.match is None or is_meant or _is_used(rule, change, case):
            yield change, names[0]


def _is_used(rule: Rule, change: Change, case: Case) -> bool:
    if change.kind == "hook":  # of the workspace: it may run for any task
        return any(rule.selects(kind, name) for kind, name in subjects.all_of(case.head))
    return any(
        rule.selects(caller.kind, _path(snapshot, caller.kind, caller.name) or caller.name)
        for detail in change.details
        for caller in detail.callers
        for snapshot in (case.head, case.base)
        if snapshot is not None
    )


def _names(change: Change, case: Case) -> list[str]:
    """The name at head, then at base: a definition that leaves a folder is a change of that folder, too."""
    old = next((str(each.before) for each in change.details if each.path == "name"), change.name)
    named = [(case.head, change.name), *([(case.base, old)] if case.base is not None else [])]
    found = [path for snapshot, name in named if (path := _path(snapshot, change.kind, name)) is not None]
    return list(dict.fromkeys(found)) or [change.name]


def _path(snapshot: Snapshot, kind: str, name: str) -> str | None:
    if kind == "task":
        return subjects.path_of_task(snapshot.tasks[name]) if name in snapshot.tasks else None
    if kind == "trigger":
        return subjects.path_of_trigger(snapshot, snapshot.triggers[name]) if name in snapshot.triggers else None
    return name if kind in SECTIONS and name in getattr(snapshot, SECTIONS[kind]) else None


def policy_changes(base: Policy | None, head: Policy | None) -> tuple[PolicyChange, ...]:
    old = {rule.id: rule for rule in (base or NO_POLICY).rules}
    new = {rule.id: rule for rule in (head or NO_POLICY).rules}
    found = [PolicyChange(id, REMOVED, old[id].where, before=old[id]) for id in old if id not in new]
    found += [PolicyChange(id, ADDED, new[id].where, after=new[id]) for id in new if id not in old]
    found += [
        PolicyChange(id, CHANGED, new[id].where, old[id], new[id])
        for id in new
        if id in old and all_but_places(old[id]) != all_but_places(new[id])
    ]
    return tuple(sorted(found, key=lambda each: each.id))


def reported(changes: Iterable[PolicyChange]) -> tuple[Problem, ...]:
    """Warns about each change of the policy, so that the person who merges it sees it."""
    return tuple(
        Problem.at(
            each.where,
            "policy-change",
            f'the policy changes: rule "{each.id}" is {each.change}',
            "this change is judged by the policy of its base; the new one counts once it is merged",
            Severity.WARNING,
        )
        for each in changes
    )


def _concerns(owned: Rule, changed: PolicyChange, case: Case) -> bool:
    """Whether the owners of a rule must agree to a change of another: both are about one definition, or theirs is the
    rule that changes."""
    rules = [rule for rule in (changed.before, changed.after) if rule is not None]
    if owned.match is None or owned.id == changed.id:
        return True
    return any(
        owned.selects(kind, name) and rule.selects(kind, name)
        for snapshot in (case.head, case.base)
        if snapshot is not None
        for kind, name in subjects.all_of(snapshot)
        for rule in rules
    )
