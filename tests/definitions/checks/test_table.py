"""The checks as a whole; what each says stands in the case files."""

import pathlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitflow.core.language.sources import SourceFile
from gitflow.definitions.checks import table as checks
from gitflow.definitions.loader import load

CASES = pathlib.Path(__file__).parents[1] / "cases"
SOURCES = pathlib.Path(checks.__file__).parent
RULE = re.compile(r'\.(?:error|warning)\((?:[^"]|"(?! ))*?"([a-z]+(?:-[a-z]+)+)"', re.DOTALL)


def problems(text, files=()):
    data = text.encode()
    source = SourceFile(".workflows/a.yaml", data)
    return load([source], workspace="w", revision="1", has_file=files.__contains__).problems


def rules(text, files=()):
    return sorted({problem.rule for problem in problems(text, files)})


def test_every_rule_has_a_case():
    written = {
        rule
        for module in SOURCES.glob("*.py")
        if module.name != "templates.py"
        for rule in RULE.findall(module.read_text())
    }
    shown = {problem.rule for path in CASES.glob("check-*.yaml") for problem in problems(path.read_text())}
    assert len(written) >= 20
    assert written <= shown


@pytest.mark.parametrize("check", [*checks.OF_MEMBERS, *checks.OF_ALL], ids=lambda check: check.__name__)
def test_every_check_finds_something_in_a_case(check, monkeypatch):
    table = "OF_ALL" if check in checks.OF_ALL else "OF_MEMBERS"
    monkeypatch.setattr(checks, "OF_ALL", ())
    monkeypatch.setattr(checks, "OF_MEMBERS", ())
    monkeypatch.setattr(checks, table, (check,))
    texts = [path.read_text() for path in CASES.glob("check-*.yaml")]
    found = [problem for text in texts for problem in problems(text)]
    monkeypatch.setattr(checks, table, ())
    assert len(found) > sum(len(problems(text)) for text in texts)


@pytest.mark.parametrize(
    "step",
    [
        "{action: greet, input: {name: '{{ input.who }}'}}",
        "{action: greet, input: {name: '{{ input.who }}', tags: ['{{ input.who }}', b]}}",
        "{action: greet, input: {name: 3}}",
    ],
)
def test_what_a_template_will_give_is_not_judged(step):
    text = f"""
actions:
  greet:
    type: shell
    input: {{name: {{required: true, pattern: "[0-9]+"}}, tags: {{multiple: true, options: [b]}}}}
    cmd: echo hi
tasks:
  t: {{input: {{who: {{required: true}}}}, flow: {{a: {step}}}}}
"""
    assert rules(text) == []


def test_a_webhook_brings_what_its_request_holds():
    text = """
tasks:
  t: {input: {body: {type: object, required: true}}, flow: {a: {type: sleep, duration: 1}}}
triggers:
  hook: {type: webhook, task: t}
  nightly: {type: scheduler, cron: "@daily", task: t}
"""
    assert [(found.rule, found.line) for found in problems(text)] == [("missing-input", 6)]


def test_a_child_task_with_a_condition_may_come_back_to_itself():
    text = "tasks: {t: {flow: {a: {type: task, task: t%s}}}}"
    assert rules(text % "") == ["task-cycle"]
    assert problems(text % "")[0].is_error
    assert not problems(text % ", when: job.attempt")[0].is_error


def test_a_script_is_looked_up_by_its_plain_path():
    text = "actions: {a: {type: shell, script: ./bin/../run.sh}}"
    assert rules(text, {"run.sh"}) == []
    assert rules(text, {"bin/run.sh"}) == ["missing-script"]


NAMES = st.sampled_from(["a", "b", "c-d", "c_d", "zz"])
NEEDS = st.recursive(
    NAMES | st.builds("{{step: {}, accept: {}}}".format, NAMES, st.sampled_from(["any", "[skipped]", "[failed]"])),
    lambda inner: st.builds(
        "{{{}: [{}]}}".format, st.sampled_from(["all", "any"]), st.lists(inner, min_size=1, max_size=3).map(", ".join)
    ),
    max_leaves=4,
)
STEPS = st.builds(
    "{{{}, depends_on: [{}]}}".format,
    st.sampled_from(
        ["action: go", "action: gone", "type: task, task: t", "action: go, when: false", "action: go, for_each: []"]
    ),
    st.lists(NEEDS, max_size=3).map(", ".join),
)


@settings(max_examples=60)
@given(st.dictionaries(NAMES, STEPS, min_size=1))
def test_any_flow_is_accepted_or_told_where_it_is_wrong(flow):
    steps = ", ".join(f"{name}: {step}" for name, step in flow.items())
    found = problems(f"actions: {{go: {{type: sleep, duration: 1}}}}\ntasks: {{t: {{flow: {{{steps}}}}}}}\n")
    assert all(problem.line == 2 and problem.column > 1 and problem.message for problem in found)
    if "zz" not in flow and any("zz" in step for step in flow.values()):
        assert "unknown-step" in {problem.rule for problem in found}
