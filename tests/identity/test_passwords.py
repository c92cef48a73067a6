"""Passwords are hashed by argon2id, and nobody is told whether an account exists."""

from __future__ import annotations

import pytest

from gitflow.core.errors import InvalidInput
from gitflow.identity.passwords import MAX_LENGTH, hash_password, is_outdated, is_right


@pytest.fixture(scope="module")
def stored():
    return hash_password("correct horse")


def test_the_hash_is_argon2id_with_64_mib(stored):
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,")
    assert "correct" not in stored


def test_only_the_right_password_is_right(stored):
    assert is_right("correct horse", stored)
    assert not is_right("correct horse ", stored)
    assert not is_right("", stored)


def test_nobody_has_a_right_password():
    assert not is_right("the password of nobody", None)


def test_a_hash_that_is_none_lets_nobody_in():
    assert not is_right("x" * 10, "not a hash")


def test_the_same_letters_written_otherwise_are_the_same_password():
    assert is_right("cafe\u0301 noir", hash_password("caf\u00e9 noir"))


@pytest.mark.parametrize("password", ["", "1234567", "x" * (MAX_LENGTH + 1)])
def test_too_short_or_too_long_is_refused(password):
    with pytest.raises(InvalidInput, match="8 to 1024"):
        hash_password(password)


def test_an_endless_password_is_wrong_and_costs_no_more(stored):
    assert not is_right("x" * 10_000_000, stored)


def test_a_hash_of_other_costs_is_to_be_made_anew(stored):
    assert not is_outdated(stored)
    assert is_outdated(stored.replace("t=3", "t=2"))
