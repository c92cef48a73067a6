"""Each way to break the tables by one row is noticed by the story of that row, or by its want of one."""

import pytest

from gitflow.core.machine.moves import JOB_MOVES, MOVES
from storms import mutate


@pytest.mark.parametrize(
    ("table", "told", "count"),
    [
        (MOVES, mutate.stories.STORIES, mutate.stories.test_every_row_has_a_story),
        (JOB_MOVES, mutate.stories.JOB_STORIES, mutate.stories.test_every_row_of_jobs_has_a_story),
    ],
    ids=["steps", "jobs"],
)
def test_every_broken_row_is_noticed(table, told, count):
    story = mutate.STORY_OF[type(next(iter(table))[0])]
    original = dict(table)
    for kind, row, after in mutate.mutants(original):
        mutate.with_row(table, row, after)
        noticed = mutate.fails(count) or (row in told and mutate.fails(lambda row=row: story(row)))
        mutate.restore(table, original)
        assert noticed, f"{kind} {row} -> {after}"
