"""Passwords: argon2id (RFC 9106), and no way to tell from the time taken whether an account exists."""

from __future__ import annotations

import functools
import unicodedata
from typing import TYPE_CHECKING

from gitflow.core.errors import InvalidInput

if TYPE_CHECKING:
    from argon2 import PasswordHasher

#: NIST SP 800-63B asks for at least 8; a longer text than the most is refused before it costs anything.
MIN_LENGTH, MAX_LENGTH = 8, 1024


@functools.cache
def _hasher() -> PasswordHasher:
    """The second recommended option of RFC 9106: 64 MiB, three passes."""
    from argon2 import PasswordHasher, Type

    return PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4, type=Type.ID)


def hash_password(password: str) -> str:
    """Takes tens of milliseconds, on purpose. Raises InvalidInput for one that is too short or too long."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise InvalidInput(f"a password has {MIN_LENGTH} to {MAX_LENGTH} characters")
    return _hasher().hash(_normal(password))


def is_right(password: str, stored: str | None) -> bool:
    """Whether it is the password behind a stored hash. Without a hash (no such account) it takes as long to say no."""
    from argon2.exceptions import InvalidHashError, VerificationError

    if len(password) > MAX_LENGTH:
        password = ""
    try:
        return _hasher().verify(stored or _nobodys(), _normal(password)) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with other costs than today's, and should be made anew at the next login."""
    return _hasher().check_needs_rehash(stored)


@functools.cache
def _nobodys() -> str:
    return _hasher().hash("the password of nobody")


def _normal(password: str) -> str:
    """The same characters typed on another keyboard are the same password (RFC 8265)."""
    return unicodedata.normalize("NFC", password)
