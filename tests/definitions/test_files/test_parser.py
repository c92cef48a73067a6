"""Test files: what is written becomes cases with places; anything else becomes problems, and never an exception."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.language.sources import SourceFile
from gitflow.core.problems import Place
from gitflow.definitions.source.schema_files import schema_text
from gitflow.definitions.test_files.case import Decision, LogLine, Mock, SentEvent, names_of
from gitflow.definitions.test_files.parser import parse_file

FILE = ".workflows/a.test.yaml"


def parse(text):
    return parse_file(SourceFile(FILE, text.encode("utf-8", "surrogatepass")))


def rules(text):
    _, problems = parse(text)
    return [(problem.rule, problem.line) for problem in problems]


WHOLE = """
x-note: free
tests:
  the whole of it:
    description: All there is.
    task: deploy
    input: {env: staging}
    revision: main
    mocks:
      build: {output: {v: 1}, exit_code: 0, delay: 1h30m}
      deploy: {sequence: [{exit_code: 75}, {error: no, x-why: free}]}
    real: [render]
    events: [{type: paid, payload: {n: 3}, id: e1, after: build}, {type: other}]
    approvals: {confirm: {approved: true, input: {t: 1}, reason: ok, after: 2h}}
    now: 2026-02-01T00:00:00Z
    secrets: {TOKEN: abc}
    expect:
      status: failed
      steps: {build: completed, deploy: {status: failed, attempts: 2, x-free: 1}}
      order: [build before deploy]
      output: null
      logs: [{step: render, contains: a}, {step: render, matches: "b+"}]
      not_run: [rollback]
"""


def test_every_key_is_read():
    [case], problems = parse(WHOLE)
    assert problems == ()
    assert (case.name, case.file, case.task, case.revision) == ("the whole of it", FILE, "deploy", "main")
    assert (case.input, case.secrets, case.real, case.now) == (
        {"env": "staging"},
        {"TOKEN": "abc"},
        ("render",),
        1769904000.0,
    )
    assert case.mocks == {
        "build": Mock({"v": 1}, 0, None, 5400.0),
        "deploy": Mock(sequence=(Mock(exit_code=75), Mock(error="no"))),
    }
    assert case.events == (SentEvent("paid", {"n": 3}, "e1", "build"), SentEvent("other"))
    assert case.approvals == {"confirm": Decision(True, {"t": 1}, "ok", 7200.0)}
    expect = case.expect
    assert (expect.status, expect.order, expect.not_run) == ("failed", (("build", "deploy"),), ("rollback",))
    assert expect.steps == {"build": {"status": "completed"}, "deploy": {"status": "failed", "attempts": 2}}
    assert expect.logs == (LogLine("render", "a"), LogLine("render", None, "b+"))
    assert (expect.has_output, expect.output) == (True, None)


def test_a_case_knows_the_place_of_everything_in_it():
    [case], _ = parse(WHOLE)
    assert case.where == Place(FILE, 4, 3)
    assert case.at("expect", "status") == Place(FILE, 18, 15)
    assert case.at("expect", "logs", 1, "matches").line == 22
    assert case.at("expect", "steps", "nowhere").line == 19


def test_the_least_that_a_test_says_is_its_task():
    [case], problems = parse("tests: {a: {task: t}}")
    assert problems == ()
    assert (case.mocks, case.real, case.expect.status, case.expect.has_output) == ({}, (), "completed", False)
    assert case.now == 1767225600.0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [("missing-key", 1)]),
        ("x-a: 1", [("missing-key", 1)]),
        ("tests: [a]", [("wrong-type", 1)]),
        ("tests:\n  a: {}", [("missing-key", 2)]),
        ("tests:\n  a: {task: t, inputs: {}}", [("unknown-key", 2)]),
        ("tests:\n  a: {task: t, mocks: {b: {output: 1, sequence: [{}]}}}", [("exclusive-keys", 2)]),
        ("tests:\n  a: {task: t, mocks: {b: {sequence: []}}}", [("empty", 2)]),
        ("tests:\n  a: {task: t, mocks: {b: {delay: soon}}}", [("bad-format", 2)]),
        ("tests:\n  a: {task: t, mocks: {'b c': {}}}", [("bad-name", 2)]),
        ("tests:\n  ' a': {task: t}", [("bad-name", 2)]),
        ("tests:\n  a: {task: t, now: yesterday}", [("bad-format", 2)]),
        ("tests:\n  a: {task: t, now: 2026-13-01T00:00:00Z}", [("bad-format", 2)]),
        ("tests:\n  a: {task: t, expect: {steps: {b: done}}}", [("bad-format", 2)]),
        ("tests:\n  a: {task: t, expect: {status: complete}}", [("not-an-option", 2)]),
        ("tests:\n  a: {task: t, expect: {order: [b after c]}}", [("bad-format", 2)]),
        ("tests:\n  a: {task: t, expect: {logs: [{step: b}]}}", [("exactly-one", 2)]),
        ("tests:\n  a: {task: t, real: [b, b]}", [("repeated-item", 2)]),
        ("tests:\n  a: {task: t, approvals: {b: {}}}", [("missing-key", 2)]),
        ("tests:\n  a: {task: t}\n  a: {task: t}", [("duplicate-key", 3)]),
        ("tests:\n\ta: {task: t}", [("syntax", 2)]),
        ("tests: {a: {task: t}", [("syntax", 1)]),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text, found):
    assert rules(text) == found


def test_a_misspelt_key_has_a_hint():
    _, [problem] = parse("tests: {a: {task: t, mock: {}}}")
    assert 'did you mean "mocks"?' in problem.hint


def test_a_test_that_is_wrong_leaves_the_others():
    cases, problems = parse("tests:\n  a: {task: 3}\n  b: {task: t}")
    assert [case.name for case in cases] == ["b"]
    assert [problem.rule for problem in problems] == ["wrong-type"]


def test_a_step_is_meant_by_its_instance_its_loop_or_its_action():
    assert names_of("roll[2]", "deploy") == ("roll[2]", "roll", "deploy")
    assert names_of("build", "") == ("build",)


SCHEMA = json.loads(schema_text("test"))
KEYS = st.sampled_from(sorted({key for part in SCHEMA["$defs"].values() for key in part.get("properties", ())}))
SCALARS = st.none() | st.booleans() | st.integers(-2, 300) | st.text(max_size=5) | st.sampled_from(["a", "1h", "t"])
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(TREES)
def test_no_tree_raises_and_what_passes_has_no_problem(tree):
    text = json.dumps({"tests": {"a": tree}})
    cases, problems = parse(text)
    assert bool(cases) or bool(problems)
    for problem in problems:
        assert problem.file == FILE
        assert problem.message


@given(st.text(max_size=60) | st.text(alphabet="tests: {}[]-\n\"'&*!|>a\t", max_size=60))
def test_no_text_raises(text):
    parse(text)


def examples():
    """Of each example of the schema, the tests that it stands in."""
    yield from SCHEMA["examples"]
    for name, part in SCHEMA["$defs"].items():
        if name == "test":
            yield from ({"tests": {"a": example}} for example in part["examples"])
        if name == "mock":
            yield from ({"tests": {"a": {"task": "t", "mocks": {"b": example}}}} for example in part["examples"])
        if name == "expect":
            yield from ({"tests": {"a": {"task": "t", "expect": example}}} for example in part["examples"])


@pytest.mark.parametrize("written", list(examples()), ids=str)
def test_the_examples_of_the_schema_are_read(written):
    cases, problems = parse(yaml.safe_dump(written))
    assert (len(cases), problems) == (1, ())
