"""The engine with its jobs in PostgreSQL: few round trips, and connections that break at the worst moment."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from database_proxy import DatabaseProxy, proxy_before
from gitflow.app import App
from gitflow.config import ConfigError
from gitflow.core.errors import NotActive, StoreError
from gitflow.runtime.engine.leading import LeaseRenewal
from gitflow.stores.protocols.jobs import JobFilter
from gitflow.stores.protocols.leases import Lease
from house import House
from postgres_part import Cluster

pytestmark = pytest.mark.postgres

HELLO = """
tasks:
  t:
    flow:
      a: {type: shell, cmd: "echo one; echo two"}
      b: {type: shell, depends_on: [a], cmd: "echo three"}
"""


@pytest.fixture
def proxy(new_database: str) -> Iterator[DatabaseProxy]:
    with proxy_before(new_database) as proxy:
        yield proxy


@pytest.fixture
def served(house: House, proxy: DatabaseProxy) -> House:
    """A house whose server has its jobs behind the proxy."""
    key = house.folder.parent / "secrets.key"
    key.touch(0o600)
    key.write_text(base64.b64encode(b"k" * 32).decode())
    house.settings = {"db_url": proxy.url, "secrets_key_file": str(key)}
    house.write(HELLO)
    return house


def history(app: App, job_id: str) -> list[str]:
    return [entry.what for entry in app.opened.stores.jobs.history(job_id)]


def lines(app: App, job_id: str) -> list[str]:
    return [line.line for line in app.opened.stores.logs.lines(job_id)]


def test_a_turn_costs_two_round_trips_also_with_what_steps_print(served: House, proxy: DatabaseProxy) -> None:
    with served.serve() as app:
        served.execute(app, "t")
        served.finish(app)  # what is asked once: types of columns, statements, the day of the log
        turns: list[int] = []
        settle = app.orchestrator.settle

        def counted(*given: object) -> object:
            before = proxy.trips
            try:
                return settle(*given)
            finally:
                turns.append(proxy.trips - before)

        app.orchestrator.settle = counted
        for _ in range(20):
            served.execute(app, "t")
        served.finish(app)
        assert len(turns) > 4
        assert set(turns) <= {0, 2}
        jobs = app.opened.stores.jobs.jobs(JobFilter())
        assert [row.status for row in jobs] == ["completed"] * 21
        assert all(sorted(lines(app, row.id)) == ["one", "three", "two"] for row in jobs)


LONG = """
tasks:
  t:
    flow:
      a: {type: shell, cmd: "echo begun; sleep 1000"}
"""


@pytest.mark.parametrize("is_idle", [False, True])
def test_a_server_that_was_replaced_ends_its_steps_and_its_engine(
    served: House, cluster: Cluster, new_database: str, is_idle: bool
) -> None:
    """With the next commit, and where there is none with the next renewal of its lease."""
    served.write(LONG)
    database = new_database.rpartition("/")[2]
    with served.serve() as app:
        job = served.execute(app, "t")
        if is_idle:
            LeaseRenewal(app.opened.stores.jobs, app.orchestrator.timers, app.engine, Lease(None, 1.0)).start()
        has_begun = False

        def replace_once_begun() -> bool:
            nonlocal has_begun
            if not has_begun and app.engine.runner.running:
                has_begun = True
                cluster.run("UPDATE engine SET epoch = epoch + 1", database)
                if not is_idle:
                    app.orchestrator.submit(lambda transaction: app.opened.stores.jobs.put_meta("a", "b"))
            return False

        with pytest.raises(NotActive):
            app.engine.run(replace_once_begun)
        assert not app.engine.runner.running
        assert app.opened.stores.jobs.meta("a") is None
        found = app.opened.load(job.id).steps["a"]
        assert (found.status, found.attempt) == ("running", 1)  # what becomes of it the other server says


@pytest.mark.parametrize("cut", ["cuts_before_commit", "cuts_after_commit"])
@pytest.mark.parametrize("turn", range(4))
def test_a_turn_whose_answer_was_lost_is_made_once(served: House, proxy: DatabaseProxy, cut: str, turn: int) -> None:
    """Nothing is lost, and no step runs twice: at each turn of the job."""
    with served.serve() as app:
        expected = served.execute(app, "t")
        served.finish(app)
        whole = history(app, expected.id)
        turns = iter(range(100))

        def interfere(app: App) -> None:
            if next(turns) == turn:
                setattr(proxy, cut, 1)

        job = served.execute(app, "t")
        served.finish(app, interfere)
        assert getattr(proxy, cut) == 0
        assert app.opened.job(job.id).status == "completed"
        assert history(app, job.id) == whole
        assert lines(app, job.id) == ["one", "two", "three"]


@pytest.mark.parametrize("cut", ["cuts_before_commit", "cuts_after_commit"])
def test_a_job_whose_making_is_uncertain_is_waited_for(served: House, proxy: DatabaseProxy, cut: str) -> None:
    """An engine is not idle while it does not know whether it has made a job."""
    with served.serve() as app:
        served.execute(app, "t")
        served.finish(app)
        setattr(proxy, cut, 1)
        job = served.execute(app, "t")
        served.finish(app)
        assert getattr(proxy, cut) == 0
        assert app.opened.job(job.id).status == "completed"
        assert lines(app, job.id) == ["one", "two", "three"]


def test_a_database_that_is_away_is_waited_for(served: House, proxy: DatabaseProxy) -> None:
    with served.serve() as app:
        served.execute(app, "t")
        served.finish(app)
        proxy.is_away = True
        proxy.cut_all()
        job = served.execute(app, "t")
        failures: list[object] = []
        store_failed = app.engine._store_failed

        def noted(error: object) -> None:
            failures.append(error)
            if len(failures) == 3:
                proxy.is_away = False
            store_failed(error)

        app.engine._store_failed = noted
        served.finish(app)
        assert len(failures) >= 3
        assert app.opened.job(job.id).status == "completed"


def test_the_next_server_goes_on_with_the_jobs_of_the_one_before(served: House) -> None:
    with served.serve() as app:
        job = served.execute(app, "t")
        app.orchestrator.settle(lambda transaction: False)
    with served.serve() as app:
        assert app.orchestrator.open_ids() == [job.id]
        served.finish(app)
        assert app.opened.job(job.id).ended


def test_commands_that_open_a_store_are_refused_and_the_server_is_named(served: House) -> None:
    for opening in (served.open, served.store):
        with pytest.raises(ConfigError, match=r"only a server works with them; name that server with --server URL"):
            opening().__enter__()


def test_a_server_without_a_key_file_is_refused(served: House) -> None:
    del served.settings["secrets_key_file"]
    with pytest.raises(ConfigError, match="secrets_key_file must name the key file"):
        served.serve().__enter__()


def test_a_step_whose_start_finds_the_database_away_waits_and_does_not_fail(
    served: House, proxy: DatabaseProxy
) -> None:
    """Between the commit of a claim and the start of its process the store says which steps have left artifacts."""
    with served.serve() as app:
        job = served.execute(app, "t")
        needs_of, away = app.opened.step_dirs.needs_of, iter([True, True])

        def refused(*given: object) -> object:
            if next(away, False):
                raise StoreError("it cannot be reached")
            return needs_of(*given)

        app.opened.step_dirs.needs_of = refused
        served.finish(app)
        assert next(away, None) is None
        assert app.opened.job(job.id).status == "completed"
        assert lines(app, job.id) == ["one", "two", "three"]
