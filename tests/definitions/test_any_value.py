"""Whatever stands anywhere in a file of definitions: it is loaded, or its author is answered with problems."""

import copy
import json
import pathlib

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gitflow.core.language.sources import SourceFile
from gitflow.definitions.checks.expressions import KINDS, findings_of
from gitflow.definitions.loader import load
from gitflow.definitions.shell.safety import prepare


class Loader(yaml.SafeLoader):
    """Reads ``on`` as text, as gitflow does."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or first not in "oOyYnN"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
WHOLE = yaml.load((pathlib.Path(__file__).parent / "whole.yaml").read_text().replace("Sure?", "Sure"), Loader)
ODD = [
    *["", "0", "a" * 300, "x" * 70_000, "\x07", "\U0001f600", "٣", "٣s", "a\nb", "\\", ".", "#", "../..", "/etc"],
    *["{{", "{{ }}", "{{ x", "{% x", "{{ a | b }}", "{{ 1/0 }}", "{{ input }}", "{{ each.item }}", "{{ a.b.c }}"],
    *["{{ " + "(" * 300 + "1" + ")" * 300 + " }}", "{{ " + "-" * 500 + "1 }}", "{{ " + "not " * 300 + "x }}"],
    *["0" * 50 + "s", "9" * 41 + "d", "9" * 60 + "d", "9" * 400, "1e30", 1e30, 1e11, 10**12, 10**18, -1, 0, 1.5],
    *["(", "(?=a)", "[z-a]", "*/0", "1-1", "@daily", "Europe/Berlin", "2030-13-40", "9999-12-31T23:59:59-12:00"],
    *[True, None, [], {}, [[]], {"a": {"b": [1]}}, ["a", "a"], {"{{x}}": "{{y}}"}, ["{{ x }}"]],
]


def paths(value, path=()):
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield (*path, key)
        yield from paths(member, (*path, key))


PATHS = list(paths(WHOLE))


def with_odd(path, value):
    tree = copy.deepcopy(WHOLE)
    inner = tree
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return tree


def loaded(tree):
    data = json.dumps(tree).encode()
    return load([SourceFile("a.yaml", data)], workspace="w", revision="r", has_file=lambda path: True)


def test_the_whole_of_it_is_loaded_as_it_is():
    assert loaded(WHOLE).snapshot is not None


@settings(max_examples=300)
@given(st.sampled_from(PATHS), st.sampled_from(ODD) | st.text(max_size=12))
@example(("tasks", "everything", "timeout"), "0" * 50 + "s")
@example(("tasks", "everything", "timeout"), 1e30)
def test_any_value_anywhere_is_loaded_or_answered_with_problems(path, value):
    found = loaded(with_odd(path, value))
    assert found.snapshot is not None or any(problem.is_error for problem in found.problems)
    assert all(problem.message and problem.line >= 1 for problem in found.problems)


@given(st.text(alphabet="{}%#|()[].'\" \nabinput=~-+*/0", max_size=30), st.sampled_from(KINDS))
def test_any_text_is_a_template_or_has_faults(text, kind):
    found = findings_of(text, kind)
    assert all(0 <= fault.offset <= len(text) for fault in found.faults)


@given(st.text(alphabet="{}%#|()[].'\" \nabinput=~-+*/0", max_size=30))
@example("echo {{ input.a")
@example('echo {{ "}}')
def test_what_is_left_to_the_check_of_shell_scripts_is_reported_by_it(text):
    if findings_of(text, "shell") != findings_of(text, "script"):
        assert [fault.rule for fault in prepare(text).faults] == ["shell-unclosed"]
