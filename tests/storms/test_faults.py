"""A write that fails, wherever it is: the run comes to what it would have come to, or says so and is settled."""

import pytest
from storms.faulty import Faults, writes

from storms import faults

FEW = 40  #: every so many-th write


@pytest.fixture(scope="module")
def came_to():
    return faults.storm(7, FEW)


def test_a_write_that_fails_loses_nothing_and_repeats_nothing(came_to):
    wrong, figures = came_to
    assert wrong == []
    assert figures["went on"] >= 2


def test_a_process_that_ends_at_a_write_is_settled_by_the_next(came_to):
    _, figures = came_to
    assert figures["killed"] >= 2


def test_a_store_that_stays_unwritable_ends_the_run_with_a_sentence(came_to):
    _, figures = came_to
    assert figures["ended with a StoreError"] >= 2


def test_what_writes_is_told_from_what_reads():
    counted = Faults()
    for sql in (
        "-- why\nINSERT INTO t VALUES (1)",
        "BEGIN IMMEDIATE",
        "COMMIT",
        "select 1",
        "PRAGMA foreign_keys = on",
    ):
        with counted.around(sql):
            pass
    assert counted.count == 3
    assert not writes("")
