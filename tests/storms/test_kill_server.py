"""A short storm over a server: it is killed a few times while it is called, and the last one finds all in order."""

from storms import kill_server


def test_a_server_that_is_killed_again_and_again_loses_nothing_and_repeats_nothing():
    wrong, figures = kill_server.storm(7, 3)
    assert wrong == []
    assert figures["jobs"] >= 10
