"""Whatever others wrote, a terminal does nothing but show it."""

import io
import json
import os
import re
import sys
import unicodedata

import click
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitflow.cli.console.escape import escape, indented, one_line
from gitflow.cli.console.streams import Harmless
from gitflow.cli.console.tables import print_rows, print_value

COLOR = re.compile("\x1b\\[[0-9;:]{0,60}m")
TALKING = (
    "\x1b",
    "[",
    "31m",
    "\x1b[31m",
    "\x1b[0m",
    "\x1b[2J",
    "\x1b[1A",
    "\x1b]0;title\x07",
    "\x1b]8;;x\x1b\\",
    "\x9b",
)
OTHERS = (
    "2K",
    "\r",
    "\r\n",
    "\n",
    "\t",
    "\x08",
    "\x00",
    "\x7f",
    "\x85",
    "\u2028",
    "\u202e",
    "\u2066",
    "é",
    "🎉",
    "\udc9b",
)
COLORS = ("\x1b[38;5;1m", "\x1b[8m", "\x1b[?25l", "\x1bc", "\x1b[;m", "\x0b", "\x0c", "\x0e", "\x9d", "\\", '"', "{{")
PIECES = st.sampled_from(TALKING + OTHERS + COLORS)
HOSTILE = st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=12).map("".join)


def is_harmless(text):
    """No control character but line feed and tab, none that turns text round, nothing that ends a line unseen."""
    turning = {*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}
    return all(c in "\n\t" or (unicodedata.category(c) not in ("Cc", "Zl", "Zp") and c not in turning) for c in text)


@given(HOSTILE)
def test_nothing_that_a_terminal_acts_on_is_left(text):
    assert is_harmless(escape(text))
    assert is_harmless(one_line(text))
    assert "\n" not in one_line(text)


@given(HOSTILE)
def test_colours_alone_pass_where_they_may_and_end_with_their_line(text):
    shown = escape(text, colors=True)
    assert is_harmless(COLOR.sub("", shown))
    for line in shown.split("\n"):
        assert COLOR.findall(line)[-1:] in ([], ["\x1b[0m"], ["\x1b[m"])


@given(HOSTILE)
def test_what_is_escaped_stays_so(text):
    assert escape(escape(text)) == escape(text)
    assert escape(escape(text, True), True) == escape(text, True)


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cf", "Zl", "Zp", "Cs"])))
def test_harmless_text_is_left_alone(text):
    assert escape(text) == escape(text, True) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("50%\r100%\r\n", "50%\n100%\n"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[1A\x1b[2Kgone", "\\u001b[1A\\u001b[2Kgone"),
        ("\x1b]0;title\x07", "\\u001b]0;title\\u0007"),
        ("a\x9b2Jb", "a\\u009b2Jb"),
        ("user\u202etxt.exe", "user\\u202etxt.exe"),
        ("one\u2028two", "one\\u2028two"),
        ("שלום\u200f!", "שלום\u200f!"),
    ],
)
def test_what_is_written_instead(text, shown):
    assert escape(text) == shown


def test_the_lines_of_others_do_not_pass_for_ours():
    assert indented("a\rb\nc\r\n", "  ") == "a\n  b\n  c"
    assert indented("a\n\n", "  ") == "a\n  "
    assert one_line(" a\r\nb\tc ") == "a b c"


@pytest.fixture
def said(monkeypatch):
    """``said(act)``: what a terminal or another program gets of what ``act`` prints."""

    def printed(act):
        read, write = os.pipe()
        stream = Harmless(io.FileIO(write, "w"), "utf-8", True, False)
        with monkeypatch.context() as patched:
            patched.setattr("sys.stdout", stream)
            act()
        stream.close()
        with open(read, "rb") as file:
            return file.read().decode()

    return printed


EVERY = "".join(map(chr, [*range(0x100), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]))


def test_json_stays_the_same_json(said):
    value = {"line": EVERY, "surrogate": "\udc9b"}
    shown = said(lambda: print_value(value, "json"))
    assert is_harmless(shown)
    assert json.loads(shown) == value


def test_yaml_stays_the_same_yaml(said):
    value = {"line": EVERY, "lines": "one\n\u202etwo\n", "plain": "é\n"}
    shown = said(lambda: print_value(value, "yaml"))
    assert is_harmless(shown)
    assert yaml.safe_load(shown) == value


def test_a_cell_is_one_line_whatever_is_in_it(said):
    row = {"a": EVERY, "b": [EVERY], "c": {"d": EVERY}}
    shown = said(lambda: print_rows([row], "table", {"A": "a", "B": "b", "C": "c"}))
    assert is_harmless(shown)
    assert shown.count("\n") == 2


def test_what_writes_around_the_text_layer_finds_no_way(said):
    def act():
        click.echo("a\x9b")
        print("c", "\x9bd", sep="\x1b")
        sys.stdout.writelines(["e\x1b[1A", "\n"])
        click.echo(b"f\x1bc\xff")
        sys.stdout.buffer.write("g\x9b\n".encode())

    assert said(act) == "a\\u009b\nc\\u001b\\u009bd\ne\\u001b[1A\nf\\u001bc\\xff\ng\\u009b\n"
