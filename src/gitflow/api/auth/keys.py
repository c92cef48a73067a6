"""API keys: created (the text is shown only then), listed and revoked.

A key with scopes manages keys only with the scope ``admin``. A key that another key creates has no further rights, and
is revoked with it.
"""

from __future__ import annotations

from gitflow.api.auth.credentials import credentials_of, unauthorized
from gitflow.api.auth.sign_in import caller_of, identity_of, need_accounts
from gitflow.api.http.errors import HttpError, bad_request
from gitflow.api.http.parameters import LIMIT, OFFSET, moment_of
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.core.identity import AGENT_SCOPE
from gitflow.runtime.operations import accounts
from gitflow.runtime.operations.accounts import KeySpec
from gitflow.views.accounts import created_key_json, key_json


async def index(request: Request) -> Response:
    """The caller's own keys; all keys for an administrator."""
    of_user, limit, offset = _own(request), request.number("limit"), request.number("offset")
    workspace = request.identity.workspace
    found = await request.read(lambda stores: stores.identity.keys(of_user, limit, offset, workspace))
    return respond([key_json(key) for key in found])


async def create(request: Request) -> Response:
    """Creates a key that acts for the caller; an administrator may create a standalone one.

    Raises InvalidInput, and Conflict if the name is taken.
    """
    body = request.body
    wanted = KeySpec(
        body["name"],
        _owner(request),
        tuple(body.get("scopes", ())),
        body.get("workspace"),
        _moment(body.get("expires_at")),
        request.identity.key_id,
        tuple(body.get("tags", ())),
        tuple(body.get("workspaces", ())),
    )
    if AGENT_SCOPE in wanted.scopes and not request.may_administer:
        raise HttpError(403, "only an administrator may make a key for an agent: it is sent the secrets of steps")
    for named in wanted.all_workspaces:
        _check_workspace(request, named)
    if request.identity.kind == "api_key":
        _check_rights(request, wanted)
    key_id = request.context.job_factory.new_id()
    by = caller_of(request)
    key, text = await request.do(lambda _: accounts.create_key(identity_of(request), wanted, key_id, request.now(), by))
    return respond(created_key_json(key, text), 201)


async def revoke(request: Request) -> Response:
    """Revoking a key twice is no error. Raises NotFound, also for the key of another user."""
    of_user, by, workspace = _own(request), caller_of(request), request.identity.workspace
    await request.do(
        lambda _: accounts.revoke_key(identity_of(request), request.path["key"], request.now(), by, of_user, workspace)
    )
    credentials_of(request).forget()
    return Response(b"", 204)


def _own(request: Request) -> str | None:
    """The user whose keys the caller may see; None: all users."""
    _need_a_user(request)
    is_all = request.may_administer
    return None if is_all else request.identity.user_id or ""


def _owner(request: Request) -> str | None:
    _need_a_user(request)
    if request.body.get("standalone"):
        if not request.may_administer:
            raise HttpError(403, "only an administrator may make a standalone key")
        return None
    if request.identity.user_id is None:
        raise HttpError(403, "the caller is not a user: make a standalone key")
    return request.identity.user_id


def _check_rights(request: Request, wanted: KeySpec) -> None:
    """Raises HttpError (403) if a limited key would create a key with more rights."""
    who = request.identity
    more = who.scopes is not None and not wanted.scopes
    if more or (who.workspace is not None and set(wanted.all_workspaces) != {who.workspace}):
        raise HttpError(403, "an API key may only make keys without further rights")


def _check_workspace(request: Request, name: str) -> None:
    """Raises InvalidInput for an unknown workspace, also for one that the caller may not see."""
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
        "Create an API key",
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
        "Revoke an API key and the keys that were created with it",
        status=204,
        also=(404,),
        audited=False,
        scope="admin",
    ),
)
