"""Whoever guesses is slowed down: by account, and by address."""

from __future__ import annotations

import pytest

from gitflow.identity.login_limits import MAX_REMEMBERED, WINDOW_S, LoginAttempts, TooManyAttempts

TRIES_OF_ACCOUNT, TRIES_OF_ADDRESS = 10, 50


def fail(tries, times, address="192.0.2.1", account="ann", at=0.0):
    for _ in range(times):
        tries.failed(address, account, at)


def test_an_account_is_closed_after_ten_vain_tries_from_anywhere():
    tries = LoginAttempts()
    for number in range(TRIES_OF_ACCOUNT):
        tries.check("a", "ann", 0.0)
        tries.failed(f"192.0.2.{number}", "ann", 0.0)
    with pytest.raises(TooManyAttempts) as refused:
        tries.check("198.51.100.1", "ann", 5.0)
    assert refused.value.retry_after_s == WINDOW_S - 5.0
    tries.check("198.51.100.1", "ben", 5.0)


def test_an_address_is_closed_after_fifty_vain_tries_at_any_account():
    tries = LoginAttempts()
    for number in range(TRIES_OF_ADDRESS):
        tries.failed("192.0.2.1", f"account-{number}", 0.0)
    with pytest.raises(TooManyAttempts):
        tries.check("192.0.2.1", "fresh", 1.0)
    tries.check("192.0.2.2", "fresh", 1.0)


def test_tries_are_forgotten_after_the_window():
    tries = LoginAttempts()
    fail(tries, TRIES_OF_ACCOUNT)
    with pytest.raises(TooManyAttempts):
        tries.check("a", "ann", WINDOW_S - 1)
    tries.check("a", "ann", WINDOW_S)


def test_how_many_tries_count_is_a_setting():
    tries = LoginAttempts(2)
    fail(tries, 2)
    with pytest.raises(TooManyAttempts):
        tries.check("elsewhere", "ann", 1.0)


def test_success_frees_the_account_and_not_the_address():
    tries = LoginAttempts()
    fail(tries, TRIES_OF_ACCOUNT - 1)
    tries.succeeded("192.0.2.1", "ann", 0.5)
    fail(tries, TRIES_OF_ACCOUNT - 1)
    tries.check("elsewhere", "ann", 1.0)
    fail(tries, TRIES_OF_ADDRESS, account="ben")
    tries.succeeded("192.0.2.1", "ben", 0.5)
    with pytest.raises(TooManyAttempts):
        tries.check("192.0.2.1", "carol", 1.0)


def test_a_try_counts_from_its_beginning_and_is_taken_back_when_it_succeeds():
    tries = LoginAttempts(2)
    for number in range(100):
        tries.begin("192.0.2.1", "ann", number / 1000)
        tries.succeeded("192.0.2.1", "ann", number / 1000)
    tries.begin("192.0.2.1", "ann", 1.0)
    tries.begin("192.0.2.1", "ann", 1.0)
    with pytest.raises(TooManyAttempts):
        tries.begin("192.0.2.1", "ann", 1.0)
    assert tries._failed.keys() == {"address:192.0.2.1", "account:ann"}


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("", "not an address", False),
    ],
)
def test_an_ipv6_network_counts_as_one_address(one, other, is_one):
    tries = LoginAttempts(1)
    for number in range(5):
        tries.failed(one, f"account-{number}", 0.0)
    if is_one:
        with pytest.raises(TooManyAttempts):
            tries.check(other, "fresh", 1.0)
    else:
        tries.check(other, "fresh", 1.0)


def test_memory_is_bounded():
    tries = LoginAttempts()
    for number in range(MAX_REMEMBERED + 50):
        tries.failed("192.0.2.1", f"account-{number}", 0.0)
    assert len(tries._failed) == MAX_REMEMBERED
    with pytest.raises(TooManyAttempts):
        tries.check("192.0.2.1", "x", 1.0)
