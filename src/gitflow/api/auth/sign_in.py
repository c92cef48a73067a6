"""Signing in and out: passwords, refresh tokens, and OpenID Connect providers."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from multidict import CIMultiDict

from gitflow.api.auth.credentials import COOKIE, credentials_of, unauthorized
from gitflow.api.auth.providers import Providers, ProviderUnavailable
from gitflow.api.http.errors import HttpError
from gitflow.api.http.parameters import text
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.core.errors import GitflowError
from gitflow.core.identity import Device, User
from gitflow.core.record import replace
from gitflow.identity.login_limits import TooManyAttempts
from gitflow.identity.oidc import PENDING_S, OidcClient, SignInFailed, local_path
from gitflow.identity.passwords import hash_password, is_outdated, is_right
from gitflow.identity.tokens import ACCESS_S, REFRESH_S, digest_of
from gitflow.runtime.operations import accounts
from gitflow.runtime.operations.accounts import Actor, TokenPair
from gitflow.views.accounts import Anybody, IssuedTokens, me_json, session_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Generator
    from typing import TypeVar

    from gitflow.stores.protocols.identity import IdentityStore

    T = TypeVar("T")

#: The cookies of the refresh token and of a pending sign-in at a provider. The latter is SameSite=Lax, because the
#: provider redirects the browser from another site.
REFRESH_COOKIE = "gitflow_refresh"
PENDING_COOKIE = "gitflow_sign_in"

AUTH_PATH = "/api/auth"


async def login(request: Request) -> Response:
    """Signs the user in. Raises HttpError (401); a wrong account and a wrong password have the same message."""
    need_accounts(request)
    return _respond_with_session(
        request, await session_of(request, str(request.body["email"]), str(request.body["password"]))
    )


async def session_of(request: Request, email: str, password: str) -> TokenPair:
    """Checks the password and opens a session; limits attempts, and audits a failed one. Raises HttpError."""
    email = email.strip().lower()[: accounts.MAX_EMAIL_LENGTH + 1]  # longer: no account, but counted
    user = await request.read(lambda stores: stores.identity.user_by_email(email))
    auth = request.context.config.auth
    counts = auth is not None and auth.has_internal
    stored = user.password_hash if counts and user is not None and user.disabled_at is None else None
    if not await is_password_of(request, email, password, stored) or user is None:
        await _audit_failure(request, email)
        raise unauthorized("Invalid email or password")
    fresh = await asyncio.to_thread(hash_password, password) if stored and is_outdated(stored) else None
    return await _begin_session(request, user, "internal", fresh)


async def is_password_of(request: Request, email: str, password: str, stored: str | None) -> bool:
    """Whether the password matches the stored hash; counts failed attempts. Raises HttpError (429)."""
    tries, address = credentials_of(request).tries, request.caller.address
    async with credentials_of(request).lock_of(email):
        at = request.now()
        with limit_tries():
            tries.begin(address, email, at)
        is_good = await asyncio.to_thread(is_right, password, stored)
        if is_good:
            tries.succeeded(address, email, at)
    return is_good


async def _begin_session(request: Request, user: User, how: str, fresh_hash: str | None = None) -> TokenPair:
    def work(_: object) -> TokenPair:
        store = identity_of(request)
        if fresh_hash is not None:
            store.save_user(replace(store.user(user.user_id), password_hash=fresh_hash))
        return accounts.sign_in(
            store, user, credentials_of(request).secret, request.now(), _by(request, user.email), how
        )

    return await request.do(work)


async def _audit_failure(request: Request, email: str) -> None:
    def work(_: object) -> None:
        accounts.audit(
            identity_of(request),
            request.now(),
            _by(request, email[: accounts.MAX_EMAIL_LENGTH]),
            "login.failed",
            outcome="refused",
        )

    await request.do(work)


async def refresh(request: Request) -> Response:
    """Raises HttpError (401) for an invalid, expired or used token."""
    need_accounts(request)
    token, wanted = _refresh_token(request), request.body.get("next_refresh_token")
    secret, by = (
        credentials_of(request).secret,
        Device(request.caller.address, digest_of(request.http_request.headers.get("User-Agent", ""))),
    )

    def work(_: object) -> TokenPair | None:
        return accounts.refresh(identity_of(request), token, secret, request.now(), by, wanted)

    session = await request.do(work)
    if session is None:
        raise unauthorized("the refresh token is not valid, has expired or was used before")
    return _respond_with_session(request, session)


async def logout(request: Request) -> Response:
    """Ends the session of the refresh token; ending it twice is no error."""
    need_accounts(request)
    token = request.body.get("refresh_token") or request.http_request.cookies.get(REFRESH_COOKIE)
    if token:
        await request.do(
            lambda _: accounts.sign_out(identity_of(request), str(token), request.now(), request.caller.address)
        )
    return _with_cookies(request, Response(b"", 204), "", "")


async def me(request: Request) -> Response:
    """The user of the caller; on an open server, and before signing in, nobody. Raises HttpError (401) for a key
    that acts for no user."""
    user_id = request.identity.user_id
    if request.identity.kind in ("open", "anonymous"):
        return respond(me_json(Anybody(is_admin=request.identity.is_admin)))
    if user_id is None:
        raise unauthorized("the caller is not a user")
    user = await request.read(lambda stores: stores.identity.user(user_id))
    return respond(me_json(user))


async def change_password(request: Request) -> Response:
    """Changes the caller's password. All sessions end; this one when its access token expires."""
    need_accounts(request)
    user_id = request.identity.user_id
    if user_id is None or request.identity.kind != "user":
        raise HttpError(403, "only a signed-in user may change their password")
    user = await request.read(lambda stores: stores.identity.user(user_id))
    by = _by(request, user.email)
    if not await is_password_of(request, user.email, str(request.body["current"]), user.password_hash):
        store, at, what = identity_of(request), request.now(), "user.password_set"
        await request.do(lambda _: accounts.audit(store, at, by, what, user_id, outcome="refused"))
        raise HttpError(403, "the current password is wrong")
    made = await asyncio.to_thread(hash_password, str(request.body["new"]))
    await request.do(lambda _: accounts.set_password(identity_of(request), user_id, made, request.now(), by))
    return Response(b"", 204)


async def oidc_begin(request: Request) -> Response:
    """Sends the browser to the provider."""
    client, redirect_uri = (
        _client(request),
        f"{base_url(request)}{AUTH_PATH}/oidc/{quote(request.path['provider'])}/callback",
    )
    goes_to = local_path(request.text("next"))
    pending, sealed = credentials_of(request).sign_ins.begin(client.provider.id, redirect_uri, goes_to, request.now())
    where = await _call_provider(client.address(pending, request.now()))
    return Response(b"", 302, {"Location": where, "Set-Cookie": _pending_cookie(request, sealed)})


def _pending_cookie(request: Request, sealed: str) -> str:
    """The cookie of a pending sign-in; an empty value deletes it."""
    return _cookie(request, PENDING_COOKIE, sealed, PENDING_S if sealed else 0, f"{AUTH_PATH}/oidc", "Lax")


#: Code of an error of a sign-in at a provider -> the word of the sign-in page for it: no sentence, as anybody can
#: write such an address.
FAILURES = {"bad_request": "expired", "provider_unavailable": "unavailable"}


async def oidc_end(request: Request) -> Response:
    """Handles the redirect back from the provider. A browser is led to the sign-in page if it fails."""
    try:
        return await _oidc_end(request)
    except (HttpError, GitflowError) as error:
        if "text/html" not in request.http_request.headers.get("Accept", ""):
            raise
        why = {"provider": request.path["provider"], "failed": FAILURES.get(error.code, "rejected")}
        return Response(b"", 302, {"Location": f"/sign-in?{urlencode(why)}"})


async def _oidc_end(request: Request) -> Response:
    """Exchanges the code for the user's identity, once."""
    client, credentials = _client(request), credentials_of(request)
    sealed = request.http_request.cookies.get(PENDING_COOKIE, "")
    try:
        pending = credentials.sign_ins.end(sealed, request.text("state") or "", client.provider.id, request.now())
    except SignInFailed as failed:
        raise HttpError(400, str(failed)) from None
    code = request.text("code")
    if request.text("error") or not code:
        raise unauthorized(f"{client.provider.display_name} refused: {request.text('error') or 'it sent no code'}")
    identity = await _call_provider(client.fetch_identity(code, pending, request.now()))
    new_id = request.context.job_factory.new_id()
    by = _by(request, identity.email or identity.subject)

    def work(_: object) -> TokenPair:
        store = identity_of(request)
        user = accounts.account_of(store, identity, new_id, request.now(), by)
        return accounts.sign_in(
            store, user, credentials.secret, request.now(), _by(request, user.email), client.provider.id
        )

    session = await request.do(work)
    redirect = Response(b"", 302, {"Location": pending.goes_to, "Set-Cookie": _pending_cookie(request, "")})
    return _with_cookies(request, redirect, session.access_token, session.refresh_token)


async def _call_provider(call: Awaitable[T]) -> T:
    """Raises HttpError: 401 if the provider refuses, 503 if it cannot be reached."""
    try:
        return await call
    except SignInFailed as failed:
        raise unauthorized(str(failed)) from None
    except ProviderUnavailable as failed:
        raise HttpError(503, str(failed), code="provider_unavailable") from None


def _client(request: Request) -> OidcClient:
    """The client for the provider in the path. Raises NotFound."""
    return request.context.part(Providers).client(request.path["provider"])


def identity_of(request: Request) -> IdentityStore:
    """The identity store of the writing connection, for work inside a commit."""
    return request.context.stores.identity


def check_tries(request: Request, account: str) -> None:
    """Raises HttpError (429) after too many failed attempts for the account or from the caller's address."""
    with limit_tries():
        credentials_of(request).tries.check(request.caller.address, account, request.now())


@contextmanager
def limit_tries() -> Generator[None]:
    """Converts TooManyAttempts into HttpError (429)."""
    try:
        yield
    except TooManyAttempts as refused:
        after = str(max(1, round(refused.retry_after_s)))
        raise HttpError(429, str(refused), code=refused.code, headers={"Retry-After": after}) from None


def need_accounts(request: Request) -> None:
    if request.context.access.is_open:
        raise HttpError(404, "this server has no accounts: its configuration has no auth section")


def _refresh_token(request: Request) -> str:
    token = request.body.get("refresh_token") or request.http_request.cookies.get(REFRESH_COOKIE)
    if not token:
        raise HttpError(400, "the body must have a refresh_token", details=[("refresh_token", "is missing")])
    return str(token)


def caller_of(request: Request) -> Actor:
    """The caller, for the audit trail."""
    return Actor(request.actor, request.caller.address, request.identity.key_name)


def _by(request: Request, name: str) -> Actor:
    return Actor(name, request.caller.address)


def base_url(request: Request) -> str:
    """The URL of this server in redirects from providers."""
    config = request.context.config
    given = (config.auth.base_url if config.auth else None) or config.public_url
    return (given or f"{request.caller.scheme}://{request.caller.host}").rstrip("/")


def _respond_with_session(request: Request, session: TokenPair) -> Response:
    """The tokens of a session: in the body for programs, in cookies for browsers."""
    tokens = IssuedTokens(session.access_token, session.refresh_token, int(ACCESS_S))
    return _with_cookies(request, respond(session_json(tokens)), session.access_token, session.refresh_token)


def _with_cookies(request: Request, response: Response, access: str, refresh_token: str) -> Response:
    """Sets the cookies of both tokens; empty values delete them."""
    headers = CIMultiDict(response.headers)
    headers.add("Set-Cookie", _cookie(request, COOKIE, access, ACCESS_S if access else 0, "/", "Strict"))
    kept_s = REFRESH_S if refresh_token else 0
    headers.add("Set-Cookie", _cookie(request, REFRESH_COOKIE, refresh_token, kept_s, AUTH_PATH, "Strict"))
    return replace(response, headers=headers)


def _cookie(request: Request, name: str, value: str, max_age: float, path: str, same_site: str) -> str:
    is_secure = request.caller.scheme == "https" or base_url(request).startswith("https:")
    secure = "; Secure" if is_secure else ""
    return f"{name}={value}; Max-Age={int(max_age)}; Path={path}; HttpOnly; SameSite={same_site}{secure}"


_CALLBACK_QUERY = (
    text("code", "The authorization code, which the server exchanges for the user's identity."),
    text("state", "The value that identifies the sign-in to which the request belongs."),
    text("error", "The provider's error code, if it refused."),
    text("error_description", "The provider's description of the error."),
    text("iss", "The provider's issuer identifier."),
    text("session_state", "The provider's own session state; ignored."),
    text("scope", "The scopes that the provider granted."),
)

ROUTES = (
    Route(
        "POST",
        "/api/auth/login",
        login,
        "public",
        "Sign in with a password",
        body="Login",
        answer="Session",
        also=(401, 404, 429),
        audited=False,
    ),
    Route(
        "POST",
        "/api/auth/refresh",
        refresh,
        "public",
        "Exchange a refresh token for a new pair of tokens",
        body="Refresh",
        answer="Session",
        also=(401, 404),
        audited=False,
    ),
    Route(
        "POST", "/api/auth/logout", logout, "public", "Sign out", body="Logout", status=204, also=(404,), audited=False
    ),
    Route("GET", "/api/auth/me", me, "view", "Get who the caller is", answer="Me"),
    Route(
        "POST",
        "/api/auth/password",
        change_password,
        "view",
        "Change the caller's own password",
        body="PasswordChange",
        status=204,
        also=(404, 429),
        audited=False,
    ),
    Route(
        "GET",
        "/api/auth/oidc/{provider}",
        oidc_begin,
        "public",
        "Sign in at a provider",
        query=(text("next", "The path to go to after signing in."),),
        status=302,
        also=(401, 404, 503),
    ),
    Route(
        "GET",
        "/api/auth/oidc/{provider}/callback",
        oidc_end,
        "public",
        "Receive a user whom the provider sends back after signing in",
        query=_CALLBACK_QUERY,
        takes_others=True,
        status=302,
        also=(401, 404, 503),
    ),
)
