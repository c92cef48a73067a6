"""``cmd`` as a list of words, and ``env``: judged like the words and variables of a script."""

import pytest

from gitflow.core.language.sources import SourceFile
from gitflow.core.problems import Severity
from gitflow.definitions.loader import load
from gitflow.definitions.shell.argv import judge_environment, judge_words

REFUSED = [
    ["sh", "-c", "{{ a }}"],
    ["{{ a }}"],
    ["./{{ a }}"],
    ["bash", "-lc", "echo {{ a }}"],
    ["python3.11", "-c", "{{ a }}"],
    ["env", "{{ a }}"],
    ["env", "-iu", "X", "{{ a }}"],
    ["timeout", "-vs", "KILL", "5", "awk", "{{ a }}"],
    ["ssh", "{{ a }}", "uptime"],
    ["ssh", "--", "host", "{{ a }}"],
    ["tar", "-cf", "x", "{{ a }}"],
    ["git", "-c", "alias.x={{ a }}", "x"],
    ["find", ".", "-exec", "{{ a }}", ";"],
    ["sh", "-c", 'eval "$1"', "sh", "{{ a }}"],
    ["sh", "-c", "rm $1", "sh", "{{ a }}"],
    ["sh", "{% if a %}-c{% endif %}", "x"],
    ["xargs", "-a", "f", "sh", "-c", "{{ a }}"],
]
ACCEPTED = [
    ["echo", "{{ a }}", "x{{ a }}"],
    ["ssh", "--", "{{ each.item }}", "systemctl restart app"],
    ["sh", "-c", 'cp -- "$1" /srv', "sh", "{{ a }}"],
    ["tar", "-cf", "x", "--", "{{ a }}"],
    ["git", "clone", "--", "{{ a }}"],
    ["python3", "script.py", "{{ a }}"],
    ["curl", "-H", "X: {{ a }}", "https://example.org/{{ a }}"],
    ["sleep", 5],
]


@pytest.mark.parametrize("cmd", REFUSED, ids=str)
def test_a_word_that_would_be_code_is_refused_at_its_place(cmd):
    found = list(judge_words(cmd))
    assert found
    for at, fault in found:
        assert "{" in cmd[at]
        assert fault.severity is Severity.ERROR
        assert fault.hint


@pytest.mark.parametrize("cmd", ACCEPTED, ids=str)
def test_a_word_that_arrives_as_data_is_accepted(cmd):
    assert list(judge_words(cmd)) == []


@pytest.mark.parametrize(
    "name",
    [
        *("PATH", "BASH_ENV", "ENV", "IFS", "LD_PRELOAD", "LD_AUDIT", "PYTHONPATH", "PERL5OPT", "NODE_OPTIONS"),
        *("GIT_SSH_COMMAND", "GIT_CONFIG_COUNT", "GIT_EDITOR", "PS4", "SHELLOPTS", "EDITOR", "PAGER", "HOME"),
        *("BASH_FUNC_ls%%", "GITFLOW_V1", "DYLD_INSERT_LIBRARIES", "MAKEFLAGS"),
    ],
)
def test_a_variable_that_programs_run_takes_no_value(name):
    [(named, fault)] = judge_environment({name: "x{{ a }}", "FREE": "{{ a }}"})
    assert named == name
    assert fault.rule == "shell-special-variable"
    assert list(judge_environment({name: "fixed"})) == []


@pytest.mark.parametrize("name", ["GIT_AUTHOR_NAME", "GIT_COMMITTER_EMAIL", "NAME", "VERSION", "X_PATH"])
def test_other_variables_take_any_value(name):
    assert list(judge_environment({name: "{{ a }}"})) == []


def problems(action: str) -> list[tuple[str, int, int]]:
    text = f"actions:\n  a:\n    input: {{v: {{required: true}}, n: {{type: integer, default: 1}}}}\n{action}"
    loaded = load([SourceFile("w.yaml", text.encode())], workspace="w", revision="r", has_file=lambda path: True)
    return [(problem.rule, problem.line, problem.column) for problem in loaded.problems]


def test_lists_and_env_are_judged_when_a_file_is_loaded_with_their_places():
    assert problems('    type: shell\n    cmd: [sh, -c, "{{ input.v }}"]\n') == [("shell-evaluates", 5, 20)]
    assert problems('    type: shell\n    env: {PATH: "/x:{{ input.v }}"}\n    cmd: ls\n') == [
        ("shell-special-variable", 5, 21)
    ]
    assert problems('    type: python\n    env: {PYTHONPATH: "{{ input.v }}"}\n    code: pass\n') == [
        ("shell-special-variable", 5, 24)
    ]


def test_a_variable_of_env_is_followed_into_the_script():
    text = '    type: shell\n    env: {X: "{{ input.v }}"}\n    cmd: eval "$X"\n'
    assert [rule for rule, _, _ in problems(text)] == ["shell-flows-into-code"]
    assert problems(text.replace('eval "$X"', 'echo "$X"')) == []
