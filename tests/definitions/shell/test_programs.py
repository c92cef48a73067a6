"""The table of programs: what each does with a value among its words, and what it advises."""

import re
from contextlib import contextmanager

import pytest
from tests.definitions.shell.program_cases import ACCEPTED, READS_INPUT, REFUSED, TAKES_INPUT
from tests.definitions.shell.reading import JUDGE, refusal, script_refusal, words_of

from gitflow.definitions.shell.programs import _GROUPS, PROGRAMS, program_of


def lines(text):
    return [line for line in text.splitlines() if line and not line.startswith("# ")]


#: The row that a command comes to: its kinds of options that run code.
CODE_OPTIONS = [
    (program, option, kind)
    for program in PROGRAMS.values()
    for option, kind in program.options.items()
    if kind.rstrip(".") in ("!", "$", "&", "|", "|=", "+", "*", "*,", "^", "{", "{?", "@", "+,", "/")
]
CASES = lines(REFUSED) + lines(ACCEPTED)


def is_refused(line):
    found = refusal(line)
    return found is not None and found.is_certain


def test_a_value_that_would_be_code_is_refused():
    found = {line: refusal(line) for line in lines(REFUSED)}
    assert [line for line, why in found.items() if why is None or not why.is_certain or why.word is None] == []


def test_a_value_that_arrives_as_data_is_accepted():
    assert {line: refusal(line) for line in lines(ACCEPTED) if is_refused(line)} == {}


def test_what_a_program_reads_as_code_is_known():
    assert [line for line in lines(READS_INPUT) if not JUDGE.reads_program(words_of(line))] == []


def test_what_a_program_reads_as_data_is_known():
    assert [line for line in lines(TAKES_INPUT) if JUDGE.reads_program(words_of(line))] == []


def test_no_program_has_two_rows():
    names = [program.name for group in _GROUPS for program in group.ROWS]
    assert sorted(names) == sorted(PROGRAMS)


def test_a_subcommand_has_a_row_of_its_own_only_where_the_program_has_subcommands():
    for name in PROGRAMS:
        before, _, last = name.rpartition(" ")
        if before and not before.endswith(" -m"):
            assert PROGRAMS[before].operands[0] in "US" or "U" in PROGRAMS[before].operands, name
        assert last


def test_advice_is_itself_accepted():
    for advice in {program.advice for program in PROGRAMS.values()}:
        forms = re.findall(r"`([^`]*)`", advice)
        assert forms, advice
        assert [form for form in forms if script_refusal(form) is not None] == [], advice


def test_advice_to_name_the_command_gives_it_to_the_program():
    """``sudo cp -- @ /tmp/x``: what runs in the end is the command that the advice names."""
    forms = {form for each in PROGRAMS.values() for form in re.findall(r"`([^`]*) cp -- @ /tmp/x`", each.advice)}
    assert len(forms) > 50
    assert [form for form in forms if JUDGE.innermost(words_of(f"{form} cp @"))[0].text != "cp"] == []


def test_no_row_is_strict_about_options_where_it_reads_none():
    """All words of such a program are code, whatever they look like."""
    found = {row.name for row in PROGRAMS.values() if set(row.operands) <= set("CR") and not row.notation}
    assert [name for name in found if PROGRAMS[name].is_strict] == []


def test_every_row_says_why_in_a_sentence():
    for program in PROGRAMS.values():
        assert program.why[0] == program.why[0].lower(), program.name
        assert not program.why.endswith("."), program.name


def written(option):
    return option.replace("~", "-", 1) if option.startswith("~") else option


def test_a_value_is_refused_as_the_argument_of_every_option_that_runs_code():
    for program, option, kind in CODE_OPTIONS:
        command = program.name.replace(" *", " other")
        name = written(option)
        attached = f"{name}=@" if option.startswith(("--", "~")) else f"{name}@"
        assert is_refused(f"{command} {attached}"), (command, attached)
        if kind not in ("*", "*,", "{?"):
            assert is_refused(f"{command} {name} @"), (command, name)


def test_options_that_run_code_are_needed(monkeypatch):
    """Without its kind, the option would let the value through, or the program refuses every value anyway."""
    for program, option, kind in CODE_OPTIONS:
        if kind.endswith(".") or is_refused(f"{program.name.replace(' *', ' other')} x-@"):
            continue
        with monkeypatch.context() as patch:
            patch.setitem(program.options, option, ":")
            name = written(option)
            line = f"{program.name.replace(' *', ' other')} {name} x@ x"
            free = refusal(line)
        assert free is None or free.reason != "evaluates", line


def own_lines(name, program):
    """Lines with this program alone, likely ones first."""
    command = name.replace(" *", " other")
    yield command
    yield from (f"{command} {rest}" for rest in ("@", "x @", "-- @", "x y z @", "-- x @", "x-@", "-- x y @"))
    for option in program.options:
        yield from (f"{command} {written(option)} {end}" for end in ("@", "x @", "x@"))
    yield from (line for line in CASES if name.rpartition(" ")[2].strip("*") in line)


def test_every_row_decides_something():
    """Each program has a line that comes out otherwise without its row."""
    for name, program in list(PROGRAMS.items()):
        with without_row(name):
            same = program_of(name)
        if same is not None and same.options is program.options:
            continue  # the name without its number has the same row
        assert any(decides(name, line) for line in own_lines(name, program)), name


@contextmanager
def without_row(name):
    row = PROGRAMS.pop(name)
    try:
        yield
    finally:
        PROGRAMS[name] = row


def decides(name, line):
    before = is_refused(line), JUDGE.reads_program(words_of(line))
    with without_row(name):
        return (is_refused(line), JUDGE.reads_program(words_of(line))) != before


@pytest.mark.parametrize("version", ["{}3", "{}3.11", "{}-12", "/usr/bin/{}", "/opt/x/bin/{}-1.2", "./{}2"])
def test_versions_and_paths_make_no_difference(version):
    for name, program in PROGRAMS.items():
        if " " not in name and name[-1].isalpha() and version.format(name).rpartition("/")[2] not in PROGRAMS:
            assert program_of(version.format(name)) is program, name


def test_a_flag_before_it_never_makes_a_value_harmless():
    """Options that take nothing, and options nobody knows, put in front of what was refused."""
    for line in lines(REFUSED):
        name, _, rest = line.partition(" ")
        program = program_of(name.strip("\"'"))
        if program is None or program.name in ("test", "[", "set", "printf", "-", "--", "capsh"):
            continue
        flags = [written(option) for option, kind in program.options.items() if not kind][:3]
        for flag in [*flags, "--nobody-knows", "--nobody-knows=x"]:
            assert is_refused(f"{name} {flag} {rest}"), (flag, line)


def test_a_value_more_never_makes_a_line_harmless():
    for line in lines(REFUSED):
        if not line.endswith(("]", ";", "+", '"', "'")):
            assert is_refused(f"{line} x@"), line


@pytest.mark.parametrize(
    "before",
    ["sudo", "env -i", "nice -n 5", "timeout 5", "xargs", "nohup", "busybox", "command", "docker exec c", "setsid"],
)
def test_what_is_refused_alone_is_refused_behind_another_program(before):
    for line in lines(REFUSED):
        assert is_refused(f"{before} {line}"), line
