"""What PostgreSQL refuses for a while: the turn is made again as a whole, and what a step did is reported once."""

from __future__ import annotations

import base64
import os
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from gitflow.app import App
from gitflow.core.errors import StoreError
from house import House
from postgres_part import Cluster, running_cluster

pytestmark = pytest.mark.postgres

HELLO = """
tasks:
  t:
    flow:
      a: {type: shell, cmd: "echo one; echo a >> @ledger"}
      b: {type: shell, depends_on: [a], cmd: "echo two; echo b >> @ledger"}
"""

#: Fails so many statements on a table, however their transactions end: a sequence is no part of them.
PLANTED = """
CREATE SEQUENCE planted;
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('planted') <= {times} THEN RAISE EXCEPTION 'planted' USING ERRCODE = '{code}'; END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER planted AFTER INSERT OR UPDATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION fail();
"""


def served(house: House, url: str) -> House:
    key = house.folder.parent / "secrets.key"
    key.touch(0o600)
    key.write_text(base64.b64encode(b"k" * 32).decode())
    house.settings = {"db_url": url, "secrets_key_file": str(key)}
    house.write(HELLO.replace("@ledger", str(house.folder.parent / "ledger")))
    return house


def ledger(house: House) -> list[str]:
    return (house.folder.parent / "ledger").read_text().split()


def history(app: App, job_id: str) -> list[str]:
    return [entry.what for entry in app.opened.stores.jobs.history(job_id)]


@pytest.mark.parametrize(
    ("code", "table"),
    [("40001", "step"), ("40P01", "job"), ("55P03", "event"), ("57014", "attempt"), ("53100", "chunk")],
)
def test_a_turn_that_postgresql_refuses_for_a_while_is_made_again_whole(
    house: House, cluster: Cluster, code: str, table: str
) -> None:
    """A serialization error, a deadlock, a lock that was not free in time, a statement that took too long, a full
    disk."""
    url = cluster.empty_database()
    served(house, url)
    with house.serve() as app:
        whole = house.execute(app, "t")
        house.finish(app)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(PLANTED.format(times=3, code=code, table=table).encode())
            job = house.execute(app, "t")
            house.finish(app)
            [[tried]] = connection.execute("SELECT last_value FROM planted").fetchall()
        assert tried > 3, "nothing was refused"
        assert app.opened.job(job.id).status == "completed"
        assert history(app, job.id) == history(app, whole.id)
        assert [line.line for line in app.opened.stores.logs.lines(job.id)] == ["one", "two"]
    assert Counter(ledger(house)) == {"a": 2, "b": 2}


def test_a_lock_that_another_session_holds_is_waited_for(house: House, cluster: Cluster) -> None:
    url = cluster.empty_database()
    served(house, url)
    with house.serve() as app, psycopg.connect(url) as other:
        house.execute(app, "t")
        house.finish(app)
        job = house.execute(app, "t")
        other.execute("LOCK TABLE step IN ACCESS EXCLUSIVE MODE")
        failures: list[str] = []
        store_failed = app.engine._store_failed

        def noted(error: object) -> None:
            failures.append(str(error))
            other.rollback()  # the lock is free
            store_failed(error)

        app.engine._store_failed = noted
        house.finish(app)
        assert "it took too long" in failures[0]
        assert app.opened.job(job.id).status == "completed"
    assert Counter(ledger(house)) == {"a": 2, "b": 2}


@contextmanager
def small_cluster(folder: Path, size: str) -> Iterator[tuple[Cluster, Path]]:
    """A PostgreSQL whose files are on a small disk, mounted at a folder that its user can reach; and that disk."""
    if os.geteuid():
        pytest.skip("only root can mount a file system for PostgreSQL, which refuses to run as the root of a namespace")
    folder.chmod(0o755)
    hold = f'mount -t tmpfs -o size={size},mode=777 tmpfs "{folder}" && echo ready && read -r line'
    command = ["unshare", "--mount", "sh", "-c", hold]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout
            if holder.stdout.readline() != "ready\n":
                pytest.skip("this machine allows no mounts")
            within = ("nsenter", f"--mount=/proc/{holder.pid}/ns/mnt")
            seen = Path(f"/proc/{holder.pid}/root{folder}")
            with running_cluster(is_durable=True, place=folder, within=within, seen=seen) as cluster:
                yield cluster, seen
        finally:
            holder.kill()


def test_a_full_disk_of_postgresql_is_waited_for_and_nothing_is_lost(house: House, tmp_path: Path) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="gf-pg-", dir="/tmp") as folder,
        small_cluster(Path(folder), "160m") as (cluster, disk),
    ):
        served(house, cluster.empty_database())
        script = f"echo s >> {tmp_path}/ledger; head -c 6000000 /dev/urandom | base64 | tee {tmp_path}/printed"
        house.write(f"tasks: {{t: {{flow: {{s: {{type: shell, cmd: '{script}'}}}}}}}}\n")
        with house.serve() as app:
            job = house.execute(app, "t")
            with open(disk / "ballast", "wb", buffering=0) as ballast:
                while os.statvfs(disk).f_bavail * 4096 > 1 << 20:
                    ballast.write(bytes(1 << 16))
            failures: list[str] = []
            flush = app.log_writer.flush

            def noted() -> None:
                try:
                    flush()
                except StoreError as error:
                    failures.append(str(error))
                    if len(failures) == 2:
                        (disk / "ballast").unlink()
                    raise

            app.log_writer.flush = noted
            house.finish(app)
            assert "its disk is full" in failures[0]
            assert app.opened.job(job.id).status == "completed"
            lines = [line.line for line in app.opened.stores.logs.lines(job.id)]
            assert lines == (tmp_path / "printed").read_text().splitlines()
        assert ledger(house) == ["s"]
