"""Tokens: short-lived signed ones for access (JWT, RFC 7519), and random ones that are stored as a hash only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import TYPE_CHECKING

from gitflow.core.errors import GitflowError
from gitflow.core.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

#: How long they are good for, in seconds.
ACCESS_S = 15 * 60.0
REFRESH_S = 30 * 24 * 3600.0

ISSUER = "gitflow"
ALGORITHM = "HS256"

#: An API key begins so, for people and for scanners that look for leaked keys.
KEY_PREFIX = "gfk_"
REFRESH_PREFIX = "gfr_"
#: How much of a key is shown to tell it from others.
HINT_LENGTH = 12

#: A shorter secret can be guessed (RFC 7518, 3.2: as long as the hash).
MIN_SECRET_BYTES = 32


class Unauthorized(GitflowError):
    """No credentials, or none that count."""

    code = "unauthorized"


@record
class Claims:
    """What an access token says. Whether its user still exists is for the store."""

    user_id: str
    issued_at: float
    expires_at: float


def issue_access(user_id: str, secret: str, at: float) -> str:
    import jwt

    claims = {"iss": ISSUER, "sub": user_id, "iat": int(at), "exp": int(at + ACCESS_S), "typ": "access"}
    return jwt.encode(claims, secret, algorithm=ALGORITHM)


def read_access(token: str, secret: str, at: float) -> Claims:
    """Raises Unauthorized. The algorithm is ours, whatever the token says of itself."""
    claims = _verified(token, secret)
    expires_at = claims.get("exp")
    if claims.get("typ") != "access" or not isinstance(expires_at, (int, float)) or at >= expires_at:
        raise Unauthorized("the token is not valid or has expired")
    return Claims(str(claims["sub"]), float(claims["iat"]), float(expires_at))


def _verified(token: str, secret: str) -> Mapping[str, Any]:
    """Time is checked by the caller, whose clock counts."""
    import jwt

    wanted: Any = {"require": ["sub", "iat", "exp"], "verify_exp": False, "verify_iat": False}
    try:
        return jwt.decode(_bytes(token), secret, algorithms=[ALGORITHM], issuer=ISSUER, options=wanted)
    except jwt.PyJWTError:
        raise Unauthorized("the token is not valid or has expired") from None


def new_key() -> str:
    return KEY_PREFIX + _random_text()


def new_refresh() -> str:
    return REFRESH_PREFIX + _random_text()


def hint_of(key: str) -> str:
    return key[:HINT_LENGTH]


def digest_of(token: str) -> str:
    """Of 256 random bits a plain hash is enough: there is nothing to guess."""
    return hashlib.sha256(_bytes(token)).hexdigest()


def same(one: str, other: str) -> bool:
    """Takes as long whether they differ early or late."""
    return hmac.compare_digest(_bytes(one), _bytes(other))


def _bytes(text: str) -> bytes:
    """Of what came in a header, which need not be text."""
    return text.encode("utf-8", "surrogatepass")


def _random_text() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode()
