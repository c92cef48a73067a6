"""The table of programs: what each does with a value among its words, and what it advises."""

import re

import pytest

from gitflow.definitions.shell.programs import _GROUPS, PROGRAMS
from tests.definitions.shell.reading import refusal, script_refusal

CODE_OPTIONS = [
    (program, option, kind)
    for program in PROGRAMS.values()
    for option, kind in program.options.items()
    if kind.rstrip(".") in ("!", "$", "&", "|", "*", "^", "{", "@")
]


def test_no_program_has_two_rows():
    names = [program.name for group in _GROUPS for program in group.ROWS]
    assert sorted(names) == sorted(PROGRAMS)


@pytest.mark.parametrize("advice", sorted({program.advice for program in PROGRAMS.values()}))
def test_advice_is_itself_accepted(advice):
    forms = re.findall(r"`([^`]*)`", advice)
    assert forms
    for form in forms:
        assert script_refusal(form) is None, form


def test_a_value_is_refused_as_the_argument_of_every_option_that_runs_code():
    for program, option, kind in CODE_OPTIONS:
        name = option.replace("~", "-", 1) if option.startswith("~") else option
        attached = f"{name}=@" if option.startswith(("--", "~")) else f"{name}@"
        assert refusal(f"{program.name} {attached}"), (program.name, attached)
        if not kind.startswith("*"):
            assert refusal(f"{program.name} {name} @"), (program.name, name)
