"""``gitflow --help`` shows without click what click shows, at every width."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from gitflow.cli.quick_help import WIDTHS, path_of

MODULES = (
    "import sys, os\n"
    "from gitflow.cli import main, quick_help\n"
    "from gitflow.cli.console import exits\n"
    "def leave(status):\n"
    "    sys.stdout.flush(); print('click' in sys.modules, file=sys.stderr); os._exit(status)\n"
    "exits.leave = exits.end = leave\n"
)
QUICK = MODULES + "main.main(sys.argv[1:])"
BY_CLICK = MODULES + "quick_help.read_help = lambda: None\nmain.main(sys.argv[1:])"


def shown(code: str, *words: str, **environ: str) -> tuple[int, str, bool]:
    """Status and output of the command, and whether it has loaded click."""
    env = {name: value for name, value in os.environ.items() if name != "COLUMNS"} | environ
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False, env=env)
    return done.returncode, done.stdout, done.stderr.split()[-1:] == ["True"]


@pytest.mark.parametrize("columns", [*map(str, WIDTHS), "200", "60", "81", "x", ""])
def test_the_help_is_that_of_click(columns: str) -> None:
    status, text, _ = shown(QUICK, "--help", COLUMNS=columns)
    assert (status, text, True) == shown(BY_CLICK, "--help", COLUMNS=columns)
    assert status == 0
    assert text.startswith("Usage: gitflow ")


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_the_usual_widths_need_no_click(word: str) -> None:
    assert [shown(QUICK, word, COLUMNS=columns)[2] for columns in ("80", "100", "200", "90")] == [
        False,
        False,
        False,
        True,
    ]
    assert not shown(QUICK, word)[2]


def test_help_of_a_command_is_that_of_click() -> None:
    assert shown(QUICK, "--help", "run")[2]
    assert shown(QUICK, "run", "--help")[2]


def test_a_text_is_there_for_each_width() -> None:
    assert all(os.path.exists(path_of(columns)) for columns in WIDTHS)
