"""Coverage lists the steps, branches, loops and hooks that no test has reached, with their places."""

from __future__ import annotations

from gitflow.runtime.testing.coverage import coverage_of

FLOW = """
on_error: [{action: tell}]
actions: {tell: {type: shell, cmd: t}}
tasks:
  t:
    on_success: [{action: tell}]
    input: {go: {type: boolean, default: false}, list: {type: array, default: []}}
    flow:
      a: {type: shell, cmd: a}
      b: {type: shell, cmd: b, when: input.go}
      c: {type: shell, cmd: c, for_each: "{{ input.list }}"}
  child: {flow: {d: {type: task, task: t, when: "{{ 1 == 1 }}"}}}
"""
MOCKS = "mocks: {a: {}, b: {}, c: {}, tell: {}}"


def covered(workshop, *tests):
    workshop.define(FLOW)
    text = "tests:\n" + "".join(f"  test {number}: {{{test}, {MOCKS}}}\n" for number, test in enumerate(tests))
    results = workshop.run(text).values()
    assert all(result.has_passed for result in results)
    reached = set().union(*(result.reached for result in results))
    return coverage_of(workshop.definitions().snapshot, reached)


def test_what_no_test_reaches_is_listed_with_its_place(workshop):
    found = covered(workshop, "task: t")
    assert found.totals == {"step": (2, 4), "when": (1, 4), "loop": (0, 1), "hook": (1, 2)}
    assert [(one.where.line, one.what) for one in found.missed] == [
        (2, "on_error of the workspace never ran tell"),
        (10, 'step "b" of task "t" never ran'),
        (10, 'the condition of step "b" of task "t" was never true'),
        (11, 'the loop of step "c" of task "t" never had an item'),
        (12, 'step "d" of task "child" never ran'),
        (12, 'the condition of step "d" of task "child" was never false'),
        (12, 'the condition of step "d" of task "child" was never true'),
    ]


def test_each_branch_each_loop_and_each_hook_is_reached_by_itself(workshop):
    found = covered(
        workshop,
        "task: t",
        "task: t, input: {go: true, list: [1]}",
        "task: child",
        "task: child, expect: {status: completed}",
    )
    assert [one.what for one in found.missed] == [
        "on_error of the workspace never ran tell",
        'the condition of step "d" of task "child" was never false',
    ]


def test_a_hook_of_a_task_is_not_that_of_the_workspace(workshop):
    workshop.define(FLOW)
    result = workshop.run_one(f"task: t\n{MOCKS.replace('a: {}', 'a: {exit_code: 1}')}\nexpect: {{status: failed}}")
    hooks = {part for part in result.reached if part[0] == "hook"}
    assert hooks == {("hook", "", "tell", "on_error")}


def test_a_step_that_is_skipped_because_of_another_reaches_no_branch(workshop):
    workshop.define("""
tasks: {t: {flow: {a: {type: shell, cmd: a}, b: {type: shell, cmd: b, when: "{{ 1 == 1 }}", depends_on: [a]}}}}
""")
    result = workshop.run_one("task: t\nmocks: {a: {exit_code: 1}}\nexpect: {status: failed}")
    assert result.reached == {("step", "t", "a", "")}


def test_a_workspace_without_tasks_has_nothing_to_cover(workshop):
    workshop.define("actions: {a: {type: shell, cmd: a}}")
    found = coverage_of(workshop.definitions().snapshot, ())
    assert (set(found.totals.values()), found.missed) == ({(0, 0)}, ())
