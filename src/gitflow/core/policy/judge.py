"""Judges a revision by a policy. Every rule is a function in the table; a new one is a line here and in the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.policy.actions import forbid_actions, forbid_raw, pin_images
from gitflow.core.policy.approvals import require_approval
from gitflow.core.policy.changes import allow_breaking, owners
from gitflow.core.policy.fields import require_fields
from gitflow.core.policy.limits import max_retries, max_timeout, min_interval, require_timeout
from gitflow.core.policy.reads import forbid_secrets
from gitflow.core.policy.records import Violation, is_named
from gitflow.core.problems import Problem, Severity
from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gitflow.core.policy.records import Case, Finding, Policy, Rule


class Kind(Record):
    """What a rule of a kind can be about, by the keys of ``match``, and what finds where it is broken."""

    about: tuple[str, ...]
    find: Callable[[Rule, Case], Iterator[Finding]]


_ALL = ("tasks", "actions", "triggers")

RULES: Mapping[str, Kind] = {
    "require_approval": Kind(("tasks",), require_approval),
    "forbid_actions": Kind(("tasks", "actions"), forbid_actions),
    "max_timeout": Kind(("tasks", "actions"), max_timeout),
    "require_timeout": Kind(("tasks", "actions"), require_timeout),
    "max_retries": Kind(("tasks", "actions"), max_retries),
    "min_interval": Kind(("triggers",), min_interval),
    "forbid_raw": Kind(("tasks", "actions"), forbid_raw),
    "forbid_secrets": Kind(_ALL, forbid_secrets),
    "require_fields": Kind(_ALL, require_fields),
    "owners": Kind(_ALL, owners),
    "pin_images": Kind(("tasks", "actions"), pin_images),
    "allow_breaking": Kind(_ALL, allow_breaking),
}
#: Known only where reviews are: a server that loads a revision does not ask for it.
OWNERS = "owners"
#: About what changes, not about what is there.
OF_CHANGES = frozenset({OWNERS, "allow_breaking"})


def violations(policy: Policy, case: Case) -> list[Violation]:
    """Sorted by place."""
    found = {each.problem: each for rule in policy.rules for each in _of_rule(rule, case)}
    return sorted(found.values(), key=order)


def _of_rule(rule: Rule, case: Case) -> Iterator[Violation]:
    for finding in RULES[rule.kind].find(rule, case):
        exempt = [each for each in rule.exemptions if is_named((each.name,), finding.name)]
        if any(case.facts.today <= each.until for each in exempt):
            continue
        over = f"; its exception ended on {max(each.until for each in exempt).isoformat()}" if exempt else ""
        yield Violation(_problem(rule, finding, over), rule, finding.key)


def _problem(rule: Rule, finding: Finding, over: str) -> Problem:
    hint = "; ".join(text for text in (rule.message.rstrip("."), finding.hint) if text)
    named = f'rule "{rule.id}" of the policy ({rule.where.file}:{rule.where.line}){over}'
    level = Severity.WARNING if finding.is_advice else rule.level
    return Problem.at(finding.where, rule.id, finding.message, f"{hint}; {named}" if hint else named, level)


def order(violation: Violation) -> tuple[str, int, int, str, str]:
    problem = violation.problem
    return problem.file, problem.line, problem.column, problem.rule, problem.message
