"""Schedules around the changes of clocks, in every zone there is, beside a reference that counts minutes."""

import random
from zoneinfo import available_timezones

import pytest

from storms import schedule

#: One of each kind; ``python -m storms schedule`` tries others at every change of every zone.
EXPRESSIONS = (
    "30 2 * * *",
    "15,45 0-3 * * *",
    "0 0 * * *",
    "*/30 * * * *",
    "5 */2 * * *",
    "20 10 1 * * 0,6",
    "30-30 22-3 * * *",
    "50-10/10 2-2 * * 6-0",
)


@pytest.fixture(scope="module")
def kinds_of_change():
    """Of all changes of all zones in these years, one for each wall and step: zones share their rules."""
    found = {}
    for zone in sorted(available_timezones()):
        for change in schedule.changes_of(zone, 2025, 2026):
            wall = schedule.datetime.fromtimestamp(change.at - 1, schedule.ZoneInfo(zone))
            found.setdefault((wall.hour, wall.minute, change.by, wall.weekday()), change)
    return list(found.values())


def test_clocks_change_in_many_ways(kinds_of_change):
    assert len(kinds_of_change) >= 15
    assert {change.by for change in kinds_of_change} >= {-3600, -1800, 1800, 3600}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_schedule_fires_as_the_reference_counts(kinds_of_change, expression):
    assert [wrong for change in kinds_of_change for wrong in schedule.compare(expression, change)] == []


def test_any_expression_fires_as_the_reference_counts(kinds_of_change):
    chance = random.Random(7)
    for change in chance.sample(kinds_of_change, 8):
        for expression in schedule.some_expressions(chance, 3):
            assert schedule.compare(expression, change) == []
