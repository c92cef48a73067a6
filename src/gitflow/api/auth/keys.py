"""API keys: shown once when they are made, listed and revoked.

A key that is limited to scopes manages keys only with the scope ``admin``; what a key makes ends with it, at the
latest, and may do no more than it.
"""

from __future__ import annotations

from gitflow.api.auth.access import unauthorized
from gitflow.api.auth.sign_in import caller_of, identity_of, need_accounts
from gitflow.api.http.errors import Refused, bad_request
from gitflow.api.http.parameters import LIMIT, OFFSET, moment_of
from gitflow.api.http.request import Call
from gitflow.api.http.response import Answer, answer
from gitflow.api.http.route import Route
from gitflow.runtime.operations import accounts
from gitflow.runtime.operations.accounts import NewKey
from gitflow.views.accounts import key_shown


async def index(call: Call) -> Answer:
    """One's own; for an administrator, all."""
    of_user, limit, offset = _own(call), call.number("limit"), call.number("offset")
    workspace = call.identity.workspace
    found = await call.read(lambda stores: stores.identity.keys(of_user, limit, offset, workspace))
    return answer([key_shown(key) for key in found])


async def create(call: Call) -> Answer:
    """A key of one's own acts for oneself; an administrator may make one that stands for itself.

    Raises InvalidInput, and Conflict where the name is taken.
    """
    body = call.body
    wanted = NewKey(
        body["name"],
        _owner(call),
        tuple(body.get("scopes", ())),
        body.get("workspace"),
        _moment(body.get("expires_at")),
        call.identity.key_id,
    )
    if wanted.workspace is not None:
        _refuse_unknown_workspace(call, wanted.workspace)
    if call.identity.kind == "api_key":
        _refuse_more_than_own(call, wanted)
    key_id = call.server.service.app.office.maker.new_id()
    by = caller_of(call)
    key, text = await call.do(lambda turn: accounts.create_key(identity_of(call), wanted, key_id, call.now(), by))
    return answer({**key_shown(key), "key": text}, 201)


async def revoke(call: Call) -> Answer:
    """May be said twice. Raises NotFound, also for somebody else's key."""
    of_user, by, workspace = _own(call), caller_of(call), call.identity.workspace
    await call.do(
        lambda turn: accounts.revoke_key(identity_of(call), call.path["key"], call.now(), by, of_user, workspace)
    )
    call.server.gate.forget()
    return Answer(b"", 204)


def _own(call: Call) -> str | None:
    """The user whose keys may be seen; None: all."""
    _need_a_user(call)
    is_all = call.server.gate.permissions.may_administer(call.identity)
    return None if is_all else call.identity.user_id or ""


def _owner(call: Call) -> str | None:
    _need_a_user(call)
    if call.body.get("standalone"):
        if not call.server.gate.permissions.may_administer(call.identity):
            raise Refused(403, "only an administrator may make a key that stands for itself")
        return None
    if call.identity.user_id is None:
        raise Refused(403, "this caller is no user: make a standalone key")
    return call.identity.user_id


def _refuse_more_than_own(call: Call, wanted: NewKey) -> None:
    """A limited key makes no key that may do more."""
    who = call.identity
    more = who.scopes is not None and not wanted.scopes
    if more or (who.workspace is not None and wanted.workspace != who.workspace):
        raise Refused(403, "a key may only make keys that may do no more than itself")


def _refuse_unknown_workspace(call: Call, name: str) -> None:
    """One that the caller may not see is as unknown as one that is not there."""
    seen = [known for known in call.server.service.served.names() if call.sees(known)]
    if name not in seen:
        accounts.refuse_workspace(name, seen)


def _need_a_user(call: Call) -> None:
    need_accounts(call)
    if call.identity.kind == "anonymous":
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
