"""Encrypts the report of an attempt for the server: it lies on an agent's disk, and an output may hold a secret.

The key comes with the assignment and stays in the agent's memory. The server derives it again from the attempt's token.
So an agent that was restarted can still send a report that it cannot read any more.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode

_NONCE_BYTES = 12


class NotSealed(ValueError):
    """The text was not sealed with this key for this attempt."""


def seal(text: str, key: bytes, token: str) -> str:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE_BYTES)
    data = AESGCM(key).encrypt(nonce, text.encode("utf-8", "surrogatepass"), token.encode())
    return b64encode(nonce + data).decode()


def unseal(sealed: str, key: bytes, token: str) -> str:
    """Raises NotSealed."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        data = b64decode(sealed, validate=True)
        clear = AESGCM(key).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], token.encode())
        return clear.decode("utf-8", "surrogatepass")
    except (ValueError, InvalidTag):
        raise NotSealed("it was not sealed for this attempt") from None
