"""The table of `gitflow jobs` at the widths of terminals."""

from __future__ import annotations

import pytest

from gitflow.cli.console.job_table import HEADINGS, fitted

ROW = dict(
    zip(
        HEADINGS,
        ("9569a5ef", "completed", "t", "shop", "trigger", "0123456789ab", "11-30 07:09", "12 min", "1 min 05 s"),
        strict=True,
    )
)


def width_of(lines: list[list[str]]) -> int:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return sum(widths) + 2 * (len(widths) - 1)


@pytest.mark.parametrize("length", [1, 10, 20, 30, 60, 200])
@pytest.mark.parametrize("several", [False, True])
def test_the_table_fits_80_columns_and_keeps_ages_and_durations(length: int, several: bool):
    other = {"WORKSPACE": "billing"} if several else {}
    lines = fitted([ROW, ROW | {"TASK": "x" * length} | other], 80)
    assert width_of(lines) <= 80
    assert lines[0][0] == "JOB"
    assert lines[0][-2:] == ["AGE", "TOOK"]
    assert ("WORKSPACE" in lines[0]) is several


def test_a_name_is_cut_only_once_nothing_else_can_be_left_out():
    lines = fitted([ROW | {"TASK": "x" * 100}], 80)
    assert [each for each in HEADINGS if each not in lines[0]] == ["WORKSPACE", "SOURCE", "COMMIT", "CREATED"]
    assert lines[1][2].endswith("x…")
    assert width_of(lines) == 80


def test_nothing_is_left_out_where_there_is_no_width():
    lines = fitted([ROW | {"TASK": "x" * 100}], None)
    assert lines[0] == [each for each in HEADINGS if each != "WORKSPACE"]
    assert lines[1][2] == "x" * 100


def test_no_jobs_are_a_line_of_headings():
    assert fitted([], 80) == [[each for each in HEADINGS if each != "WORKSPACE"]]
