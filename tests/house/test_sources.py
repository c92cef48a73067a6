"""The house stays small and says what its rooms are for."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent

SOURCES = sorted((ROOT / "src").rglob("*.py"))

#: Lines; a file is looked at twice long before that.
LONGEST_FILE = 400


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT / "src").as_posix())
def test_a_file_says_what_it_is_for_and_is_not_too_long(path):
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text)), "no first line that says what it is for"
    assert len(text.splitlines()) <= LONGEST_FILE


def test_nothing_is_left_to_do_in_comments():
    marks = ("TO" + "DO", "FIX" + "ME", "X" * 3)
    left = [path for path in SOURCES if any(mark in path.read_text() for mark in marks)]
    assert left == []


def test_every_runtime_dependency_says_in_a_line_what_it_is_for():
    text = (ROOT / "pyproject.toml").read_text()
    inside = text[text.index("dependencies = [") : text.index("]\n", text.index("dependencies = ["))]
    bare = [line for line in inside.splitlines()[1:] if line.strip() and "#" not in line]
    assert bare == []
