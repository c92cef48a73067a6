# ruff: noqa: E501
"""What counts as a change, and what is only another way to write the same."""

from __future__ import annotations

import pytest
from comparing import NOW, changes, only, paths, side

from gitflow.core.changes.compare import compare
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
    assert paths(found) == {"timeout": ("1m", "1m30s")}


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


def test_what_an_action_reads_and_gives_anew_is_said_of_the_action_alone():
    base = (
        "secrets: {S: '{{ env.S }}'}\nactions: {n: {type: shell, cmd: ls, output: {x: {type: string}}}}\n"
        "tasks: {t: {flow: {a: {action: n}}, output: {x: '{{ a.output.x }}'}}}\n"
    )
    head = base.replace("cmd: ls", "cmd: ls, env: {T: '{{ secret.S }}'}").replace("{type: string}", "{type: integer}")
    found = only(base, head)
    assert (found.kind, found.name) == ("action", "n")
    assert paths(found)["reads.secret.S"] == (None, "S")


def test_secrets_and_connections_newly_read_and_raw_are_details_of_who_reads_them():
    base = (
        "secrets: {S: '{{ env.S }}', T: '{{ env.T }}'}\nconnection_types: {site: {base_url: {}}}\n"
        "connections: {c: {type: site, base_url: 'https://a.example'}}\n"
        "tasks: {t: {input: {x: {default: a}}, flow: {a: {type: shell, cmd: 'echo {{ secret.S }}'}}}}\n"
    )
    head = base.replace("'echo {{ secret.S }}'", "'echo {{ secret.T }} {{ input.x | raw }}'")
    head = head.replace("}}}}\n", "}, b: {type: http, connection: c, url: /}}}}\n")
    found = paths(only(base, head))
    assert found["reads.secret.S"] == ("S", None)
    assert found["reads.secret.T"] == (None, "T")
    assert found["reads.connection.c"] == (None, "c")
    assert found["flow.a.cmd.raw"] == (None, "input.x | raw")


def test_a_schedule_shows_its_next_times_before_and_after():
    text = "tasks: {t: {flow: {a: {type: shell, cmd: ls}}}}\ntriggers: {n: {type: scheduler, cron: '%s', timezone: Europe/Berlin, task: t}}"
    before, after = paths(only(text % "0 3 * * *", text % "0 4 * * 1"))["next_fires"]
    assert before == [f"2026-01-0{day}T03:00:00+01:00" for day in range(5, 10)]
    assert after[:2] == ["2026-01-05T04:00:00+01:00", "2026-01-12T04:00:00+01:00"]
    off = paths(only(text % "0 3 * * *", (text % "0 3 * * *").replace("task: t}", "task: t, enabled: false}")))
    assert off["next_fires"][1] == []


def test_values_in_clear_where_a_secret_belongs_are_never_shown():
    base = (
        "secrets: {S: hunter22}\nconnection_types: {db: {password: {type: string, secret: true}}}\n"
        "connections: {c: {type: db, password: hunter22}}\n"
        "tasks: {t: {input: {p: {type: string, secret: true, default: hunter22}}, flow: {a: {type: shell, cmd: ls}}}}\n"
        "triggers: {w: {type: webhook, name: w, task: t, secret: hunter22}}\n"
    )
    found = changes(base, base.replace("hunter22", "hunter33")).changes
    assert [each.kind for each in found] == ["task", "trigger", "connection", "secret"]
    assert "hunter" not in repr(found)


def test_a_file_that_a_script_names_is_reported_with_its_users():
    text = "actions: {n: {type: python, script: lib/a.py}}\ntasks: {t: {flow: {a: {type: shell, script: lib/../lib/a.py}}}}\nsecrets: {S: \"{{ file('key.pem') }}\"}"
    base = side(text, {"lib/a.py": "644 1", "key.pem": "644 1"})
    head = side(text, {"lib/a.py": "755 1", "key.pem": "644 2"})
    found = compare(base, head, NOW).changes
    assert [(each.kind, each.name, each.change, each.where.file) for each in found] == [
        ("file", "key.pem", "changed", "key.pem"), ("file", "lib/a.py", "changed", "lib/a.py"),
    ]  # fmt: skip
    users = [[(user.kind, user.name) for user in each.details[0].callers] for each in found]
    assert users == [[("secret", "S")], [("action", "n"), ("task", "t")]]
    assert compare(base, base, NOW).changes == ()


def test_a_file_that_is_a_word_of_a_script_is_reported_with_its_users():
    text = (
        "actions: {n: {type: python, code: \"open('lib/a.txt')\"}}\n"
        "tasks: {t: {flow: {a: {type: shell, cmd: 'sh ./lib/../lib/a.txt && echo b.txt'}, b: {type: shell, cmd: ls}}}}\n"
    )
    base = side(text, {"lib/a.txt": "644 1"})
    head = side(text, {"lib/a.txt": "644 2", "b.txt": "644 1", "c.txt": "644 1"})
    found = compare(base, head, NOW).changes
    assert [(each.kind, each.name, each.change) for each in found] == [
        ("file", "b.txt", "added"), ("file", "lib/a.txt", "changed"),
    ]  # fmt: skip
    users = [[(user.kind, user.name) for user in each.details[0].callers] for each in found]
    assert users == [[("task", "t")], [("action", "n"), ("task", "t")]]


LIMITED = "tasks: {t: {folder: test, timeout: 1m, priority: 1, concurrency: {group: g, limit: 2}, max_parallel_steps: 2, flow: {a: {type: shell, cmd: ls, retry: {max_attempts: 2}, timeout: 5s}}}}"


@pytest.mark.parametrize(
    ("old", "new", "path", "before", "after"),
    [
        ("folder: test", "folder: prod", "folder", "test", "prod"),
        ("timeout: 1m", "timeout: 90s", "timeout", "1m", "1m30s"),
        ("priority: 1", "priority: 2", "priority", 1, 2),
        ("group: g", "group: h", "concurrency.group", "g", "h"),
        ("limit: 2", "limit: 3", "concurrency.limit", 2, 3),
        ("max_parallel_steps: 2", "max_parallel_steps: 3", "max_parallel_steps", 2, 3),
        ("max_attempts: 2", "max_attempts: 3", "flow.a.retry.max_attempts", 2, 3),
        ("timeout: 5s", "timeout: 6s", "flow.a.timeout", "5s", "6s"),
    ],
)
def test_what_moves_of_folders_limits_and_groups_is_said_with_both_values(old, new, path, before, after):
    change = only(LIMITED, LIMITED.replace(old, new))
    assert paths(change) == {path: (before, after)}
    assert not change.is_breaking
