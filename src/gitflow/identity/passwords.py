"""Passwords: argon2id (RFC 9106); checking takes the same time whether the account exists or not."""

from __future__ import annotations

import functools
import unicodedata
from typing import TYPE_CHECKING

from gitflow.core.errors import InvalidInput

if TYPE_CHECKING:
    from argon2 import PasswordHasher

#: NIST SP 800-63B requires at least 8; a longer text than the maximum is refused before it is hashed.
MIN_LENGTH, MAX_LENGTH = 8, 1024


@functools.cache
def _hasher() -> PasswordHasher:
    """The second recommended option of RFC 9106: 64 MiB, three passes."""
    from argon2 import PasswordHasher, Type

    return PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4, type=Type.ID)


def hash_password(password: str) -> str:
    """Takes tens of milliseconds, on purpose. Raises InvalidInput if it is too short or too long."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise InvalidInput(f"a password has {MIN_LENGTH} to {MAX_LENGTH} characters")
    return _hasher().hash(_normal(password))


def is_right(password: str, stored: str | None) -> bool:
    """Whether the password matches a stored hash. Without a hash (no such account) it takes as long to return False."""
    from argon2.exceptions import InvalidHashError, VerificationError

    if len(password) > MAX_LENGTH:
        password = ""
    try:
        return _hasher().verify(stored or _unused_hash(), _normal(password)) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's; the next login should hash again."""
    return _hasher().check_needs_rehash(stored)


@functools.cache
def _unused_hash() -> str:
    return _hasher().hash("the password of nobody")


def _normal(password: str) -> str:
    """The same characters typed on another keyboard are the same password (RFC 8265)."""
    return unicodedata.normalize("NFC", password)
