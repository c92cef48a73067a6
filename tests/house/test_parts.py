"""Tests that need a part which not every machine has: what their markers do, and which command runs them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import parts

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parent.parent.parent

TESTS = """
import pytest, parts

@pytest.fixture
def page():
    raise AssertionError("no fixture runs where the part is missing")

@pytest.mark.browser("sh", "no-such-browser")
def test_of_a_page(page):
    pass

@pytest.mark.postgres("sh")
def test_of_a_database():
    pass

@pytest.mark.containers
def test_of_a_container():
    parts.lack("no daemon answers")

def test_of_nothing_else():
    pass
"""


@pytest.fixture
def run(pytester, monkeypatch):
    """The tests above, in this process; what each came to by its name."""

    def run(*words: str, ci: str | None) -> tuple[pytest.RunResult, dict[str, str]]:
        monkeypatch.delenv("CI", raising=False)
        if ci is not None:
            monkeypatch.setenv("CI", ci)
        pytester.makepyfile(test_parts_here=TESTS)
        ended = pytester.runpytest_inprocess("-p", "parts", "--strict-markers", "-v", *words)
        return ended, dict(re.findall(r"::(test_\w+) (\w+)", ended.stdout.str()))

    return run


def test_a_test_is_skipped_with_its_reason_where_its_part_is_missing(run):
    ended, came_to = run("-rs", ci=None)
    assert came_to == {
        "test_of_a_page": "SKIPPED",
        "test_of_a_database": "PASSED",
        "test_of_a_container": "SKIPPED",
        "test_of_nothing_else": "PASSED",
    }
    ended.stdout.fnmatch_lines(["SKIPPED*no-such-browser is not installed", "SKIPPED*no daemon answers"])


def test_it_fails_in_continuous_integration(run):
    ended, came_to = run(ci="true")
    assert came_to == {
        "test_of_a_page": "ERROR",
        "test_of_a_database": "PASSED",
        "test_of_a_container": "FAILED",
        "test_of_nothing_else": "PASSED",
    }
    ended.stdout.fnmatch_lines(["no-such-browser is not installed, and continuous integration must have it"])


def test_one_marker_chooses_all_that_need_any_part(run):
    assert run("-m", "not part", ci=None)[1].keys() == {"test_of_nothing_else"}
    assert run("-m", "part", ci=None)[1].keys() == {"test_of_a_page", "test_of_a_database", "test_of_a_container"}


def test_make_test_leaves_them_out_and_make_check_runs_both():
    rules = dict(re.findall(r"^(\w+):.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert f'-m "not {parts.ANY}"' in rules["test"]
    assert "$(MAKE) --no-print-directory test\n" in rules["check"]
    assert f'-m "{parts.ANY} and not cluster"\n' in rules["check"]
    assert "pytest -m cluster\n" in rules["check"]
