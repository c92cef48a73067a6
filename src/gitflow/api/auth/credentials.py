"""Authentication of callers, after the route of a request is known and before its body is read.

A server without an ``auth`` section is open and ignores credentials. With one, a caller is authenticated by an access
token or an API key: in ``Authorization: Bearer``, in the cookie that signing in sets, or, for the WebSocket of a
browser, in ``?token=``.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from gitflow.api.http.errors import HttpError
from gitflow.config import ConfigError
from gitflow.core.identity import OPEN, Identity
from gitflow.core.record import Record
from gitflow.identity.device_codes import DeviceSignIns
from gitflow.identity.login_limits import LoginAttempts
from gitflow.identity.oidc import SignIns
from gitflow.identity.tokens import MIN_SECRET_BYTES, Unauthorized, digest_of
from gitflow.runtime.operations import accounts
from gitflow.stores.secret_files import write_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp.web import BaseRequest

    from gitflow.api.http.context import Context
    from gitflow.api.http.request import Request
    from gitflow.api.http.route import Route
    from gitflow.config import Config

ANONYMOUS = Identity("anonymous", "anonymous", name="Anonymous")

#: The cookie that signing in sets. Browsers send it unasked, so it is SameSite=Strict.
COOKIE = "gitflow_access"

#: How long an authenticated credential is cached, in seconds: revocation takes effect after that.
CACHE_S = 2.0
#: The maximal number of cached credentials.
MAX_CACHED = 2000

SECRET_FILE = "access-tokens.key"


class _CachedIdentity(Record):
    identity: Identity
    until: float


class Credentials:
    """Authenticates credentials, with a cache, and holds the state of login attempts."""

    def __init__(self, context: Context) -> None:
        """Raises ConfigError for a secret that is too short."""
        config = context.config
        self._context = context
        self._cache: dict[str, _CachedIdentity] = {}
        self._changed = asyncio.Event()
        self._key_uses: dict[str, float] = {}
        self.secret = "" if config.auth is None else secret_of(config)
        self.tries = LoginAttempts(config.limits.login_attempts_per_minute)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.sign_ins = SignIns(self.secret)
        self.devices = DeviceSignIns()

    def lock_of(self, account: str) -> asyncio.Lock:
        """Held while a password of the account is checked, so that concurrent attempts are counted one by one."""
        return self._locks.setdefault(account, asyncio.Lock())

    async def authenticate(
        self, http_request: BaseRequest, route: Route, find: Callable[[BaseRequest], str | None] | None = None
    ) -> Identity:
        """The caller; anonymous without a credential. ``find`` reads the credential of a dialect's request.

        Raises HttpError (401) for an invalid credential.
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

    async def authenticate_again(self, http_request: BaseRequest) -> Identity | None:
        """Authenticates a request again without the cache; None if its credential is no longer valid."""
        credential = None if self._context.access.is_open else credential_of(http_request)
        if credential is None:
            return OPEN if self._context.access.is_open else ANONYMOUS
        now = self._context.clock.wall()
        try:
            return await self._context.reader.read(
                lambda stores: accounts.identify(stores.identity, credential, self.secret, now)
            )
        except Unauthorized:
            return None

    def forget(self) -> None:
        """Clears the cache, after accounts or keys have changed."""
        self._cache.clear()
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait_for_change(self, timeout_s: float) -> None:
        """Returns when accounts or keys have changed at this server, and at the latest after this time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._changed.wait()

    async def _identify(self, credential: str) -> Identity:
        now = self._context.clock.wall()
        digest = digest_of(credential)
        cached = self._cache.get(digest)
        if cached is None or now >= cached.until:
            found = await self._context.reader.read(
                lambda stores: accounts.identify(stores.identity, credential, self.secret, now)
            )
            if len(self._cache) >= MAX_CACHED:
                self._cache.clear()
            cached = self._cache[digest] = _CachedIdentity(found, now + CACHE_S)
            self._record_use(found, now)
        return cached.identity

    def _record_use(self, who: Identity, now: float) -> None:
        key_id = who.key_id
        if key_id is not None and now >= self._key_uses.get(key_id, 0.0) + accounts.KEY_USE_S:
            self._key_uses[key_id] = now
            store = self._context.stores.identity
            self._context.commits.submit(lambda _: store.use_key(key_id, now))


def credentials_of(request: Request) -> Credentials:
    """The credentials of the server."""
    return request.context.part(Credentials)


def secret_of(config: Config) -> str:
    """The secret that signs access tokens: the configured one, else a generated one in the state directory.

    Raises ConfigError for one that is too short.
    """
    given = config.auth.jwt_secret if config.auth else None
    if given is None:
        return _generated_secret(os.path.join(config.state_dir, SECRET_FILE))
    if len(given.encode()) < MIN_SECRET_BYTES:
        raise ConfigError(
            f"{config.path or 'the configuration'}: auth.jwt_secret: "
            f"it has {len(given.encode())} bytes and must have at least {MIN_SECRET_BYTES}: "
            "make one with `openssl rand -hex 32`, or leave it out and the server generates one",
        )
    return given


def _generated_secret(path: str) -> str:
    """The generated secret; servers that start at the same time use the one that was written first."""
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except FileNotFoundError:
        pass
    write_once(path, os.urandom(32).hex().encode())
    return _generated_secret(path)


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
