"""A short storm over the store: what was acknowledged ends as it should, whatever befalls the file."""

from storms import store

SECONDS = 2.5


def test_every_acknowledged_job_ends_right_though_the_store_is_busy_read_only_or_full_at_times():
    wrong, figures = store.storm(4, SECONDS, jobs=5)
    assert wrong == []
    assert figures["jobs"] >= 5
    assert {"busy", "read-only", "full"} & figures.keys()
