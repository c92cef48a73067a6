"""A test names what exists and gives what fits; if not, it is told before anything runs."""

from __future__ import annotations

import pytest

from gitflow.core.language.sources import SourceFile
from gitflow.definitions.loader import load
from gitflow.definitions.test_files.suite import load_suite

DEFINITIONS = b"""
on_error: [{action: tell}]
secrets: {TOKEN: "{{ env.TOKEN }}"}
connection_types: {db: {host: {}}}
connections: {main: {type: db, host: h}}
actions:
  build:
    type: shell
    cmd: make
    output: {version: {type: string, required: true}, size: {type: integer}}
  tell: {type: shell, cmd: tell}
  unused: {type: shell, cmd: u}
tasks:
  deploy:
    input: {env: {required: true, options: [staging, production]}, count: {type: integer}, db: {type: db}}
    flow:
      build: {action: build}
      ask: {type: approval, message: go?, input: {ticket: {required: true}}, depends_on: [build]}
      roll: {type: shell, cmd: r, for_each: [a, b], depends_on: [ask]}
      child: {type: task, task: inner}
  inner: {flow: {inside: {type: shell, cmd: i}}}
  alone: {flow: {lonely: {type: shell, cmd: l}, sub: {type: task, task: inner}}}
"""


def suite(text, definitions=DEFINITIONS):
    files = [SourceFile(".workflows/a.yaml", definitions), SourceFile(".workflows/a.test.yaml", text.encode())]
    loaded = load(files, workspace="w", revision="r", has_file=lambda path: False)
    return load_suite(files, loaded.snapshot)


def problems(test):
    lines = "".join(f"    {line}\n" for line in test.strip("\n").splitlines())
    return suite(f"tests:\n  it:\n{lines}").problems


GOOD = """
task: deploy
input: {env: staging, count: 3, db: main}
mocks:
  build: {sequence: [{output: {version: "1", size: 3}}, {exit_code: 1, output: {}}]}
  "roll[1]": {}
  roll: {}
  inside: {}
  tell: {}
approvals: {ask: {approved: true, input: {ticket: T}}}
secrets: {TOKEN: x}
events: [{type: e, after: build}]
expect:
  steps: {build: completed, "roll[0]": failed}
  order: [build before roll]
  not_run: [child]
"""


def test_a_test_that_names_what_is_there_has_no_problems():
    assert problems(GOOD) == ()


@pytest.mark.parametrize(
    ("before", "after", "rule", "words"),
    [
        ("task: deploy", "task: deplo", "unknown-task", ["deplo", 'did you mean "deploy"?']),
        ("env: staging", "env: nowhere", "input-mismatch", ["env", "staging"]),
        ("env: staging, ", "", "missing-input", ["env", "required"]),
        ("count: 3", "counts: 3", "unknown-input", ["counts", 'did you mean "count"?']),
        ("count: 3", "count: many", "input-mismatch", ["count", "integer"]),
        ("db: main", "db: mian", "input-mismatch", ["db"]),
        ("  roll: {}", "  rol: {}", "unknown-step", ["rol", 'did you mean "roll"?']),
        ("  tell: {}", "  unused: {}", "unknown-step", ["unused"]),
        ('version: "1"', "version: [1]", "output-mismatch", ['output "version" of "build"']),
        ('version: "1", ', "", "output-mismatch", ['output "version" of "build"', "required"]),
        ("size: 3", "sized: 3", "output-mismatch", ["sized", 'did you mean "size"?']),
        ('output: {version: "1", size: 3}', "output: 3", "output-mismatch", ["must be a mapping"]),
        ('output: {version: "1", size: 3}', "delay: 1s", "output-mismatch", ["version", "required"]),
        ("{ask: {approved: true, input", "{roll: {approved: true, input", "unknown-step", ["approval", "roll"]),
        ("ticket: T", "tickt: T", "unknown-input", ["tickt", 'did you mean "ticket"?']),
        ("{TOKEN: x}", "{TOKN: x}", "unknown-secret", ["TOKN", 'did you mean "TOKEN"?']),
        ("after: build", "after: bild", "unknown-step", ["bild", 'did you mean "build"?', 'in task "deploy"']),
        ("{build: completed", "{inside: completed", "unknown-step", ["inside", 'in task "deploy"']),
        ('"roll[0]": failed', '"build[0]": failed', "unknown-step", ['"build" is no loop', 'write "build"']),
        ("[build before roll]", "[build before rol]", "unknown-step", ["rol"]),
        ("not_run: [child]", "not_run: [chld]", "unknown-step", ["chld", 'did you mean "child"?']),
    ],
)
def test_what_does_not_exist_or_does_not_fit_is_told_at_its_place(before, after, rule, words):
    assert before in GOOD
    text = GOOD.replace(before, after, 1)
    found = [problem for problem in problems(text) if problem.rule == rule]
    assert found, problems(text)
    told = f"{found[0].message} {found[0].hint}"
    assert all(word in told for word in words), told
    changed = next(n for n, (old, new) in enumerate(zip(GOOD.split("\n"), text.split("\n"), strict=True)) if old != new)
    assert found[0].line == changed + 2


def test_steps_of_child_tasks_and_actions_of_hooks_may_be_named_and_no_others():
    assert problems("task: alone\nmocks: {lonely: {}, inside: {}, tell: {}}") == ()
    assert [one.rule for one in problems("task: alone\nmocks: {build: {}}")] == ["unknown-step"]


def test_a_step_is_mocked_or_real():
    found = problems("task: alone\nmocks: {lonely: {}}\nreal: [lonely]")
    assert [(one.rule, one.line) for one in found] == [("mocked-and-real", 5)]


def test_only_a_real_step_prints():
    logs = "expect: {logs: [{step: lonely, contains: a}]}"
    assert [one.rule for one in problems(f"task: alone\nmocks: {{lonely: {{}}}}\n{logs}")] == ["not-real"]
    assert problems(f"task: alone\nreal: [lonely]\n{logs}") == ()


def test_a_pattern_that_cannot_be_used_is_told():
    text = "task: alone\nreal: [lonely]\nexpect: {logs: [{step: lonely, matches: '(a'}]}"
    assert [(one.rule, one.line) for one in problems(text)] == [("bad-pattern", 5)]


def test_of_another_revision_only_the_text_is_checked():
    assert problems("task: gone\nrevision: v1\nmocks: {x: {}}\nexpect: {steps: {y: completed}}") == ()
    assert [one.rule for one in problems("task: gone\nrevision: v1\nmocks: {x: {}}\nreal: [x]")] == ["mocked-and-real"]


def test_of_definitions_with_errors_only_the_text_is_checked():
    files = [SourceFile(".workflows/a.test.yaml", b"tests: {a: {task: t, mocks: {x: {}}}, b: {}}")]
    assert [problem.rule for problem in load_suite(files, None).problems] == ["missing-key"]


def test_a_name_that_two_steps_have_is_good_for_either():
    """A step of the task and one of its child task, which give different things."""
    definitions = b"""
actions: {one: {type: shell, cmd: a, output: {a: {}}}, two: {type: shell, cmd: b, output: {b: {}}}}
tasks:
  t: {flow: {same: {action: one}, child: {type: task, task: u}}}
  u: {flow: {same: {action: two}}}
"""
    for output, count in (("a", 0), ("b", 0), ("c", 1)):
        text = f"tests: {{it: {{task: t, mocks: {{same: {{output: {{{output}: x}}}}}}}}}}"
        assert len(suite(text, definitions).problems) == count


def test_definitions_are_no_tests_and_tests_no_definitions():
    found = suite("tests: {a: {task: alone, mocks: {lonely: {}, inside: {}}}}")
    assert ([case.name for case in found.cases], found.problems) == (["a"], ())


def test_problems_are_sorted_and_told_once():
    found = problems("task: alone\nexpect: {order: [x before y, x before y], not_run: [x]}")
    assert [(one.line, one.column) for one in found] == sorted((one.line, one.column) for one in found)
    assert len(set(found)) == len(found)
