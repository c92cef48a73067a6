"""Judges definitions and policies that are given as YAML, as the loader reads them."""

from __future__ import annotations

import textwrap
from datetime import date

from gitflow.core.changes.compare import compare
from gitflow.core.changes.records import Side
from gitflow.core.language.sources import SourceFile
from gitflow.core.policy.changes import policy_changes
from gitflow.core.policy.judge import violations
from gitflow.core.policy.records import POLICY_FILE, Case, Facts, Policy
from gitflow.core.problems import Problem
from gitflow.core.record import replace
from gitflow.definitions.loader import load
from gitflow.definitions.policies import parse_policy
from gitflow.definitions.violations import at_their_keys

TODAY = date(2026, 6, 15)
FACTS = Facts(TODAY)


def policy(text: str) -> Policy:
    found, problems = parse_policy(SourceFile(POLICY_FILE, textwrap.dedent(text).encode()))
    assert found is not None, problems
    return found


def source(text: str) -> SourceFile:
    return SourceFile(".workflows/a.yaml", textwrap.dedent(text).encode())


def side(text: str) -> Side:
    """Also of definitions with errors: what could be read of them."""
    loaded = load([source(text)], workspace="w", revision="r", has_file=lambda path: True)
    if loaded.snapshot is not None:
        return Side(loaded.snapshot)
    assert loaded.partial is not None
    assert not loaded.partial.broken, loaded.problems
    return Side(loaded.partial.snapshot)


def judge(
    rules: str, head: str, base: str | None = None, facts: Facts = FACTS, new_rules: str | None = None
) -> list[Problem]:
    """What the rules have against ``head``, and against the change from ``base`` to it."""
    after, judging = side(head), policy(rules)
    case = Case(after.snapshot, facts)
    if base is not None:
        before = side(base)
        changed = policy_changes(judging, policy(new_rules)) if new_rules is not None else ()
        case = replace(case, base=before.snapshot, changes=compare(before, after, 1.7675712e9), policy_changes=changed)
    return [each.problem for each in at_their_keys(violations(judging, case), [source(head)])]


def messages(*given, **more) -> list[str]:
    return [problem.message for problem in judge(*given, **more)]
