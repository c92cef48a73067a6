"""Signing in, with an account or with the name and text of an API key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.auth import sign_in as native
from gitflow.api.auth.credentials import credential_of, credentials_of
from gitflow.api.dialects.reading import object_body
from gitflow.api.http.errors import bad_request
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.core.errors import GitflowError
from gitflow.identity.tokens import KEY_PREFIX
from gitflow.runtime.operations import accounts
from gitflow.runtime.operations.accounts import Actor

if TYPE_CHECKING:
    from aiohttp.web import BaseRequest

    from gitflow.core.identity import Identity

#: The token of an open server, which ignores credentials.
OPEN_TOKEN = "open"

#: Where clients may send the token instead of ``Authorization``.
COOKIE = "jwt"


def credential(http_request: BaseRequest) -> str | None:
    return credential_of(http_request) or http_request.cookies.get(COOKIE) or None


async def sign_in(request: Request) -> Response:
    """Limits and audits attempts in the same way as the native API. Raises HttpError."""
    body = await object_body(request)
    name, secret = body.get("user_name"), body.get("user_secret")
    if not isinstance(name, str) or not isinstance(secret, str):
        raise bad_request("user_name and user_secret must be strings")
    if request.context.access.is_open:
        return respond({"token": OPEN_TOKEN})
    if secret.startswith(KEY_PREFIX) and await _is_key(request, name, secret):
        return respond({"token": secret})
    session = await native.session_of(request, name, secret)
    return respond({"token": session.access_token})


async def _is_key(request: Request, name: str, secret: str) -> bool:
    """Whether ``secret`` is the API key with this name; the key is then the token. Raises HttpError."""
    credentials, address, at, account = (
        credentials_of(request),
        request.caller.address,
        request.now(),
        name.strip().lower()[: accounts.MAX_EMAIL_LENGTH + 1],
    )
    native.check_tries(request, account)
    found = await _identify(request, secret, at)
    if found is None or found.key_name != name:
        return False
    credentials.tries.succeeded(address, account, at)
    by, store = Actor(found.actor, address, found.key_name), native.identity_of(request)
    await request.do(lambda _: accounts.audit(store, at, by, "login.succeeded", found.key_id, provider="api_key"))
    return True


async def _identify(request: Request, secret: str, at: float) -> Identity | None:
    try:
        return await request.read(
            lambda stores: accounts.identify(stores.identity, secret, credentials_of(request).secret, at)
        )
    except GitflowError:
        return None
