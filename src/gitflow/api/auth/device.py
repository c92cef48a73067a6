"""Signing in on a command line: it shows a code, which a person confirms in a browser where they have signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.auth.credentials import credentials_of
from gitflow.api.auth.sign_in import base_url, caller_of, identity_of, limit_tries, need_accounts
from gitflow.api.http.errors import HttpError
from gitflow.api.http.parameters import text
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.core.errors import NotFound
from gitflow.identity.device_codes import DeviceSignIn, Refused
from gitflow.identity.tokens import ACCESS_S
from gitflow.runtime.operations import accounts
from gitflow.runtime.operations.accounts import Actor, TokenPair
from gitflow.views.accounts import IssuedTokens, session_json
from gitflow.views.devices import BegunSignIn, device_code_json, device_sign_in_json

if TYPE_CHECKING:
    from gitflow.stores.protocols.identity import IdentityStore

PAGE = "/device"


async def begin(request: Request) -> Response:
    """Raises HttpError (429) while too many sign-ins are open."""
    need_accounts(request)
    with limit_tries():
        device_code, begun = credentials_of(request).devices.begin(
            str(request.body.get("client") or "a program"), request.caller.address, request.now()
        )
    return respond(device_code_json(BegunSignIn(device_code, begun.user_code, f"{base_url(request)}{PAGE}")))


async def token(request: Request) -> Response:
    """The tokens, once, and in no cookie. Raises HttpError (400) with a code of RFC 8628 until then."""
    need_accounts(request)
    try:
        begun = credentials_of(request).devices.redeem(str(request.body["device_code"]), request.now())
    except Refused as refused:
        raise HttpError(400, str(refused), code=refused.code) from None

    def work(_: object) -> TokenPair:
        store, at = identity_of(request), request.now()
        user = store.user(begun.approved_by or "")
        by = Actor(user.email, request.caller.address)
        return accounts.sign_in(store, user, credentials_of(request).secret, at, by, "device")

    session = await request.do(work)
    return respond(session_json(IssuedTokens(session.access_token, session.refresh_token, int(ACCESS_S))))


async def show(request: Request) -> Response:
    """Raises NotFound for a code that is unknown, has expired or was decided."""
    _need_person(request)
    return respond(device_sign_in_json(await _find(request, request.text("user_code") or "")))


async def decide(request: Request) -> Response:
    """Raises NotFound as ``show`` does."""
    user_id = _need_person(request)
    is_approved = bool(request.body["approved"])
    begun = await _find(request, str(request.body["user_code"]))
    decided = credentials_of(request).devices.decide(begun.user_code, user_id if is_approved else None, request.now())
    if decided is None:
        raise NotFound("sign-in with the code", begun.user_code)
    what, by = f"device.{'approved' if is_approved else 'refused'}", caller_of(request)

    def work(_: object) -> None:
        store: IdentityStore = identity_of(request)
        accounts.audit(store, request.now(), by, what, user_id, client=begun.client, requester=begun.address)

    await request.do(work)
    return Response(b"", 204)


async def _find(request: Request, user_code: str) -> DeviceSignIn:
    """Counts wrong codes of the caller, so that nobody finds one by trying."""
    credentials, at = credentials_of(request), request.now()
    tries, address, account = credentials.tries, request.caller.address, f"device:{request.identity.user_id}"
    with limit_tries():
        tries.check(address, account, at)
    found = credentials.devices.find(user_code, at)
    if found is None:
        tries.failed(address, account, at)
        raise NotFound("sign-in with the code", user_code[:20])
    return found


def _need_person(request: Request) -> str:
    """The id of the caller: with the tokens of a session, because a key must not become one. Raises HttpError."""
    need_accounts(request)
    if request.identity.kind != "user" or request.identity.user_id is None:
        raise HttpError(403, "only a signed-in user may confirm a code")
    return request.identity.user_id


ROUTES = (
    Route(
        "POST",
        "/api/auth/device",
        begin,
        "public",
        "Begin a sign-in on a command line",
        body="DeviceStart",
        answer="DeviceCode",
        also=(404, 429),
        audited=False,
        tag="device",
    ),
    Route(
        "POST",
        "/api/auth/device/token",
        token,
        "public",
        "Exchange a device code for tokens, once somebody has confirmed its user code",
        body="DeviceToken",
        answer="Session",
        also=(401, 404),
        audited=False,
        tag="device",
    ),
    Route(
        "GET",
        "/api/auth/device",
        show,
        "view",
        "Get who asks for a sign-in by a code",
        query=(text("user_code", "The code that the command line shows."),),
        answer="DeviceSignIn",
        also=(404, 429),
        tag="device",
    ),
    Route(
        "POST",
        "/api/auth/device/decision",
        decide,
        "view",
        "Confirm or refuse a sign-in on a command line",
        body="DeviceDecision",
        status=204,
        also=(404, 429),
        audited=False,
        tag="device",
    ),
)
