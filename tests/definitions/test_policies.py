"""policy.yaml: what is wrong with one, where and what would be right; and that no text makes the parser fail."""

import textwrap
from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.language.snapshot import Snapshot
from gitflow.core.language.sources import SourceFile
from gitflow.core.policy.judge import RULES, violations
from gitflow.core.policy.records import POLICY_FILE, Case, Facts, Match
from gitflow.definitions.loader import load
from gitflow.definitions.policies import find_policy, parse_policy
from gitflow.definitions.source.schema_files import schema_of

TODAY = date(2026, 6, 15)
EXEMPT = "rules: {a: {max_retries: 1, except: [{name: x, until: DAY, reason: y}]}}"


def parsed(text: str):
    return parse_policy(SourceFile(POLICY_FILE, textwrap.dedent(text).encode()))


def test_the_example_of_the_schema_is_read():
    [example] = schema_of("policy")["examples"]
    found, problems = parsed(yaml.safe_dump(example))
    assert problems == ()
    [rule] = found.rules
    assert (rule.id, rule.kind, rule.match) == (
        "production-needs-a-person", "require_approval", Match(tasks=("prod/**",)),
    )  # fmt: skip
    assert (rule.message, rule.exemptions[0].until.isoformat()) == (
        "Production changes need a release manager.", "2027-01-31",
    )  # fmt: skip


@pytest.mark.parametrize("text", ["", "rules: {}\n", "# nothing\n"])
def test_an_empty_policy_has_no_rules(text):
    found, problems = parsed(text)
    assert (found.rules, problems) == ((), ())


#: What is written, its place, the rule, and parts of message and hint.
MISTAKES = [
    ("rules:\n  a: {max_timout: 2h}", "2:7", "unknown-key", '"max_timout"', 'did you mean "max_timeout"?'),
    ("rules:\n  a: {max_retries: 1, max_timeout: 2h}", "2:3", "exactly-one", "and `max_retries` are given", ""),
    ("rules:\n  a: {level: error}", "2:3", "exactly-one", "none is given", ""),
    ("rules:\n  a: {forbid_secrets: ['P[', x]}", "2:24", "bad-glob", '"P[" is no glob', "[abc]"),
    ("rules: {a: {match: {tasks: ['p[]']}, max_retries: 1}}", "1:29", "bad-glob", '"p[]" is no glob', "[abc]"),
    ("rules: {a: {forbid_secrets: ['!X']}}", "1:30", "bad-glob", "leading `!`", "except"),
    ("rules: {a: {forbid_actions: {types: ['{a,b}']}}}", "1:38", "bad-glob", "braces", "several globs"),
    ("rules: {a: {match: {tasks: [prod/]}, max_retries: 1}}", "1:29", "bad-glob", "empty part", "folder/**"),
    (EXEMPT.replace("DAY", "2026-02-30"), "1:55", "bad-date", "no day of the calendar", "2027-01-31"),
    (EXEMPT.replace("DAY", "soon"), "1:55", "bad-format", "until", "2027-01-31"),
    (EXEMPT.replace("until: DAY, ", ""), "1:38", "missing-key", "until", ""),
    ("rules: {a: {match: {triggers: ['*']}, forbid_raw: true}}", "1:21", "no-effect", "triggers", "tasks and actions"),
    ("rules: {a: {require_fields: [descripton]}}", "1:30", "unknown-field", "descripton", '"description"?'),
    ("rules: {a: {require_fields: [labels.]}}", "1:30", "unknown-field", "labels.", ""),
    ("rules: {a: {forbid_raw: false}}", "1:25", "not-an-option", "", ""),
    ("rules: {a: {max_timeout: soon}}", "1:26", "bad-format", "soon", ""),
    ("rules: {a: {max_retries: -1}}", "1:26", "out-of-range", "at least 0", ""),
    ("rules: {'a b': {max_retries: 1}}", "1:9", "bad-name", "a b", "begins with a letter"),
    ("rules: {a: {max_retries: 1}, a: {max_retries: 2}}", "1:30", "duplicate-key", "twice", ""),
    ("rules:", "1:7", "wrong-type", "must be a mapping", ""),
    ("rule: {}", "1:1", "unknown-key", "rule", 'did you mean "rules"?'),
    ("rules: [", "2:1", "syntax", "", ""),
]


@pytest.mark.parametrize(("text", "place", "rule", "message", "hint"), MISTAKES, ids=[each[0] for each in MISTAKES])
def test_a_mistake_has_its_place_and_a_hint(text, place, rule, message, hint):
    found, problems = parsed(text)
    assert found is None
    [problem] = problems
    assert problem.rule == rule
    assert message in problem.message
    assert hint in problem.hint
    assert (problem.file, problem.is_error) == (POLICY_FILE, True)
    assert f"{problem.line}:{problem.column}" == place


def test_a_revision_with_a_broken_policy_is_refused():
    file = SourceFile(POLICY_FILE, b"rules: {a: {max_timout: 2h}}")
    loaded = load([file], workspace="w", revision="r", has_file=lambda path: True)
    assert loaded.snapshot is None
    assert [problem.rule for problem in loaded.problems] == ["unknown-key"]


@pytest.mark.parametrize("path", [".workflows/policy.yml", ".workflows/prod/policy.yaml"])
def test_a_policy_elsewhere_is_none_and_says_so(path):
    found, [problem] = find_policy([SourceFile(path, b"rules: {a: {max_retries: 1}}")])
    assert found is None
    assert (problem.rule, problem.file, problem.is_error) == ("policy-elsewhere", path, False)


def test_the_table_of_rules_and_the_schema_name_the_same():
    assert [branch["required"] for branch in schema_of("policy")["$defs"]["rule"]["oneOf"]] == [[key] for key in RULES]


texts = st.sampled_from(
    [*RULES, "match", "tasks", "actions", "before", "approvers", "types", "except", "name", "until", "reason", "level"]
) | st.text(max_size=8)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | texts
    | st.sampled_from(["2h", "**", "[", "2026-02-30", "2027-01-31"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["a", "b"]), st.dictionaries(texts, values, max_size=4) | values, max_size=2))
def test_any_rules_are_read_or_refused_with_a_place(rules):
    found, problems = parsed(yaml.safe_dump({"rules": rules}, allow_unicode=True))
    assert (found is None) == any(problem.is_error for problem in problems)
    assert all(problem.line >= 1 and problem.message for problem in problems)
    if found is not None:
        assert violations(found, Case(Snapshot("w", "r"), Facts(TODAY))) == []


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data):
    found, problems = parse_policy(SourceFile(POLICY_FILE, data))
    assert (found is None) == any(problem.is_error for problem in problems)
