"""Who sent a webhook: a signature over its body, or the secret itself, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac


def is_signed(given: str, start: str, body: bytes, secret: str) -> bool:
    """Whether ``given`` is ``start`` and the hex digits of an HMAC-SHA256 of the body; never for an empty secret."""
    wanted = start + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return is_same(given, wanted) and bool(secret)


def is_same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), wanted.encode("utf-8", "surrogateescape"))
