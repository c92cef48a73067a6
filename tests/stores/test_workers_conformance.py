"""What every store keeps of workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitflow.core.errors import NotFound
from gitflow.stores.protocols.workers import WorkerRow
from gitflow.stores.registry import open_stores


def row(id: str, at: float, *tags: str) -> WorkerRow:
    return WorkerRow(id, f"embedded@{id}", tags, "1.0", at, at)


@pytest.fixture
def stores(tmp_path: Path):
    with open_stores(str(tmp_path / "state"), synchronous="normal") as opened:
        yield opened


def test_workers_are_listed_newest_first_and_found_by_id(stores):
    for number in range(3):
        stores.workers.register(row(str(number), float(number), "gpu"))
    assert [worker.id for worker in stores.workers.workers()] == ["2", "1", "0"]
    assert [worker.id for worker in stores.workers.workers(limit=1, offset=1)] == ["1"]
    assert stores.workers.worker("1") == row("1", 1.0, "gpu")
    with pytest.raises(NotFound):
        stores.workers.worker("9")


def test_a_worker_is_heard_of_ends_and_is_forgotten(stores):
    stores.workers.register(row("a", 1.0))
    stores.workers.beat("a", 5.0, 3)
    heard = stores.workers.worker("a")
    assert (heard.last_heartbeat, heard.running, heard.ended_at) == (5.0, 3, None)
    stores.workers.end("a", 6.0)
    assert (stores.workers.worker("a").running, stores.workers.worker("a").ended_at) == (0, 6.0)
    stores.workers.forget(6.0)
    assert stores.workers.worker("a").id == "a"
    stores.workers.forget(7.0)
    assert stores.workers.workers() == []


def test_another_connection_notices_that_something_was_written(stores, tmp_path: Path):
    with open_stores(str(tmp_path / "state"), synchronous="normal") as other:
        before = other.jobs.changes()
        assert other.jobs.changes() == before
        stores.workers.register(row("a", 1.0))
        assert other.jobs.changes() != before
