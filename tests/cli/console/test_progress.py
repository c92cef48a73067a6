"""What people read about time and colour."""

import io

import pytest

from gitflow.cli.console.progress import PLAIN_SIGNS, SHOWN, SIGNS, seconds, wants_color


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (0.0124, "12 ms"),
        (0.9994, "999 ms"),
        (3.44, "3.4 s"),
        (125, "2 min 05 s"),
        (3599.6, "1 h 00 min"),
        (7260, "2 h 01 min"),
    ],
)
def test_a_duration_is_told_in_units_that_fit(duration, text):
    assert seconds(duration) == text


def test_colour_is_for_terminals_that_have_it_and_people_who_want_it():
    assert wants_color(Terminal(), {})
    assert wants_color(Terminal(), {"NO_COLOR": ""})
    assert not wants_color(Terminal(), {"NO_COLOR": "1"})
    assert not wants_color(Terminal(), {"TERM": "dumb"})
    assert not wants_color(io.StringIO(), {})


def test_every_state_has_a_sign_and_a_plain_one():
    assert set(SIGNS) == set(PLAIN_SIGNS) >= set(SHOWN.values())
    assert all(sign.isascii() for sign in PLAIN_SIGNS.values())
