"""A short simulation: whatever happens to many jobs at once, what must hold holds."""

import pytest

from gitflow.core.jobs.concurrency import Decision
from storms import simulate, world


@pytest.mark.parametrize("seed", range(4))
def test_what_must_hold_holds_whatever_happens_to_many_jobs(seed):
    wrong, figures = simulate.storm(seed, jobs=60)
    assert wrong == []
    assert figures["jobs"] > 60
    assert figures["events"] > 200


def test_the_same_seed_gives_the_same_course():
    assert simulate.storm(7, jobs=40) == simulate.storm(7, jobs=40)


def test_a_broken_limit_is_found_and_the_seed_is_told(monkeypatch):
    monkeypatch.setattr(world, "decide", lambda holders, waiters: _admit_all(waiters))
    wrong, _ = simulate.storm(3, jobs=60)
    assert wrong[0].startswith("seed 3, after ")
    assert "holds more than it may" in wrong[0]


def _admit_all(waiters):
    return Decision(tuple(one.job_id for one in waiters))
