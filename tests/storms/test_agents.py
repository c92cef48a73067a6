"""A short simulation of agents: whatever is cut, killed, drained or replaced, the laws hold."""

import pytest

from gitflow.runtime.worker.far_agent import FarAgent
from storms import agents, databases


@pytest.fixture(autouse=True)
def _sqlite(monkeypatch):
    monkeypatch.setenv(databases.VARIABLE, "sqlite")


@pytest.mark.parametrize("seed", range(3))
def test_no_attempt_begins_twice_and_no_end_is_lost_whatever_happens_to_agents_and_servers(seed):
    wrong, figures = agents.storm(seed, jobs=15)
    assert wrong == []
    assert figures["attempts"] > 5


def test_the_same_seed_gives_the_same_course():
    assert agents.storm(11, jobs=8) == agents.storm(11, jobs=8)


def test_a_lease_that_counts_no_pings_is_found(monkeypatch):
    monkeypatch.setattr(FarAgent, "heard_at", lambda agent: agent._known_since)
    wrong, _ = agents.storm(2, jobs=30)
    assert any("its agent had been heard of" in each for each in wrong)


@pytest.mark.postgres
def test_a_server_that_was_replaced_changes_nothing_whatever_its_agents_told_it(monkeypatch):
    monkeypatch.setenv(databases.VARIABLE, "postgresql")
    wrong, figures = agents.storm(3, jobs=8)
    assert wrong == []
    assert figures["servers replaced"] > 0
