"""Lets the tests of this folder import what they share (``cluster.py``), and gives each a cluster of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cluster import Cluster

from podman_part import podman as podman


@pytest.fixture
def make_cluster(tmp_path: Path) -> Iterator[Callable[..., Cluster]]:
    made: list[Cluster] = []

    def make(**given: object) -> Cluster:
        made.append(Cluster(tmp_path, **given))
        return made[-1]

    yield make
    for cluster in made:
        cluster.close()


@pytest.fixture
def cluster(make_cluster: Callable[..., Cluster]) -> Cluster:
    """A server without a worker of its own, and one agent."""
    made = make_cluster()
    made.start_server()
    made.start_agent("one", "--slots", "4")
    made.connected()
    return made
