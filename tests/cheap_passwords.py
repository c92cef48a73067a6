"""Passwords whose hashes cost next to nothing, for tests of a server in the process of the tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gitflow.identity import passwords


@pytest.fixture(scope="module", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """What a hash costs is held by the tests of passwords; elsewhere it would be a third of the time."""
    from argon2 import PasswordHasher

    hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", lambda: hasher)
        passwords._unused_hash.cache_clear()
        yield
    passwords._unused_hash.cache_clear()
