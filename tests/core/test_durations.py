"""Durations and times as authors write them."""

import json
import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.durations import MAX_S, exact, moment, seconds
from gitflow.core.timestamps import rfc3339

SCHEMA = json.loads((pathlib.Path(__file__).parents[2] / "schemas/workspace.json").read_text())["$defs"]["duration"]
DURATION = SCHEMA["pattern"].replace("(?=.)", "")


def said(read, written):
    """What reading it complains of."""
    try:
        read(written)
    except ValueError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("written", "length"),
    [(90, 90), (1.5, 1.5), ("90", 90), ("1h30m", 5400), ("45s", 45), ("500ms", 0.5), ("1d", 86400), (" 2m ", 120)],
)
def test_a_duration_is_a_number_of_seconds_or_amounts_with_units(written, length):
    assert seconds(written) == length


@given(st.integers(0, int(MAX_S)).map(lambda ms: ms / 1000))
def test_what_is_written_for_a_duration_is_read_as_the_same(length):
    assert abs(seconds(exact(length)) - length) < 0.0005


@pytest.mark.parametrize(("length", "text"), [(0, "0s"), (1, "1s"), (5400.25, "1h30m250ms"), (86400, "1d")])
def test_a_duration_is_written_with_its_units(length, text):
    assert exact(length) == text


@pytest.mark.parametrize(
    "wrong",
    ["", "soon", "1x", "-1", -1, "1 h", "h", True, None, [], {}, "1.5h", float("nan"), "²", "٣s", "9" * 41 + "d", 1e30],
)
def test_anything_else_is_refused(wrong):
    with pytest.raises(ValueError, match="a duration is"):
        seconds(wrong)


@given(st.text() | st.integers() | st.floats() | st.none() | st.text("0123456789dhms ", max_size=60))
def test_whatever_is_written_gives_a_length_or_a_sentence(written):
    assert said(seconds, written).startswith("a duration is") or 0 <= seconds(written) <= MAX_S


@given(st.from_regex(DURATION, fullmatch=True).filter(bool) | st.integers(0, SCHEMA["maximum"]))
def test_what_the_schema_allows_is_a_length(written):
    assert 0 <= seconds(written) <= MAX_S


def test_a_moment_is_one_that_can_be_written_again():
    assert rfc3339(moment("9999-12-31T23:59:59Z")) == "9999-12-31T23:59:59Z"
    assert "before the year 10000" in said(moment, "9999-12-31T23:59:59-12:00")


def test_a_moment_without_an_offset_is_utc():
    assert moment("1970-01-01T01:00:00+01:00") == 0
    assert moment("1970-01-01T00:00:00Z") == moment("1970-01-01T00:00:00") == 0


@given(st.text() | st.integers() | st.none())
def test_whatever_is_written_gives_a_moment_or_a_sentence(written):
    assert said(moment, written).startswith("a time is") or isinstance(moment(written), float)
