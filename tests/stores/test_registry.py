import os
import sys

import pytest

from gitflow.core.errors import StoreError
from gitflow.stores.protocols.jobs import JobFilter
from gitflow.stores.registry import is_on_server, open_stores, place_of_url


def test_everything_lies_in_the_state_directory(state_dir, reopened, job_of, chunk):
    stores = reopened()
    stores.jobs.create(job_of("build"), [])
    stores.logs.append([chunk("job", "a")])
    with stores.owners.claim():
        assert set(os.listdir(state_dir)) >= {"gitflow.db", "gitflow.db.lock", "logs", "owners"}
    assert os.stat(state_dir).st_mode & 0o777 == 0o700


def test_an_address_may_name_another_place(tmp_path, job_of, plan_of):
    url = f"sqlite:///{tmp_path}/elsewhere/my.db"
    job = job_of("build")
    with open_stores(str(tmp_path / "state"), url) as stores:
        stores.jobs.create(job, [])
    with open_stores(str(tmp_path / "state"), url) as stores:
        assert stores.jobs.load(job.id, plan_of) == job
    assert (tmp_path / "elsewhere" / "my.db").exists()


def test_memory_leaves_no_database_behind(tmp_path, job_of, chunk):
    with open_stores(str(tmp_path), "sqlite:///:memory:") as stores:
        stores.jobs.create(job_of("build"), [])
        stores.logs.append([chunk("job", "a")])
    assert not list(tmp_path.rglob("*.db"))


@pytest.mark.parametrize("url", ["postgres://host/db", "sqlite:", "gitflow.db", "sqlite:///"])
def test_an_address_of_no_store_is_refused_and_the_kinds_named(state_dir, url):
    with pytest.raises(StoreError, match="must be one of sqlite:///"):
        open_stores(state_dir, url)


def test_normal_is_for_jobs_and_logs(reopened, chunk):
    stores = reopened(synchronous="normal")
    stores.logs.append([chunk("job", "a")])
    stores.logs.sync()
    assert stores.jobs._driver.connection.execute("PRAGMA synchronous").fetchone() == (1,)
    with pytest.raises(ValueError, match="full or normal"):
        reopened(synchronous="off")


def test_stores_in_memory_are_apart_though_the_second_is_a_copy_of_the_first(tmp_path, job_of):
    def ids(stores):
        return [row.id for row in stores.jobs.jobs(JobFilter())]

    first, second = job_of("build"), job_of("build")
    with open_stores(str(tmp_path), "sqlite:///:memory:") as one:
        one.jobs.create(first, [])
        with open_stores(str(tmp_path), "sqlite:///:memory:") as other:
            assert ids(other) == []
            other.jobs.create(second, [])
            assert ids(other) == [second.id]
        assert ids(one) == [first.id]


def test_postgresql_without_its_extra_is_a_sentence(state_dir, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    for name in [name for name in sys.modules if name.startswith("gitflow.stores.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(StoreError, match=r"pip install 'gitflow-runner\[postgres\]'"):
        open_stores(state_dir, "postgresql://host/db")


def test_a_store_on_a_server_has_no_files():
    assert is_on_server("postgresql://host/db")
    assert not is_on_server(None)
    with pytest.raises(StoreError, match="back it up with pg_dump"):
        place_of_url("postgresql://host/db")
