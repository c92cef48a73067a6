"""What a server of PostgreSQL must grant, and the sentences if it does not."""

from __future__ import annotations

import pytest

from gitflow.core.errors import StoreError
from gitflow.stores.postgres.connecting import LIMITS, Address, check_server

pytestmark = pytest.mark.postgres


@pytest.fixture
def address(new_database):
    return Address.of(new_database, "full")


@pytest.fixture
def connect(address):
    opened = []

    def make(which=address):
        opened.append(which.connect(1))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def test_sessions_have_limits_of_time_and_say_who_they_are(connect):
    connection = connect()
    for name, value in LIMITS.items():
        [found] = connection.execute(
            "SELECT setting::int FROM pg_settings WHERE name = %s AND unit = 'ms'", (name,)
        ).fetchone()
        assert found == value
    assert connection.info.get_parameters()["application_name"] == "gitflow schema 1"
    assert connection.info.get_parameters()["tcp_user_timeout"] == "5000"
    assert connection.info.get_parameters()["target_session_attrs"] == "read-write"


def test_a_database_whose_commits_do_not_outlive_a_crash_is_refused(address, connect):
    connection = connect()
    connection.execute("SET synchronous_commit = off")
    with pytest.raises(StoreError, match=r"synchronous_commit is off, .*set it to on, or .*db\.synchronous: normal"):
        check_server(connection, address, print)
    connection.execute("SET synchronous_commit = on")
    check_server(connection, address, print)


def test_normal_gives_up_the_safety_of_commits_and_is_accepted(new_database, connect):
    normal = Address.of(new_database, "normal")
    connection = connect(normal)
    assert connection.execute("SHOW synchronous_commit").fetchone() == ("off",)
    check_server(connection, normal, print)


@pytest.mark.parametrize(("skew_s", "is_said"), [(0.0, False), (3.0, True), (-3.0, True)])
def test_clocks_that_are_apart_are_told(address, connect, skew_s, is_said):
    connection, said = connect(), []
    [theirs] = connection.execute("SELECT extract(epoch FROM clock_timestamp())::float8").fetchone()
    check_server(connection, address, said.append, lambda: theirs + skew_s)
    assert bool(said) is is_said
    assert all("are 3" in sentence or "are 2.9" in sentence for sentence in said)


def test_clocks_that_are_far_apart_are_refused(address, connect):
    connection = connect()
    with pytest.raises(StoreError, match=r"s apart; set them right \(NTP\): timers and schedules depend on them"):
        check_server(connection, address, print, lambda: 0.0)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql://gitflow@127.0.0.1:1/x", "postgresql://127.0.0.1:1/x: it cannot be reached"),
        ("postgresql://gitflow@127.0.0.1:1/x?no_such=1", "is not the address of a PostgreSQL database"),
        ("postgresql://a:geheim@127.0.0.1:1/x", "it cannot be reached"),
    ],
)
def test_an_address_that_leads_nowhere_is_a_sentence_without_its_password(url, sentence):
    with pytest.raises(StoreError) as refused:
        Address.of(url, "full").connect(1)
    assert sentence in str(refused.value)
    assert "geheim" not in str(refused.value)


def test_a_database_that_is_not_there_is_a_sentence(cluster):
    with pytest.raises(
        StoreError, match=r'database "nobody" does not exist\); see that PostgreSQL runs and that db.url is right'
    ):
        Address.of(cluster.url("nobody"), "full").connect(1)
