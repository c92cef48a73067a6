from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from gitflow.core.timestamps import rfc3339, rfc3339_or_none

THOUSANDTHS = st.integers(0, 4_102_444_800_000)


@given(THOUSANDTHS)
@example(1_700_000_000_000)
@example(1_700_000_000_001)
@example(1_700_000_000_999)
def test_it_is_the_time_to_the_thousandth_in_utc(thousandths):
    text = rfc3339(thousandths / 1000)
    assert datetime.fromisoformat(text) == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=thousandths)
    assert len(text) == (24 if thousandths % 1000 else 20)
    assert text.endswith("Z")


def test_what_is_finer_is_rounded_also_into_the_next_second():
    assert rfc3339(1.9996) == "1970-01-01T00:00:02Z"
    assert rfc3339(1.0004) == "1970-01-01T00:00:01Z"
    assert rfc3339(0.0126) == "1970-01-01T00:00:00.013Z"


def test_no_time_is_none():
    assert rfc3339_or_none(None) is None
    assert rfc3339_or_none(0) == "1970-01-01T00:00:00Z"


@given(st.floats(allow_nan=False, allow_infinity=True) | st.integers())
def test_any_time_is_written_somehow(at):
    """A commit may claim any date, and one page must not fail by it."""
    assert len(rfc3339(at)) in (20, 24)


def test_a_time_that_no_year_can_hold_is_the_last_that_can_be_written():
    assert rfc3339(1e18) == "9999-12-31T23:59:59Z"
    assert rfc3339(-1e18) == "0001-01-01T00:00:00Z"
