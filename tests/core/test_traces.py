"""The traceparent of W3C Trace Context, read and written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.traces import Trace, trace_of, traceparent_of

GOOD = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
HEX = st.text("0123456789abcdef")


def test_the_parts_of_a_traceparent_are_told_apart():
    assert trace_of(GOOD) == Trace("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")
    assert trace_of(GOOD[:-1] + "0") == Trace("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", is_sampled=False)


def test_a_later_version_may_have_more():
    assert trace_of("cc" + GOOD[2:] + "-what-the-future-brings") == trace_of(GOOD)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "x",
        GOOD.upper(),
        GOOD + "-more",
        "ff" + GOOD[2:],
        GOOD[:-3],
        GOOD.replace("4bf92f3577b34da6a3ce929d0e0e4736", "0" * 32),
        GOOD.replace("00f067aa0ba902b7", "0" * 16),
        GOOD.replace("-", "_"),
        GOOD.replace("4bf9", "é"),
    ],
)
def test_what_is_none_is_none(text):
    assert trace_of(text) is None


@given(st.text() | st.lists(HEX, max_size=6).map("-".join))
def test_nothing_breaks_it_and_what_it_reads_it_writes(text):
    trace = trace_of(text)
    assert trace is None or trace_of(traceparent_of(trace)) == trace
