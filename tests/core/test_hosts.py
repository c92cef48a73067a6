"""Which hosts are this machine."""

import pytest

from gitflow.core.hosts import is_loopback, is_readable_on_the_way


@pytest.mark.parametrize("host", ["localhost", "a.localhost", "127.0.0.1", "127.8.0.9", "::1"])
def test_loopback_hosts_are_this_machine(host: str):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "localhost.example", "127.0.0.1.example", "10.0.0.1", "0.0.0.0", "::", "[::1]"])
def test_other_hosts_are_not(host: str):
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("scheme", "host", "readable"),
    [("https", "flows.example.com", False), ("http", "flows.example.com", True), ("http", "localhost", False)],
)
def test_what_is_not_encrypted_stays_on_this_machine(scheme: str, host: str, readable: bool):
    assert is_readable_on_the_way(scheme, host) is readable
