"""A check as JSON, and its schema: what ``gitflow check --format json`` prints, and servers answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitflow.core.changes.records import ADDED, CHANGED, REMOVED
from gitflow.core.policy.judge import RULES
from gitflow.views import plan
from gitflow.views.noun import JsonField, Noun, components, writer
from gitflow.views.schema import FLAG, TEXT, WHOLE, list_of, one_of, ref
from gitflow.views.workspaces import PROBLEM, problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.values import JsonObject
    from gitflow.runtime.workspaces.checks import Check

#: Counts up when a field changes its meaning or goes; a new field does not count.
VERSION = 1

VIOLATION = Noun(
    "Violation",
    "What breaks a rule of the policy. It is among the problems too.",
    (
        JsonField("rule", TEXT, lambda it: it.rule.id, about="The rule's id in the policy."),
        JsonField("demand", one_of(*RULES), lambda it: it.rule.kind, about="What the rule demands."),
        JsonField("rule_file", TEXT, lambda it: it.rule.where.file),
        JsonField("rule_line", WHOLE, lambda it: it.rule.where.line, about="At the base."),
        JsonField("problem", ref("Problem"), lambda it: problem(it.problem)),
    ),
)

POLICY_CHANGE = Noun(
    "PolicyChange",
    "A rule that the change adds, removes or changes. The change itself is judged by the policy of its base.",
    (
        JsonField("rule", TEXT, "id"),
        JsonField("change", one_of(ADDED, REMOVED, CHANGED)),
        JsonField("file", TEXT, lambda it: it.where.file),
        JsonField("line", WHOLE, lambda it: it.where.line),
    ),
)

CHECK = Noun(
    "Check",
    "Whether a change may be merged: its plan, with all problems, and what the policy says.",
    (
        JsonField("passed", FLAG, lambda it: not it.has_errors, about="Whether there are no errors."),
        JsonField("plan", ref(plan.PLAN.name), lambda it: plan.plan(it.plan)),
        JsonField("violations", list_of(ref("Violation")), lambda it: [_violation(each) for each in it.violations]),
        JsonField(
            "policy_changes",
            list_of(ref("PolicyChange")),
            lambda it: [_policy_change(each) for each in it.policy_changes],
        ),
    ),
)

NOUNS = (CHECK, VIOLATION, POLICY_CHANGE)

check: Callable[[Check], JsonObject] = writer(CHECK)
_violation = writer(VIOLATION)
_policy_change = writer(POLICY_CHANGE)


def as_json(made: Check) -> str:
    return json.dumps(check(made), indent=2, ensure_ascii=False) + "\n"


def schema() -> JsonObject:
    """The schema as a document of its own: ``schemas/check.json``."""
    parts = components([*NOUNS, *plan.NOUNS, PROBLEM])
    whole = parts.pop(CHECK.name)
    about: JsonObject = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:gitflow:check:{VERSION}",
        "title": "gitflow check",
    }
    text = json.dumps({**about, **whole, "$defs": parts})
    return json.loads(text.replace("#/components/schemas/", "#/$defs/"))  # where the API's document has them
