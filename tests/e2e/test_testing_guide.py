"""The guide on tests of workflows: its files are valid, and what it shows is what is printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

GUIDE = Path(__file__).resolve().parent.parent.parent / "docs" / "how-to" / "testing-workflows.md"
BLOCKS = re.findall(r"```(yaml|text)\n(.*?)```", GUIDE.read_text(), re.S)
FILES = {text.partition("\n")[0].removeprefix("# "): text for kind, text in BLOCKS if kind == "yaml"}
SHOWN = [text for kind, text in BLOCKS if kind == "text"]


@pytest.fixture
def shop(gitflow):
    for name in (".workflows/order.yaml", ".workflows/order.test.yaml"):
        gitflow.write(name, FILES[name])
    return gitflow


def test_the_files_are_valid(shop):
    assert shop("validate").stdout == "no problems\n"


def test_the_tests_pass_as_shown(shop):
    assert shop("test").stdout == SHOWN[0]


def test_a_failed_expectation_is_told_as_shown(shop):
    shop.write(".workflows/wrong.test.yaml", FILES[".workflows/wrong.test.yaml"])
    assert shop("test", ".workflows/wrong.test.yaml").stdout == SHOWN[1]


def test_coverage_is_told_as_shown(shop):
    words = ("test", "--filter", "a small*", "--coverage")
    assert f"gitflow {words[0]} {words[1]} '{words[2]}' {words[3]}" in GUIDE.read_text()
    assert shop(*words).stdout == SHOWN[2]
