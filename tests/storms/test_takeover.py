"""A short storm over two servers with agents: one after the other dies, and nothing is lost or doubled."""

import pytest

from storms import takeover

pytestmark = pytest.mark.postgres


def test_servers_that_are_killed_stopped_and_frozen_lose_nothing_and_repeat_nothing(monkeypatch):
    monkeypatch.setattr(takeover, "MIN_PAUSE_S", 1.0)
    monkeypatch.setattr(takeover, "MAX_PAUSE_S", 3.0)
    wrong, figures = takeover.storm(7, jobs=40, agents=2)
    assert wrong == []
    assert figures["jobs"] - figures["fires"] == 40
    assert [figures[f"{what} servers"] for what in takeover.EVENTS] == [1, 1, 1]
