"""Who is calling, and whether they may: each request passes here once its route is known, before its body is read.

A server without an ``auth`` section is open: whatever credentials a request carries are ignored. With one, a caller
is known by an access token or an API key (``Authorization: Bearer``), by the cookie that signing in sets, or, for a
WebSocket of a browser, by ``?token=``. What a caller may not see is not there: 404, the same as for what never was.
"""

from __future__ import annotations

import asyncio
import os
from weakref import WeakValueDictionary

from gitflow.api.auth.resources import finder_of
from gitflow.api.http.errors import HttpError
from gitflow.core.errors import InvalidInput, NotFound
from gitflow.core.identity import OPEN, Identity, Rule, User
from gitflow.core.record import record
from gitflow.identity.login_limits import Tries
from gitflow.identity.oidc import SignIns
from gitflow.identity.passwords import hash_password
from gitflow.identity.permissions import Permissions, has_scope
from gitflow.identity.tokens import LEAST_SECRET_BYTES, Unauthorized, digest_of
from gitflow.runtime.operations import accounts
from gitflow.stores.sealing import write_once

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp.web import BaseRequest

    from gitflow.api.auth.resources import About
    from gitflow.api.http.reader import Reader
    from gitflow.api.http.request import Request
    from gitflow.api.http.route import Route
    from gitflow.app import Service
    from gitflow.config import Config, ConfigError
    from gitflow.config.access import InitialUser

#: What a route needs -> the scope that an API key must have, where the route does not say.
SCOPES_OF = {"view": "workflows:read", "run": "workflows:write", "admin": "admin"}

ANONYMOUS = Identity("anonymous", "anonymous", name="Anonymous")

#: The cookie that signing in sets; browsers send it by themselves, so it is for this site alone (SameSite=Strict).
COOKIE = "gitflow_access"

#: For how long it is remembered whose credential it is, in seconds: a revoked one is out after that.
REMEMBERED_S = 2.0
#: How many are remembered.
MOST_REMEMBERED = 2000

SECRET_FILE = "access-tokens.key"


@record
class _Known:
    identity: Identity
    until: float


class Access:
    def __init__(self, service: Service, reader: Reader) -> None:
        """Raises ConfigError-like GitflowError for a secret that is too short."""
        config = service.config
        self._service = service
        self._reader = reader
        self._known: dict[str, _Known] = {}
        self._key_uses: dict[str, float] = {}
        self.is_open = config.auth is None
        self.permissions = permissions_of(config)
        self.secret = "" if config.auth is None else secret_of(config)
        self.tries = Tries(config.limits.login_attempts_per_minute)
        self._trying: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.sign_ins = SignIns(self.secret)

    async def prepare(self) -> None:
        """Makes the administrator that the configuration names, where there is no account yet. Raises ConfigError."""
        auth = self._service.config.auth
        first = auth.initial_user if auth else None
        if first is None or await self._reader.read(lambda stores: stores.identity.has_users()):
            return
        made = await asyncio.to_thread(_hash_of_first, self._service.config, first)
        app = self._service.app
        user = User(app.orchestrator.maker.new_id(), first.email, "", 0.0, made)
        store = app.opened.stores
        try:
            await asyncio.wrap_future(
                self._service.counter.submit(lambda turn: accounts.first_user(store.identity, user, self._now()))
            )
        except InvalidInput as error:
            raise _wrong(self._service.config, "auth.initial_user", str(error)) from None

    def trying(self, account: str) -> asyncio.Lock:
        """Held while a password of the account is looked at: of many tries at once each sees how the others ended."""
        return self._trying.setdefault(account, asyncio.Lock())

    async def identify(
        self, request: BaseRequest, route: Route, find: Callable[[BaseRequest], str | None] | None = None
    ) -> Identity:
        """``find``: where a dialect's requests carry a credential.

        Raises HttpError (401) for a credential that does not count; none at all is anonymous.
        """
        if self.is_open:
            return OPEN
        credential = (find or credential_of)(request)
        if credential is None:
            return ANONYMOUS
        try:
            return await self._whose(credential)
        except Unauthorized as error:
            if route.needs == "public":
                return ANONYMOUS
            raise unauthorized(str(error)) from None

    async def admit(self, call: Request) -> None:
        """Raises HttpError: 401 for a caller nobody knows, 403 for who may not; NotFound for what is not to be seen."""
        route, who = call.route, call.identity
        if route.needs == "public" or who.kind == "open":
            return
        if who.kind == "anonymous" and self._keeps_out_strangers(route):
            raise unauthorized("sign in, or send a token")
        scope = scope_of(route)
        if scope and not has_scope(who, scope):
            raise HttpError(403, f"this API key does not have the scope {scope}")
        finder = route.about or finder_of(route.path)
        if finder is None:
            self._admit_to_the_server(who, route)
        else:
            self._admit_to(who, route.needs, await finder(call))

    def may(self, who: Identity, wanted: str, workspace: str, task: str) -> bool:
        """Whether the caller may view, run or administer a task and its jobs."""
        return who.kind == "open" or self.permissions.allows(
            who, wanted, workspace, task, self._folder(workspace, task)
        )

    def may_see_workspace(self, who: Identity, workspace: str) -> bool:
        return who.kind == "open" or self.permissions.may_see_workspace(who, workspace)

    def sees_whole(self, who: Identity, workspace: str) -> bool:
        """Whether no task of a workspace is kept from the caller, whatever tasks there may come to be."""
        return who.kind == "open" or self.permissions.sees_whole(who, workspace)

    def sees_all(self, who: Identity) -> bool:
        """Whether no list needs to be looked through for this caller."""
        return who.kind == "open" or (who.is_admin and who.workspace is None)

    def sees_every_workspace(self, who: Identity) -> bool:
        """Whether no workspace, and no task of one, is kept from the caller."""
        if who.kind == "open":
            return True
        names = self._service.served.names()
        return has_scope(who, SCOPES_OF["view"]) and all(self.sees_whole(who, name) for name in names)

    def forget(self) -> None:
        """Something about accounts or keys has changed."""
        self._known.clear()

    def _keeps_out_strangers(self, route: Route) -> bool:
        auth = self._service.config.auth
        allowed = "none" if auth is None else auth.anonymous
        return allowed == "none" or (route.needs != "view" and allowed == "view") or route.needs == "admin"

    def _admit_to_the_server(self, who: Identity, route: Route) -> None:
        if route.needs == "admin" and not self.permissions.may_administer(who):
            raise HttpError(403, "only an administrator may do this")

    def _admit_to(self, who: Identity, wanted: str, about: About) -> None:
        workspace, task = about.workspace, about.task
        if not (self.may_see_workspace(who, workspace) if task is None else self.may(who, "view", workspace, task)):
            raise NotFound(about.kind, about.name)
        if wanted != "view" and not self.may(who, wanted, workspace, task or ""):
            raise HttpError(403, f"{who.actor} may not do this in workspace {workspace!r}")

    def _folder(self, workspace: str, task: str) -> str:
        try:
            snapshot = self._service.served.get(workspace).snapshot
        except NotFound:
            return ""
        found = snapshot.tasks.get(task) if snapshot else None
        return found.folder if found else ""

    async def _whose(self, credential: str) -> Identity:
        now = self._now()
        digest = digest_of(credential)
        known = self._known.get(digest)
        if known is None or now >= known.until:
            found = await self._reader.read(
                lambda stores: accounts.identify(stores.identity, credential, self.secret, now)
            )
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            known = self._known[digest] = _Known(found, now + REMEMBERED_S)
            self._note_use(found, now)
        return known.identity

    def _note_use(self, who: Identity, now: float) -> None:
        key_id = who.key_id
        if key_id is not None and now >= self._key_uses.get(key_id, 0.0) + accounts.KEY_USE_S:
            self._key_uses[key_id] = now
            store = self._service.app.opened.stores
            self._service.counter.submit(lambda turn: store.identity.use_key(key_id, now))

    def _now(self) -> float:
        return self._service.app.opened.clock.wall()


def scope_of(route: Route) -> str:
    """What an API key that is limited to scopes must have for it; empty: nothing, for what is about the key's owner."""
    return route.scope or ("" if route.path.startswith("/api/auth/") else SCOPES_OF[route.needs])


def permissions_of(config: Config) -> Permissions:
    rules = [
        Rule(
            rule.action,
            rule.workspace,
            rule.tasks,
            rule.groups,
            tuple(email.lower() for email in rule.users),
            rule.api_keys,
        )
        for rule in config.permissions
    ]
    return Permissions(rules, config.auth.anonymous if config.auth else "none")


def secret_of(config: Config) -> str:
    """What signs access tokens: the configured one, else one of our own, kept beside the store.

    Raises ConfigError for one that could be guessed.
    """
    given = config.auth.jwt_secret if config.auth else None
    if given is None:
        return _own_secret(os.path.join(config.state_dir, SECRET_FILE))
    if len(given.encode()) < LEAST_SECRET_BYTES:
        raise _wrong(
            config,
            "auth.jwt_secret",
            f"it has {len(given.encode())} bytes and must have {LEAST_SECRET_BYTES} at least: "
            "make one with `openssl rand -hex 32`, or leave it out and the server makes its own",
        )
    return given


def _hash_of_first(config: Config, first: InitialUser) -> str:
    """Raises ConfigError for a password that is too short or too long."""
    password = first.password or ""
    try:
        return hash_password(password)
    except InvalidInput as error:
        key = "auth.initial_user.password (or the file that password_file names)"
        raise _wrong(config, key, f"{error}, and this one has {len(password)}") from None


def _wrong(config: Config, key: str, why: str) -> ConfigError:
    from gitflow.config import ConfigError

    return ConfigError(f"{config.path or 'the configuration'}: {key}: {why}")


def _own_secret(path: str) -> str:
    """Two servers that start at once agree on the one that was made first."""
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except FileNotFoundError:
        pass
    write_once(path, os.urandom(32).hex().encode())
    return _own_secret(path)


def credential_of(request: BaseRequest) -> str | None:
    """The last word of ``Authorization``, whatever its scheme; else the cookie; else, for a WebSocket, ``?token=``."""
    words = request.headers.get("Authorization", "").encode("ascii", "replace").decode().split()
    if words:
        return words[-1]
    cookie = request.cookies.get(COOKIE)
    if cookie:
        return cookie
    is_socket = request.headers.get("Upgrade", "").lower() == "websocket"
    return request.rel_url.query.get("token") if is_socket else None


def unauthorized(message: str) -> HttpError:
    return HttpError(401, message, headers={"WWW-Authenticate": 'Bearer realm="gitflow"'})
