"""What the inspected state of an ended container means."""

from __future__ import annotations

import pytest

from gitflow.runners.containers.endings import late_note

#: As podman 4 prints it: nanoseconds, and the zone of the machine.
FINISHED = {"FinishedAt": "2026-11-30T11:43:18.327460074+01:00"}
FINISHED_AT = 1796035398.327460


def test_an_end_that_was_reported_long_after_it_is_noted_in_the_log() -> None:
    assert "was reported 20 s late" in late_note(FINISHED, FINISHED_AT + 20.2)


@pytest.mark.parametrize(
    ("state", "now"),
    [
        (FINISHED, FINISHED_AT + 14.9),
        (FINISHED, FINISHED_AT - 3600.0),
        ({"FinishedAt": "0001-01-01T00:00:00Z"}, FINISHED_AT),
        ({}, FINISHED_AT),
    ],
    ids=["soon", "another clock", "never started", "an unknown runtime"],
)
def test_without_a_delay_there_is_no_note(state: dict[str, str], now: float) -> None:
    assert late_note(state, now) == ""
