"""An expectation that is not met says what was expected and what was, at its own line of the test's file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workshop import told

from gitflow.runtime.testing.expectations import MAX_DIFFERENCES, differences

FLOW = """
tasks:
  t:
    input: {go: {type: boolean, default: false}}
    flow:
      a: {type: shell, cmd: a}
      b: {type: shell, cmd: b, depends_on: [a], input: {n: 3, m: [1, 2]}}
      c: {type: shell, cmd: c, when: input.go}
      roll: {type: shell, cmd: r, for_each: [x, y]}
"""
TEST = """
task: t
mocks: {{a: {{output: {{v: 1, w: [1, 2]}}}}, b: {{output: {{z: 1}}}}, c: {{}}, roll: {{}}}}
{}
"""


def run(workshop, expect, *, checked=True):
    workshop.define(FLOW)
    return told(workshop.run_one(TEST.format(f"expect:\n  {expect}"), checked=checked))


@pytest.mark.parametrize(
    ("expect", "failure"),
    [
        ("status: failed", (6, "the status of the job", "failed", "completed")),
        ("steps: {a: failed}", (6, 'the status of step "a"', "failed", "completed")),
        (
            "steps: {c: completed}",
            (6, 'the status of step "c"', "completed", "skipped (its condition is false: input.go)"),
        ),
        ("steps: {b: {attempts: 3}}", (6, 'the attempts of step "b"', "3", "1")),
        ("steps: {c: {attempts: 1}}", (6, 'the attempts of step "c"', "1", "0")),
        (
            "steps: {c: {skip_reason: depends}}",
            (6, 'why step "c" was skipped', "…depends…", "its condition is false: input.go"),
        ),
        (
            "steps: {a: {skip_reason: depends}}",
            (6, 'why step "a" was skipped', "…depends…", "it was not skipped: it is completed"),
        ),
        ("steps: {a: {output: {v: 2, w: [1, 2]}}}", (6, 'the output of step "a", at .v', "2", "1")),
        ("steps: {a: {output: {v: 1, w: [1, 3]}}}", (6, 'the output of step "a", at .w[1]', "3", "2")),
        ("steps: {a: {output: {v: 1, w: [1]}}}", (6, 'the output of step "a", at .w', "[1]", "[1, 2]")),
        ("steps: {a: {output: {v: 1}}}", (6, 'the output of step "a", at .w', "nothing", "[1, 2]")),
        ("steps: {a: {output: {v: 1, w: [1, 2], x: y}}}", (6, 'the output of step "a", at .x', '"y"', "nothing")),
        ("steps: {a: {output: null}}", (6, 'the output of step "a"', "null", '{"v": 1, "w": [1, 2]}')),
        ("steps: {b: {input: {n: 4, m: [1, 2]}}}", (6, 'the input of step "b", at .n', "4", "3")),
        ("output: {b: {z: 2}}", (6, "the output of the job, at .b.z", "2", "1")),
        ("order: [b before a]", (6, "the order of the steps", "b before a", '"a" began before "b" had ended')),
        ("order: [a before c]", (6, "the order of the steps", "a before c", '"c" never began')),
        ("not_run: [c, a]", (6, 'step "a"', "not to run", "it ran, and is completed")),
        ("not_run: [roll]", (6, 'step "roll"', "not to run", "it ran, and is completed")),
        (
            'steps: {"roll[2]": completed}',
            (6, 'step "roll[2]"', "to be in the job", 'task "t" made no such step'),
        ),
    ],
)
def test_a_difference_is_told_with_its_line(workshop, expect, failure):
    assert run(workshop, expect) == [failure]


def test_a_value_is_told_at_its_own_line(workshop):
    expect = "steps:\n    a:\n      output:\n        v: 1\n        w:\n          - 1\n          - 5"
    assert run(workshop, expect) == [(12, 'the output of step "a", at .w[1]', "5", "2")]


def test_all_that_differs_is_told_at_once(workshop):
    found = run(workshop, "{status: failed, steps: {a: failed, b: {attempts: 2}}, not_run: [b]}")
    assert len(found) == 4


def test_a_job_without_expectations_must_complete(workshop):
    workshop.define(FLOW)
    test = TEST.format("").replace("b: {output: {z: 1}}", "b: {exit_code: 4}")
    [failure] = told(workshop.run_one(test))
    assert failure == (2, "the status of the job", "completed", 'failed (step "b" failed: Exit code: 4)')


def test_what_is_expected_and_so_is_no_failure(workshop):
    assert (
        run(
            workshop,
            """
  steps:
    a: {status: completed, attempts: 1, output: {v: 1.0, w: [1, 2]}}
    b: {input: {n: 3, m: [1, 2]}}
    c: {status: skipped, attempts: 0, skip_reason: condition is false}
    roll: completed
    "roll[1]": completed
  order: [a before b]
  not_run: [c]
  output: {b: {z: 1}}
""",
        )
        == []
    )


def test_the_first_differences_of_a_value_are_told_and_that_there_are_more(workshop):
    values = ", ".join(f"k{number}: 1" for number in range(9))
    found = run(workshop, f"steps: {{a: {{output: {{{values}}}}}}}")
    assert len(found) == MAX_DIFFERENCES + 1
    assert found[-1] == (6, 'the output of step "a" differs in more places', None, None)


RETRIED = """
tasks:
  t:
    retry: {max_attempts: 2, delay: 1h}
    flow:
      a: {type: shell, cmd: a}
      b: {type: shell, cmd: b, depends_on: [{step: a, accept: any}]}
      c: {type: shell, cmd: c, depends_on: [{step: b, accept: any}]}
"""


def test_the_job_that_counts_is_the_last_of_its_automatic_retries(workshop):
    workshop.define(RETRIED)
    result = workshop.run_one("""
task: t
mocks: {a: {sequence: [{exit_code: 1}, {}]}, b: {sequence: [{exit_code: 1}, {}]}, c: {}}
expect: {status: completed, steps: {a: completed, b: completed}, order: [a before b, b before c]}
""")
    assert told(result) == []


def test_a_step_that_only_an_earlier_job_of_the_chain_has_begun_has_run(workshop):
    workshop.define("""
tasks:
  t:
    retry: {max_attempts: 2}
    flow:
      once: {type: shell, cmd: x, when: "{{ job.attempt == 1 }}"}
      always: {type: shell, cmd: y}
""")
    result = workshop.run_one("""
task: t
mocks: {once: {exit_code: 1}, always: {}}
expect: {status: completed, steps: {once: skipped}, not_run: [once]}
""")
    assert told(result) == [(5, 'step "once"', "not to run", "it ran, and is skipped")]


def test_an_input_that_the_task_refuses_is_told(workshop):
    """Of a test of another revision, it is not known before."""
    workshop.define(FLOW)
    result = workshop.run_one("task: t\ninput: {nope: 1}", checked=False)
    assert [(one.what, "nope" in one.hint) for one in result.failures] == [("the job cannot be made", True)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-3, 3) | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=12,
)


def same(one, other):
    """As JSON Schema has it: true is no number, and 1 is 1.0."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return one == other


@given(JSON, JSON)
def test_two_values_differ_nowhere_exactly_when_they_are_equal(one, other):
    assert (list(differences(one, other)) == []) is same(one, other)
    assert list(differences(one, one)) == []


@given(JSON, JSON)
def test_differences_mirror_each_other(one, other):
    mirrored = [(path, expected, actual) for path, actual, expected in differences(other, one)]
    assert sorted(map(repr, differences(one, other))) == sorted(map(repr, mirrored))
