"""A short soak; and a soak notices what it is there for."""

import pytest

from storms import soak

#: In the last one, what the server has no more use for is swept away.
ROUNDS = 4


def test_a_server_under_load_grows_in_nothing_and_loses_nothing():
    wrong, figures = soak.storm(5, 0, ROUNDS)
    assert wrong == []
    assert figures["rounds"] == ROUNDS
    assert figures["completed"] >= 10


FLAT = {"descriptors": 37, "threads": 9, "resident KiB": 70_000, "database KiB": 400}


def held(what, rounds):
    """As each round left it; everything else is flat."""
    return [FLAT | {what: FLAT[what] + more} for more in rounds]


@pytest.mark.parametrize(
    ("what", "a_round"), [("descriptors", 1), ("threads", 2), ("resident KiB", 800), ("database KiB", 60)]
)
def test_what_grows_a_little_each_round_is_noticed(what, a_round):
    (wrong,) = soak.grown(held(what, [a_round * n for n in range(18)]))
    assert wrong.startswith(f"{what} grew from ")


@pytest.mark.parametrize("what", FLAT)
def test_a_warm_up_and_a_peak_are_no_growth(what):
    assert soak.grown(held(what, [0, 1000, 2000, *[9000] * 6, 50_000, *[9000] * 5])) == []


def test_too_few_rounds_tell_nothing():
    assert soak.grown([FLAT, FLAT]) == ["2 rounds are too few to tell"]
