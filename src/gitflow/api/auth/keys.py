"""API keys: shown once when they are made, listed and revoked.

A key that is limited to scopes manages keys only with the scope ``admin``; what a key makes ends with it, at the
latest, and may do no more than it.
"""

from __future__ import annotations

from gitflow.api.auth.credentials import credentials_of, unauthorized
from gitflow.api.auth.sign_in import caller_of, identity_of, need_accounts
from gitflow.api.http.errors import HttpError, bad_request
from gitflow.api.http.parameters import LIMIT, OFFSET, moment_of
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.runtime.operations import accounts
from gitflow.runtime.operations.accounts import KeySpec
from gitflow.views.accounts import key_shown, new_key_shown


async def index(request: Request) -> Response:
    """One's own; for an administrator, all."""
    of_user, limit, offset = _own(request), request.number("limit"), request.number("offset")
    workspace = request.identity.workspace
    found = await request.read(lambda stores: stores.identity.keys(of_user, limit, offset, workspace))
    return respond([key_shown(key) for key in found])


async def create(request: Request) -> Response:
    """A key of one's own acts for oneself; an administrator may make one that stands for itself.

    Raises InvalidInput, and Conflict where the name is taken.
    """
    body = request.body
    wanted = KeySpec(
        body["name"],
        _owner(request),
        tuple(body.get("scopes", ())),
        body.get("workspace"),
        _moment(body.get("expires_at")),
        request.identity.key_id,
    )
    if wanted.workspace is not None:
        _refuse_unknown_workspace(request, wanted.workspace)
    if request.identity.kind == "api_key":
        _refuse_more_than_own(request, wanted)
    key_id = request.context.job_factory.new_id()
    by = caller_of(request)
    key, text = await request.do(
        lambda turn: accounts.create_key(identity_of(request), wanted, key_id, request.now(), by)
    )
    return respond(new_key_shown(key, text), 201)


async def revoke(request: Request) -> Response:
    """May be said twice. Raises NotFound, also for somebody else's key."""
    of_user, by, workspace = _own(request), caller_of(request), request.identity.workspace
    await request.do(
        lambda turn: accounts.revoke_key(
            identity_of(request), request.path["key"], request.now(), by, of_user, workspace
        )
    )
    credentials_of(request).forget()
    return Response(b"", 204)


def _own(request: Request) -> str | None:
    """The user whose keys may be seen; None: all."""
    _need_a_user(request)
    is_all = request.may_administer
    return None if is_all else request.identity.user_id or ""


def _owner(request: Request) -> str | None:
    _need_a_user(request)
    if request.body.get("standalone"):
        if not request.may_administer:
            raise HttpError(403, "only an administrator may make a key that stands for itself")
        return None
    if request.identity.user_id is None:
        raise HttpError(403, "this caller is no user: make a standalone key")
    return request.identity.user_id


def _refuse_more_than_own(request: Request, wanted: KeySpec) -> None:
    """A limited key makes no key that may do more."""
    who = request.identity
    more = who.scopes is not None and not wanted.scopes
    if more or (who.workspace is not None and wanted.workspace != who.workspace):
        raise HttpError(403, "a key may only make keys that may do no more than itself")


def _refuse_unknown_workspace(request: Request, name: str) -> None:
    """One that the caller may not see is as unknown as one that is not there."""
    seen = [known for known in request.context.workspaces.names() if request.sees(known)]
    if name not in seen:
        accounts.refuse_workspace(name, seen)


def _need_a_user(request: Request) -> None:
    need_accounts(request)
    if request.identity.kind == "anonymous":
        raise unauthorized("sign in first")


def _moment(given: str | None) -> float | None:
    try:
        return None if given is None else moment_of(given)
    except ValueError as error:
        raise bad_request(f"expires_at {error}", [("expires_at", str(error))]) from None


PATH = "/api/auth/api-keys"

ROUTES = (
    Route(
        "GET",
        PATH,
        index,
        "view",
        "List API keys",
        query=(LIMIT, OFFSET),
        answer="KeyList",
        also=(404,),
        scope="admin",
    ),
    Route(
        "POST",
        PATH,
        create,
        "view",
        "Make an API key",
        body="NewKey",
        answer="CreatedKey",
        status=201,
        also=(404, 409),
        audited=False,
        scope="admin",
    ),
    Route(
        "DELETE",
        f"{PATH}/{{key}}",
        revoke,
        "view",
        "Revoke an API key, and those that it made",
        status=204,
        also=(404,),
        audited=False,
        scope="admin",
    ),
)
