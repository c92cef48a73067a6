"""Copies with some fields changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.copying import copier
from gitflow.core.job import Job, StepRun
from gitflow.core.record import replace

NUMBERS = ("attempt", "open_needs", "first_attempt", "due_at", "started_at")


@given(
    st.dictionaries(st.sampled_from(NUMBERS), st.integers()), st.dictionaries(st.sampled_from(NUMBERS), st.integers())
)
def test_a_copy_is_what_replace_gives(first, changes):
    run = StepRun("build", **first)
    before = replace(run)
    assert copier(StepRun)(run, **changes) == replace(run, **changes)
    assert run == before


def test_a_field_that_is_not_there_is_refused():
    with pytest.raises(KeyError):
        copier(StepRun)(StepRun("build"), nobody=1)


@pytest.mark.parametrize("kind", [StepRun, Job])
def test_the_engines_rows_may_be_copied_so(kind):
    assert not hasattr(kind, "__post_init__")
    assert set(kind.__match_args__) == set(kind.__slots__)
