"""Tokens: short-lived signed access tokens (JWT, RFC 7519), and random ones of which only a hash is stored."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import TYPE_CHECKING

from gitflow.core.errors import GitflowError
from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

#: How long access and refresh tokens are valid, in seconds.
ACCESS_S = 15 * 60.0
REFRESH_S = 30 * 24 * 3600.0

ISSUER = "gitflow"
ALGORITHM = "HS256"

#: The prefix of API keys: people and scanners for leaked keys recognise it.
KEY_PREFIX = "gfk_"
REFRESH_PREFIX = "gfr_"
#: A refresh token that a client made.
REFRESH_PATTERN = f"^{REFRESH_PREFIX}[A-Za-z0-9_-]{{43}}$"
#: How many characters of a key are shown to identify it.
HINT_LENGTH = 12

#: A shorter secret can be guessed (RFC 7518, 3.2: as long as the hash).
MIN_SECRET_BYTES = 32


class Unauthorized(GitflowError):
    """Credentials are missing or not valid."""

    code = "unauthorized"


class Claims(Record):
    """The content of an access token. Whether its user still exists, only the store knows."""

    user_id: str
    issued_at: float
    expires_at: float


def issue_access(user_id: str, secret: str, at: float) -> str:
    import jwt

    claims = {"iss": ISSUER, "sub": user_id, "iat": int(at), "exp": int(at + ACCESS_S), "typ": "access"}
    return jwt.encode(claims, secret, algorithm=ALGORITHM)


def read_access(token: str, secret: str, at: float) -> Claims:
    """Raises Unauthorized. Accepts only our algorithm, whatever the token's header says."""
    claims = _verified(token, secret)
    expires_at = claims.get("exp")
    if claims.get("typ") != "access" or not isinstance(expires_at, (int, float)) or at >= expires_at:
        raise Unauthorized("the token is not valid or has expired")
    return Claims(str(claims["sub"]), float(claims["iat"]), float(expires_at))


def _verified(token: str, secret: str) -> Mapping[str, Any]:
    """Checks the signature; the caller checks the times with its own clock."""
    import jwt

    wanted: Any = {"require": ["sub", "iat", "exp"], "verify_exp": False, "verify_iat": False}
    try:
        return jwt.decode(_bytes(token), secret, algorithms=[ALGORITHM], issuer=ISSUER, options=wanted)
    except jwt.PyJWTError:
        raise Unauthorized("the token is not valid or has expired") from None


def new_key() -> str:
    return KEY_PREFIX + random_text()


def new_refresh() -> str:
    return REFRESH_PREFIX + random_text()


def hint_of(key: str) -> str:
    return key[:HINT_LENGTH]


def digest_of(token: str) -> str:
    """A plain hash is enough for 256 random bits, which cannot be guessed."""
    return hashlib.sha256(_bytes(token)).hexdigest()


def same(one: str, other: str) -> bool:
    """Compares in constant time."""
    return hmac.compare_digest(_bytes(one), _bytes(other))


def _bytes(text: str) -> bytes:
    """The bytes of a header value, which may not be valid text."""
    return text.encode("utf-8", "surrogatepass")


def random_text() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode()
