from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gitflow.core.language.sources import SourceFile
from gitflow.core.names import RESERVED_STEP_NAMES
from gitflow.definitions.loader import load
from gitflow.definitions.source.base import Loaded

GREET = "actions: {greet: {type: shell, cmd: echo hello}}"


def loaded(**files: str | bytes) -> Loaded:
    """Loads files given as ``name="text"``; ``__`` in a name is a dot."""
    sources = [
        SourceFile(f".workflows/{name.replace('__', '.')}", data if isinstance(data, bytes) else data.encode())
        for name, data in files.items()
    ]
    return load(sources, workspace="w", revision="r", has_file=lambda path: True)


def told(result: Loaded) -> list[tuple[str, str, int]]:
    return [(problem.rule, problem.file.rpartition("/")[2], problem.line) for problem in result.problems]


def test_sections_of_all_files_are_one_workspace():
    result = loaded(
        a__yaml=GREET,
        b__yml="tasks: {hello: {flow: {say: {action: greet}}}}\non_error: [{action: greet}]",
        c__yaml="on_error: [{action: greet}]\nsecrets: {A: '{{ env.A }}'}",
    )
    assert result.problems == ()
    assert result.snapshot is not None
    assert list(result.snapshot.actions) == ["greet"]
    assert result.snapshot.tasks["hello"].where.file == ".workflows/b.yml"
    assert [hook.where.file for hook in result.snapshot.hooks.on_error] == [".workflows/b.yml", ".workflows/c.yaml"]
    assert (result.snapshot.workspace, result.snapshot.revision) == ("w", "r")


def test_an_empty_workspace_is_fine():
    result = loaded()
    assert result.problems == ()
    assert result.snapshot is not None
    assert len(result.snapshot.tasks) == 0


def test_a_name_in_two_files_names_both_places():
    result = loaded(a__yaml=GREET, b__yaml="\n" + GREET)
    [problem] = result.problems
    assert (problem.rule, problem.file, problem.line) == ("duplicate-name", ".workflows/b.yaml", 2)
    assert ".workflows/a.yaml:1:11" in problem.message
    assert result.snapshot is None
    assert result.compiled is None


def test_an_action_and_a_task_may_share_a_name():
    assert loaded(a__yaml=GREET, b__yaml="tasks: {greet: {flow: {say: {action: greet}}}}").problems == ()


def test_all_problems_of_all_files_come_at_once_and_in_order():
    result = loaded(
        b__yaml="actions: {x: {type: shell}}",
        a__yaml="a: 1\nb: [",
        c__yaml="tasks:\n  t: {flow: {s: {action: greet, when: 3}}}\n  u: {}\n",
    )
    assert told(result) == [
        ("syntax", "a.yaml", 3),
        ("exactly-one", "b.yaml", 1),
        ("wrong-type", "c.yaml", 2),
        ("missing-key", "c.yaml", 3),
    ]


def test_a_broken_definition_is_not_reported_again_as_unknown():
    result = loaded(a__yaml="actions: {greet: {type: shell}}\ntasks: {t: {flow: {s: {action: greet}}}}")
    assert [rule for rule, *_ in told(result)] == ["exactly-one"]


def test_what_an_unreadable_file_may_define_is_not_reported_as_unknown():
    result = loaded(a__yaml="actions: {greet: [", b__yaml="tasks: {t: {flow: {s: {action: greet}}}}")
    assert [rule for rule, *_ in told(result)] == ["syntax"]


def test_a_hook_is_placed_in_its_own_file():
    hook = "{{action: greet, input: {{a: '{}'}}}}"
    greet = GREET.replace("cmd", "input: {a: {}}, cmd")
    result = loaded(
        a__yaml=greet,
        b__yaml=f"on_error: [{hook.format('{{ hook.status }}')}]",
        c__yaml=f"\non_error: [{hook.format('x')}, {hook.format('{{ hook.statu }}')}]",
    )
    [problem] = result.problems
    assert (problem.file, problem.line) == (".workflows/c.yaml", 2)


def test_a_secret_of_a_broken_file_is_not_reported_as_unknown():
    action = "actions: {a: {type: shell, cmd: 'echo {{ secret.KEY }}'}}"
    assert [rule for rule, *_ in told(loaded(a__yaml=action))] == ["unknown-secret"]
    assert [rule for rule, *_ in told(loaded(a__yaml=action, b__yaml="secrets: ["))] == ["syntax"]
    assert [rule for rule, *_ in told(loaded(a__yaml=action, b__yaml="secrets: {KEY: [1]}"))] == ["wrong-type"]


@pytest.mark.parametrize("name", ["x__test__yaml", "x__test__yml", "notes__txt"])
def test_reserved_files_are_no_definitions(name: str):
    assert loaded(**{name: "]"}).problems == ()


def test_a_policy_is_a_policy_and_no_definition():
    assert [rule for rule, *_ in told(loaded(policy__yaml="]"))] == ["syntax"]
    [problem] = loaded(policy__yml="rules: {}").problems
    assert problem.file == ".workflows/policy.yml"
    assert "rename it" in problem.message + problem.hint


@pytest.mark.parametrize("name", sorted(RESERVED_STEP_NAMES))
def test_no_step_takes_a_word_of_the_templates(name: str):
    text = f'tasks: {{t: {{flow: {{"{name}": {{type: shell, cmd: "true"}}}}}}}}'
    assert ("reserved-name", "a.yaml", 1) in told(loaded(a__yaml=text))


def test_an_unsafe_place_in_a_script_is_shown_where_it_stands():
    head = "actions:\n  a:\n    type: shell\n    input: {x: {required: true}}\n"
    text = head + "    cmd: |\n      true\n      eval {{ input.x }}\n"
    [problem] = loaded(a__yaml=text).problems
    assert (problem.line, problem.column) == (7, 12)
    assert problem.is_error


@given(st.binary(max_size=120))
def test_any_bytes_load_or_are_told_why_not(data: bytes):
    result = loaded(a__yaml=data)
    assert (result.snapshot is None) == any(problem.is_error for problem in result.problems)


_WORDS = """
actions tasks triggers connections connection_types secrets on_error flow type shell task approval wait sleep
scheduler event cmd script input output action depends_on step accept any all when for_each env retry timeout
max_attempts cron on status name default required options a b say {{input.a}} {{a.output}} x-y 1h 5s
"""
#: Words of the language, so that chance gets past the first key.
WORDS = st.sampled_from(_WORDS.split())
TREES = st.recursive(
    WORDS | st.none() | st.booleans() | st.integers(-2, 300) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=3), inner, max_size=5),
    max_leaves=12,
)
TYPES = st.sampled_from(["shell", "python", "sleep", "wait", "approval", "task"])
ACTIONS = st.fixed_dictionaries(
    {"type": TYPES}, optional={"cmd": TREES, "input": TREES, "output": TREES, "env": TREES, "task": WORDS}
)
TASKS = st.fixed_dictionaries({"flow": st.dictionaries(WORDS, ACTIONS | TREES, max_size=3)}, optional={"input": TREES})
FILES = st.fixed_dictionaries({}, optional={
    "actions": st.dictionaries(WORDS, ACTIONS | TREES, max_size=2) | TREES,
    "tasks": st.dictionaries(WORDS, TASKS | TREES, max_size=2) | TREES,
    "triggers": TREES, "connections": TREES, "connection_types": TREES, "secrets": TREES, "on_error": TREES,
})  # fmt: skip


@example({"connection_types": {"": {"actions": None}}})
@example({"tasks": {"": {"": {"": 1}}}})
@example({"tasks": {"": {"a": 1}, "a": {"": 1, "flow": {"": None}}}})
@example({"actions": {"": None, "0": None, "01": {"type": "shell", "cmd": [None], "env": {"7": []}}}})
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(FILES | TREES)
def test_any_tree_loads_or_is_told_why_not(tree: object):
    result = loaded(a__yaml=json.dumps(tree))
    assert (result.snapshot is None) == any(problem.is_error for problem in result.problems)
    for problem in result.problems:
        assert problem.file == ".workflows/a.yaml"
        assert problem.message
