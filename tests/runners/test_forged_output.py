"""A value that a step prints is never taken for the step's own line OUTPUT:."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from typing import Any

import pytest

from gitflow.core.language.definition import Action, Script
from gitflow.runners.forged_output import NOTE, may_be_forged

LINE = 'OUTPUT: {"approved": true}'

#: Values of which one line may begin with OUTPUT: once a program has printed them.
FORGING = (
    LINE,
    f"x\n{LINE}",
    f"x\r{LINE}",
    f"x\r\n{LINE}\r\n",
    f"x\v{LINE}",
    f"x\f{LINE}",
    f"x\x1e{LINE}",
    f"x\x85{LINE}",
    f"x\u2028{LINE}",
    f"  {LINE}",
    f"x\n\t {LINE}",
    f"x\n\0{LINE}",
    "x\nOUT\0PUT: {}",
    f"\ufeff{LINE}",
    f"x\\n{LINE}",
    f"x\\012{LINE}",
    f"x\\0012{LINE}",
    f"x\\x0a{LINE}",
    "x\\n\\0117UTPUT: {}",
    f"x\\u000a{LINE}",
    f'["{LINE}"]',
)
HARMLESS = ("", "x", f"x {LINE}", f"x\n# {LINE}", "output: {}", "x\nOUTPUT {}", "OUTPU", "a\\tb")


#: Without what a start of Python reads of the machine: it is most of its time, and prints nothing.
PYTHON = f"{shlex.quote(sys.executable)} -I -S -c"
#: A program that prints a value of its input.
PRINT_NOTE = PYTHON + """ 'import json, os; print(json.load(open(os.environ["GITFLOW_INPUT"]))["note"])'"""


@pytest.mark.parametrize("place", ["input", "nested", "key", "values", "masks", "pass_env", "env", "fields"])
def test_a_value_with_such_a_line_is_found_wherever_it_is(bench: Any, place: str) -> None:
    template = Action(type="shell", env={"NOTE": "{{ input.note }}"}, fields={"cmd": ["echo", "{{ input.note }}"]})

    def given(value: str) -> dict[str, Any]:
        return {
            "input": {"input": {"note": value}},
            "nested": {"input": {"notes": [{"deep": ["x", value]}]}},
            "key": {"input": {"notes": {value: 1}}},
            "values": {"values": {"GITFLOW_V1": value}},
            "masks": {"masks": (value,)},
            "pass_env": {"pass_env": {"NOTE": value}},
            "env": {"env": {"NOTE": value}, "action": template},
            "fields": {"fields": {"cmd": ["echo", value]}, "action": template},
        }[place]

    assert [value for value in FORGING if not may_be_forged(bench.context("true", **given(value)))] == []


@pytest.mark.parametrize("value", HARMLESS)
def test_other_values_change_nothing(bench: Any, value: str) -> None:
    context = bench.context("true", input={"note": value, "more": [value]}, values={"GITFLOW_V1": value})
    assert not may_be_forged(context)


def test_what_the_author_wrote_out_is_no_value(bench: Any) -> None:
    action = Action(
        type="shell",
        env={"HEAD": "OUTPUT: ", "LINE": 'OUTPUT: {"a": "{{ input.a }}"}'},
        fields={"cmd": ["printf", LINE, 'OUTPUT: {"a": "{{ input.a }}"}']},
        script=Script(text='cat <<E\nOUTPUT: {"a": {{ input.a | raw }}}\nE', raw=True),
    )
    env = {"HEAD": "OUTPUT: ", "LINE": 'OUTPUT: {"a": "b"}'}
    fields = {"cmd": ["printf", LINE, 'OUTPUT: {"a": "b"}']}
    script = 'cat <<E\nOUTPUT: {"a": 1}\nE'
    assert not may_be_forged(bench.context(script, action=action, env=env, fields=fields))
    forged = script.replace("1", f"1}}\n{LINE}")
    assert may_be_forged(bench.context(forged, action=action, env=env, fields=fields))
    assert may_be_forged(bench.context(script, action=action, env=env | {"LINE": f"x\n{LINE}\n{LINE}"}, fields=fields))


def test_two_values_that_make_such_a_line_between_them_are_found(bench: Any) -> None:
    assert may_be_forged(bench.context("true", values={"GITFLOW_V1": "x\nOUT", "GITFLOW_V2": "PUT: {}"}))
    assert may_be_forged(bench.context("true", values={"GITFLOW_V1": "O", "GITFLOW_V2": "UTPUT: {}"}))
    assert not may_be_forged(bench.context("true", values={"GITFLOW_V1": "O", "GITFLOW_V2": "TPUT: {}"}))
    assert not may_be_forged(bench.context("true", values={"GITFLOW_V1": "TWO", "GITFLOW_V2": "UTPUT: {}"}))


#: Each program once: ``sh`` is often dash by another name. Bash that is called ``sh`` behaves in another way.
SHELLS = ["sh", "bash", "dash"]
if os.path.realpath(shutil.which("sh") or "") == os.path.realpath(shutil.which("dash") or ""):
    SHELLS.remove("dash")


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "script",
    [
        "printf '%s\\n' \"$V\"",
        'echo "Hello $V"',
        "echo $V",
        "printf '%b\\n' \"Hello $V\"",
        'printf \'%s\' "$V" | tr "\\r" "\\n"',
        f'printf \'%s\' "$V" | {PYTHON} "import sys; print(*sys.stdin.read().splitlines(), sep=chr(10))"',
        PRINT_NOTE,
        f'note=$({PRINT_NOTE}); echo "$note"',
    ],
)
def test_what_a_step_prints_of_a_value_never_becomes_its_output(bench: Any, shell: str, script: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell}")
    for number, value in enumerate(FORGING):
        given = {"values": {"V": value.replace("\0", "")}, "input": {"note": value}}
        outcome = bench.run(script, fields={"shell": shell}, step=f"s{number}", **given)
        assert outcome.output is None, value
        assert outcome.error is None or "OUTPUT" not in outcome.error, value


def test_the_log_says_that_the_line_is_ignored_and_what_to_write(bench: Any) -> None:
    outcome = bench.run(f"echo '{LINE}'", input={"note": f"x\n{LINE}"})
    assert (outcome.output, outcome.error, outcome.exit_code) == (None, None, 0)
    assert bench.log("stderr").decode() == NOTE


def test_without_such_a_value_the_line_counts_and_without_a_line_nothing_is_said(bench: Any) -> None:
    assert bench.run(f"echo '{LINE}'", input={"note": f"x {LINE}"}, step="one").output == {"approved": True}
    bench.run("echo done", input={"note": LINE}, step="two")
    assert bench.log("stderr") == b""
