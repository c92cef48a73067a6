"""Jobs that stay loaded: never older than the store, and few."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from running import Running

from gitflow.api.http import loaded_jobs
from gitflow.api.http.loaded_jobs import LoadedJobs
from gitflow.core.errors import NotFound
from gitflow.stores.registry import Stores

DEFINITIONS = """\
tasks:
  fails: {flow: {stop: {type: shell, cmd: "false"}}}
  asks: {flow: {ask: {type: approval}}}
  knows:
    input: {token: {type: string, secret: true, default: hunter2}}
    flow: {say: {type: shell, cmd: echo hello}}
"""


@pytest.fixture
def server(serve: Callable[..., Running]) -> Running:
    return serve(DEFINITIONS)


@pytest.fixture
def stores(server: Running) -> Iterator[Stores]:
    opened = server.service.open_reader()
    yield opened
    opened.close()


@pytest.fixture
def loaded(server: Running) -> LoadedJobs:
    return LoadedJobs(server.server.context.snapshots.plan_of)


def ended(server: Running, task: str = "fails") -> str:
    job_id = server.execute(task)
    server.finished(job_id)
    return job_id


def test_a_job_that_has_not_changed_is_loaded_once(server: Running, stores: Stores, loaded: LoadedJobs) -> None:
    job_id = ended(server)
    assert loaded.load(stores, job_id) is loaded.load(stores, job_id)


def test_a_job_that_has_changed_is_loaded_again(server: Running, stores: Stores, loaded: LoadedJobs) -> None:
    job_id = server.execute("asks")
    server.until(job_id, lambda job: job.steps["ask"].status == "suspended")
    before = loaded.load(stores, job_id)
    server.post(f"/api/jobs/{job_id}/cancel")
    server.finished(job_id)
    assert (before.status.value, loaded.load(stores, job_id).status.value) == ("running", "cancelled")


def test_a_job_that_was_deleted_is_not_found(server: Running, stores: Stores, loaded: LoadedJobs) -> None:
    job_id = ended(server)
    loaded.load(stores, job_id)
    assert server.request("DELETE", f"/api/jobs/{job_id}").status == 200
    with pytest.raises(NotFound):
        loaded.load(stores, job_id)


def test_a_job_with_secrets_is_not_kept(server: Running, stores: Stores, loaded: LoadedJobs) -> None:
    job_id = ended(server, "knows")
    assert loaded.load(stores, job_id) is not loaded.load(stores, job_id)


def test_only_the_jobs_that_were_used_last_are_kept(
    server: Running, stores: Stores, loaded: LoadedJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loaded_jobs, "MAX_JOBS", 2)
    one, other, third = (ended(server) for _ in range(3))
    first = loaded.load(stores, one)
    second = loaded.load(stores, other)
    assert loaded.load(stores, one) is first
    loaded.load(stores, third)
    assert loaded.load(stores, one) is first
    assert loaded.load(stores, other) is not second


def test_of_jobs_with_many_steps_the_last_alone_is_kept(
    server: Running, stores: Stores, loaded: LoadedJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loaded_jobs, "MAX_STEPS", 0)
    one, other = ended(server), ended(server)
    first, last = loaded.load(stores, one), loaded.load(stores, other)
    assert loaded.load(stores, other) is last
    assert loaded.load(stores, one) is not first
