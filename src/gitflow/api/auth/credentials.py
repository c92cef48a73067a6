"""Who is calling: found out once a request's route is known, before its body is read.

A server without an ``auth`` section is open: whatever credentials a request carries are ignored. With one, a caller
is known by an access token or an API key (``Authorization: Bearer``), by the cookie that signing in sets, or, for a
WebSocket of a browser, by ``?token=``.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from gitflow.api.http.errors import HttpError
from gitflow.core.identity import OPEN, Identity
from gitflow.core.record import record
from gitflow.identity.login_limits import LoginAttempts
from gitflow.identity.oidc import SignIns
from gitflow.identity.tokens import MIN_SECRET_BYTES, Unauthorized, digest_of
from gitflow.runtime.operations import accounts
from gitflow.stores.sealing import write_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp.web import BaseRequest

    from gitflow.api.http.context import Context
    from gitflow.api.http.request import Request
    from gitflow.api.http.route import Route
    from gitflow.config import Config

ANONYMOUS = Identity("anonymous", "anonymous", name="Anonymous")

#: The cookie that signing in sets; browsers send it by themselves, so it is for this site alone (SameSite=Strict).
COOKIE = "gitflow_access"

#: For how long it is remembered whose credential it is, in seconds: a revoked one is out after that.
REMEMBERED_S = 2.0
#: How many are remembered.
MAX_REMEMBERED = 2000

SECRET_FILE = "access-tokens.key"


@record
class _Known:
    identity: Identity
    until: float


class Credentials:
    """What a server remembers of credentials and of tries to sign in."""

    def __init__(self, context: Context) -> None:
        """Raises ConfigError for a secret that is too short."""
        config = context.config
        self._context = context
        self._known: dict[str, _Known] = {}
        self._key_uses: dict[str, float] = {}
        self.secret = "" if config.auth is None else secret_of(config)
        self.tries = LoginAttempts(config.limits.login_attempts_per_minute)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.sign_ins = SignIns(self.secret)

    def lock_of(self, account: str) -> asyncio.Lock:
        """Held while a password of the account is looked at: of many tries at once each sees how the others ended."""
        return self._locks.setdefault(account, asyncio.Lock())

    async def authenticate(
        self, http_request: BaseRequest, route: Route, find: Callable[[BaseRequest], str | None] | None = None
    ) -> Identity:
        """``find``: where a dialect's requests carry a credential.

        Raises HttpError (401) for a credential that does not count; none at all is anonymous.
        """
        if self._context.access.is_open:
            return OPEN
        credential = (find or credential_of)(http_request)
        if credential is None:
            return ANONYMOUS
        try:
            return await self._identify(credential)
        except Unauthorized as error:
            if route.needs == "public":
                return ANONYMOUS
            raise unauthorized(str(error)) from None

    def forget(self) -> None:
        """Something about accounts or keys has changed."""
        self._known.clear()

    async def _identify(self, credential: str) -> Identity:
        now = self._context.clock.wall()
        digest = digest_of(credential)
        known = self._known.get(digest)
        if known is None or now >= known.until:
            found = await self._context.reader.read(
                lambda stores: accounts.identify(stores.identity, credential, self.secret, now)
            )
            if len(self._known) >= MAX_REMEMBERED:
                self._known.clear()
            known = self._known[digest] = _Known(found, now + REMEMBERED_S)
            self._note_use(found, now)
        return known.identity

    def _note_use(self, who: Identity, now: float) -> None:
        key_id = who.key_id
        if key_id is not None and now >= self._key_uses.get(key_id, 0.0) + accounts.KEY_USE_S:
            self._key_uses[key_id] = now
            store = self._context.stores.identity
            self._context.commits.submit(lambda turn: store.use_key(key_id, now))


def credentials_of(request: Request) -> Credentials:
    """Those of the server that a request was sent to."""
    return request.context.part(Credentials)


def secret_of(config: Config) -> str:
    """What signs access tokens: the configured one, else one of our own, kept beside the store.

    Raises ConfigError for one that could be guessed.
    """
    from gitflow.config import ConfigError

    given = config.auth.jwt_secret if config.auth else None
    if given is None:
        return _own_secret(os.path.join(config.state_dir, SECRET_FILE))
    if len(given.encode()) < MIN_SECRET_BYTES:
        raise ConfigError(
            f"{config.path or 'the configuration'}: auth.jwt_secret: "
            f"it has {len(given.encode())} bytes and must have {MIN_SECRET_BYTES} at least: "
            "make one with `openssl rand -hex 32`, or leave it out and the server makes its own",
        )
    return given


def _own_secret(path: str) -> str:
    """Two servers that start at once agree on the one that was made first."""
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except FileNotFoundError:
        pass
    write_once(path, os.urandom(32).hex().encode())
    return _own_secret(path)


def credential_of(http_request: BaseRequest) -> str | None:
    """The last word of ``Authorization``, whatever its scheme; else the cookie; else, for a WebSocket, ``?token=``."""
    words = http_request.headers.get("Authorization", "").encode("ascii", "replace").decode().split()
    if words:
        return words[-1]
    cookie = http_request.cookies.get(COOKIE)
    if cookie:
        return cookie
    is_socket = http_request.headers.get("Upgrade", "").lower() == "websocket"
    return http_request.rel_url.query.get("token") if is_socket else None


def unauthorized(message: str) -> HttpError:
    return HttpError(401, message, headers={"WWW-Authenticate": 'Bearer realm="gitflow"'})
