"""One server is active on a database, and nobody commits for it once another is."""

from __future__ import annotations

import base64
import contextlib

import pytest

from gitflow.core.errors import NotActive, StoreError
from gitflow.stores.postgres import leading
from gitflow.stores.protocols.leases import ActiveServer, Lease

pytestmark = pytest.mark.postgres


def test_a_second_server_is_refused_while_the_first_lives(opened):
    first, second = opened(), opened()
    first.jobs.lead("server-a")
    with pytest.raises(NotActive, match=r"another server \(server-a\) is active on this database"):
        second.jobs.lead("server-b")
    first.close()
    second.jobs.lead("server-b")
    second.jobs.put_meta("a", "b")


def test_a_server_that_was_replaced_commits_nothing_more(opened, cluster, new_database):
    first, second = opened(), opened()
    first.jobs.lead("server-a")
    session = first.jobs._driver._session
    cluster.run(f"SELECT pg_terminate_backend({session}, 30000)")
    second.jobs.lead("server-b")
    for _ in range(2):  # its connection breaks, and the new one finds another server
        with pytest.raises(StoreError):
            first.jobs.put_meta("a", "b")
    with pytest.raises(NotActive, match="another server"):
        first.jobs.put_meta("a", "b")
    assert second.jobs.meta("a") is None


def test_a_frozen_server_that_was_replaced_commits_nothing_though_its_connection_lives(opened, cluster, new_database):
    """Its lock may be gone, as after the switch to another host; the epoch decides."""
    first = opened()
    first.jobs.lead("server-a")
    cluster.run("UPDATE engine SET epoch = epoch + 1", new_database.rpartition("/")[2])
    with pytest.raises(NotActive, match="another server is active"):
        first.jobs.put_meta("a", "b")
    assert opened().jobs.meta("a") is None


def test_a_server_whose_connection_broke_goes_on_though_its_old_session_still_has_the_lock(opened, proxied):
    """The old session of a cut line lives until PostgreSQL notices; it is ended."""
    server = opened(proxied.url)
    server.jobs.lead("server-a")
    driver = server.jobs._driver
    with contextlib.closing(driver._connection):  # its session lives until then
        driver._connection = None
        server.jobs.put_meta("a", "b")
    assert server.jobs.meta("a") == "b"


def test_a_server_with_another_key_file_is_refused(opened, tmp_path, key_file):
    first = opened()
    first.jobs.lead("server-a")
    first.close()
    other = tmp_path / "other.key"
    other.touch(0o600)
    other.write_text(base64.b64encode(b"o" * 32).decode())
    second = opened(key_file=str(other))
    with pytest.raises(StoreError, match=r"sealed with key \w+, which is not in the key file \(secrets_key_file\)"):
        second.jobs.lead("server-b")
    allowed = opened()
    allowed.jobs.lead("server-b")  # the place is free, though the refused one is still connected
    allowed.close()
    second.close()
    with other.open("a") as file:  # the new key seals from now on, and the old one still opens
        file.write("\n" + base64.b64encode(b"k" * 32).decode() + "\n")
    third = opened(key_file=str(other))
    third.jobs.lead("server-c")
    third.close()
    with pytest.raises(StoreError, match="is not in the key file"):
        opened().jobs.lead("server-d")


def test_a_server_without_a_key_file_does_not_start(opened):
    with pytest.raises(StoreError, match="secrets_key_file"):
        opened(key_file="/nowhere/secrets.key").jobs.lead("server-a")


def until(cluster, url, condition):
    """Waits in the database, by its clock."""
    name = url.rpartition("/")[2]
    loop = f"DO $$ BEGIN WHILE NOT ({condition}) LOOP PERFORM pg_sleep(0.01); END LOOP; END $$"
    cluster.run(loop, name)


SILENT = "SELECT until < clock_timestamp() FROM engine"


def test_a_server_that_is_silent_for_its_lease_is_replaced_though_it_has_the_lock(opened, cluster, new_database):
    first, second = opened(), opened()
    first.jobs.lead("server-a", Lease("http://a", 0.01))
    until(cluster, new_database, SILENT)
    assert second.jobs.active_server() == ActiveServer(1, "server-a", "http://a", True)
    second.jobs.lead("server-b", Lease("http://b"))
    assert second.jobs.active_server() == ActiveServer(2, "server-b", "http://b", False)
    with pytest.raises(NotActive):
        first.jobs.renew()
    assert (first.jobs.epoch, second.jobs.epoch) == (1, 2)


@pytest.mark.parametrize(("left_s", "wait_s"), [(None, 1), (-3.0, 1), (0.0, 1), (0.25, 0.25), (1.5, 1), (9.0, 1)])
def test_the_place_of_a_silent_server_is_waited_for_no_longer_than_its_lease_lasts(left_s, wait_s):
    assert leading.wait_for(left_s) == wait_s


@pytest.mark.parametrize("renew", [lambda store: store.jobs.renew(), lambda store: store.jobs.put_meta("a", "b")])
def test_a_lease_is_renewed_by_itself_and_by_each_commit(opened, cluster, new_database, renew):
    first = opened()
    first.jobs.lead("server-a", Lease(None, 60.0))
    cluster.run("UPDATE engine SET until = clock_timestamp() - interval '1 hour'", new_database.rpartition("/")[2])
    renew(first)
    assert not first.jobs.active_server().is_over
    with pytest.raises(NotActive, match=r"another server \(server-a\)"):
        opened().jobs.lead("server-b")


def test_only_the_active_server_lives_and_one_that_was_replaced_takes_nobodys_jobs(opened, cluster, new_database):
    first = opened()
    owner = first.owners.claim("server")
    first.jobs.lead(owner.id)
    assert [id for id, _ in opened().owners.alive()] == [owner.id]
    assert first.owners.take_dead(["server-old"]) == ["server-old"]
    assert first.owners.take_dead(["server-old"]) == []  # it is being settled
    first.owners.settled("server-old")
    cluster.run("UPDATE engine SET epoch = epoch + 1", new_database.rpartition("/")[2])
    with pytest.raises(NotActive):
        first.owners.take_dead(["server-new"])
