# ruff: noqa: E501
"""What counts as a change, and what is only another way to write the same."""

from __future__ import annotations

import pytest
from comparing import changes, only, paths

from gitflow.core.problems import Place

TASK = "tasks: {t: {timeout: 60s, flow: {a: {type: shell, cmd: 'echo {{ job.id }}'}, b: {type: shell, cmd: ls}}}}"

#: Two ways to write the same.
SAME = {
    "a duration": (TASK, TASK.replace("60s", "1m")),
    "white space in braces": (TASK, TASK.replace("{{ job.id }}", "{{job.id}}")),
    "the order of steps": (TASK, "tasks: {t: {flow: {b: {type: shell, cmd: ls}, a: {cmd: 'echo {{ job.id }}', type: shell}}, timeout: 60}}"),
    "comments and style": (TASK, "# hello\ntasks:\n  t:\n    timeout: 60s # a minute\n    flow:\n      a: {type: shell, cmd: \"echo {{ job.id }}\"}\n      b:\n        type: shell\n        cmd: |\n          ls\n"),
    "a default that is written out": (TASK, TASK.replace("type: shell, cmd: ls", "type: shell, errexit: true, shell: sh, cmd: ls").replace("timeout", "priority: 0, mode: distributed, timeout")),
    "a condition in braces": (
        "tasks: {t: {flow: {a: {type: shell, when: 'job.attempt == 1', cmd: ls}}}}",
        "tasks: {t: {flow: {a: {type: shell, when: '{{ job.attempt == 1 }}', cmd: ls}}}}",
    ),
    "the order of needs": (
        "tasks: {t: {flow: {a: {type: shell, cmd: ls}, b: {type: shell, cmd: ls}, c: {type: shell, cmd: ls, depends_on: [a, b]}}}}",
        "tasks: {t: {flow: {a: {type: shell, cmd: ls}, b: {type: shell, cmd: ls}, c: {type: shell, cmd: ls, depends_on: [b, {step: a, accept: [completed]}]}}}}",
    ),
    "a schedule": (
        "tasks: {t: {flow: {a: {type: shell, cmd: ls}}}}\ntriggers: {n: {type: scheduler, cron: '@daily', jitter: 60, task: t}}",
        "tasks: {t: {flow: {a: {type: shell, cmd: ls}}}}\ntriggers: {n: {type: scheduler, cron: '0 0 * * *', timezone: UTC, jitter: 1m, task: t}}",
    ),
    "what a trigger waits for": (
        "tasks: {t: {flow: {a: {type: shell, cmd: ls}}}, u: {flow: {a: {type: shell, cmd: ls}}}}\ntriggers: {n: {type: event, on: {task: u}, task: t}}",
        "tasks: {t: {flow: {a: {type: shell, cmd: ls}}}, u: {flow: {a: {type: shell, cmd: ls}}}}\ntriggers: {n: {type: event, on: {task: u, status: [completed]}, task: t}}",
    ),
    "the order of methods": (
        "tasks: {t: {flow: {a: {type: shell, cmd: ls}}}}\ntriggers: {w: {type: webhook, name: w, task: t}}",
        "tasks: {t: {flow: {a: {type: shell, cmd: ls}}}}\ntriggers: {w: {type: webhook, name: w, task: t, methods: [POST, GET]}}",
    ),
    "keys of the author's own": (TASK, TASK.replace("timeout", "x-owner: me, timeout")),
}  # fmt: skip


@pytest.mark.parametrize("before", SAME)
def test_another_way_to_write_the_same_is_no_change(before):
    one, other = SAME[before]
    assert changes(one, other).changes == ()
    assert changes(other, one).changes == ()


def test_a_definition_that_moved_to_another_file_has_not_changed():
    both = {"a.yaml": TASK, "b.yaml": "actions: {x: {type: shell, cmd: ls}}\n"}
    assert changes(both, {"c.yaml": "\n\n" + TASK, "d.yaml": both["b.yaml"]}).changes == ()


def test_a_description_is_a_change():
    found = only(TASK, TASK.replace("timeout", "description: Hi, timeout"))
    assert paths(found) == {"description": (None, "Hi")}


def test_a_description_of_a_trigger_is_a_change():
    text = "tasks: {t: {flow: {a: {type: shell, cmd: ls}}}}\ntriggers: {p: {type: push, task: t%s}}"
    assert paths(only(text % "", text % ", description: Hi")) == {"description": (None, "Hi")}


def test_a_change_names_file_and_line_at_head():
    found = only({"a.yaml": TASK}, {"b.yaml": "\n" + TASK.replace("60s", "90s")})
    assert (found.kind, found.name, found.change) == ("task", "t", "changed")
    assert found.where == Place(".workflows/b.yaml", 2, 9)
    assert paths(found) == {"timeout": (60, 90)}


def test_what_was_removed_names_file_and_line_at_base():
    text = TASK + "\nsecrets:\n  S: '{{ env.S }}'\n"
    found = only(text, TASK)
    assert (found.kind, found.name, found.change, found.where) == (
        "secret", "S", "removed", Place(".workflows/a.yaml", 3, 3),
    )  # fmt: skip


def test_the_same_under_another_name_is_renamed():
    found = only(TASK, TASK.replace("{t: {timeout", "{u: {timeout"))
    assert (found.change, found.name, found.summary) == ("renamed", "u", "renamed from t")
    assert paths(found)["name"] == ("t", "u")


def test_hooks_of_a_task_belong_to_the_task_and_those_of_the_workspace_are_hooks():
    base = "actions: {n: {type: shell, input: {x: {}}, cmd: ls}}\n" + TASK
    of_task = only(base, base.replace("timeout", "on_error: [{action: n}], timeout"))
    assert (of_task.kind, paths(of_task)) == ("task", {"on_error.n": (None, {"action": "n"})})
    own = only(base, base + "\non_error: [{action: n}]\n")
    assert (own.kind, own.name, own.change) == ("hook", "on_error.n", "added")
    changed = only(base + "\non_error: [{action: n}]\n", base + "\non_error: [{action: n, input: {x: y}}]\n")
    assert paths(changed) == {"input.x": (None, "y")}


def test_an_action_that_changed_is_reported_once_with_all_its_users():
    base = (
        "actions: {n: {type: shell, cmd: ls}}\n"
        "tasks: {t: {flow: {a: {action: n}}}, u: {flow: {b: {action: n}}}}\non_error: [{action: n}]\n"
    )
    found = only(base, base.replace("cmd: ls", "cmd: pwd"))
    assert (found.kind, found.name) == ("action", "n")
    used = next(detail for detail in found.details if detail.path == "used_by")
    assert [(user.kind, user.name) for user in used.callers] == [("task", "t"), ("task", "u"), ("hook", "on_error.n")]
    assert not found.is_breaking


def test_a_flow_differs_by_steps_edges_and_order():
    base = "tasks: {t: {flow: {a: {type: shell, cmd: ls}, b: {type: shell, cmd: ls, depends_on: [a]}}}}"
    head = (
        "tasks: {t: {flow: {a: {type: shell, cmd: ls, depends_on: [b]}, b: {type: shell, cmd: ls},"
        " c: {type: shell, cmd: ls}}}}"
    )
    found = only(base, head)
    assert paths(found) == {
        "flow.a.depends_on": (None, "b"),
        "flow.b.depends_on": ("a", None),
        "flow.c": (None, {"type": "shell", "cmd": "ls"}),
        "flow.a.order": ({"before": ["b"]}, {"after": ["b"]}),
        "output.b": (None, None),  # the job's output was that of the last steps
    }


def test_definitions_with_errors_are_not_taken_for_removed():
    base = {"a.yaml": TASK, "b.yaml": "actions: {n: {type: shell, cmd: ls}}\n"}
    assert changes(base, {"a.yaml": TASK, "b.yaml": "actions: {n: {type: shell, cmnd: ls}}\n"}).changes == ()
    assert changes(base, {"a.yaml": TASK, "b.yaml": "actions: {n: [}\n"}).changes == ()
