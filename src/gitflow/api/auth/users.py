"""Accounts, as administrators see and change them; everybody sees their own."""

from __future__ import annotations

import asyncio

from gitflow.api.auth.sign_in import caller_of, identity_of, need_accounts
from gitflow.api.http.errors import Refused
from gitflow.api.http.parameters import LIMIT, OFFSET
from gitflow.api.http.request import Call
from gitflow.api.http.response import Answer, answer
from gitflow.api.http.route import Route
from gitflow.core.errors import NotFound
from gitflow.core.identity import User
from gitflow.identity.passwords import hash_password
from gitflow.runtime.operations import accounts
from gitflow.views.accounts import user_shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    pass


async def index(call: Call) -> Answer:
    """Oldest first; for who is no administrator, themselves alone."""
    limit, offset = call.number("limit"), call.number("offset")
    if _is_administrator(call):
        return answer(
            [user_shown(user) for user in await call.read(lambda stores: stores.identity.users(limit, offset))]
        )
    user_id = call.identity.user_id
    own = [] if user_id is None else [await call.read(lambda stores: stores.identity.user(user_id))]
    return answer([user_shown(user) for user in own[offset : offset + limit]])


async def show(call: Call) -> Answer:
    """Raises NotFound, also for somebody else's account."""
    user_id = call.path["id"]
    if user_id != call.identity.user_id and not _is_administrator(call):
        raise NotFound("user", user_id)
    return answer(user_shown(await call.read(lambda stores: stores.identity.user(user_id))))


async def create(call: Call) -> Answer:
    """Raises InvalidInput, and Conflict where the email is taken."""
    need_accounts(call)
    body, password = call.body, call.body.get("password")
    if body.get("is_admin"):
        _need_a_person(call, "make an administrator")
    made = await asyncio.to_thread(hash_password, password) if password is not None else None
    user = User(
        call.server.service.app.office.maker.new_id(),
        body["email"],
        body.get("name", ""),
        0.0,
        made,
        bool(body.get("is_admin", False)),
        accounts.listed(body.get("groups", ())),
    )
    stored = await call.do(lambda turn: accounts.create_user(identity_of(call), user, call.now(), caller_of(call)))
    return answer(user_shown(stored), 201)


async def set_password(call: Call) -> Answer:
    need_accounts(call)
    user_id = call.path["id"]
    if call.identity.kind == "api_key" and (await call.read(lambda stores: stores.identity.user(user_id))).is_admin:
        _need_a_person(call, "set the password of an administrator")
    made = await asyncio.to_thread(hash_password, call.body["password"])
    await call.do(lambda turn: accounts.set_password(identity_of(call), user_id, made, call.now(), caller_of(call)))
    call.server.gate.forget()
    return Answer(b"", 204)


async def disable(call: Call) -> Answer:
    return await _set_disabled(call, True)


async def enable(call: Call) -> Answer:
    return await _set_disabled(call, False)


async def _set_disabled(call: Call, disabled: bool) -> Answer:
    need_accounts(call)
    user_id = call.path["id"]
    changed = await call.do(
        lambda turn: accounts.set_disabled(identity_of(call), user_id, disabled, call.now(), caller_of(call))
    )
    call.server.gate.forget()
    return answer(user_shown(changed))


def _need_a_person(call: Call, what: str) -> None:
    """What a key does ends with it; an administrator who could sign in would be left. Raises Refused (403)."""
    if call.identity.kind == "api_key":
        raise Refused(403, f"an API key may not {what}: sign in, or use the command gitflow user on the server")


def _is_administrator(call: Call) -> bool:
    return call.identity.kind == "open" or call.server.gate.permissions.may_administer(call.identity)


ROUTES = (
    Route("GET", "/api/users", index, "view", "List users", query=(LIMIT, OFFSET), answer="UserList"),
    Route("GET", "/api/users/{id}", show, "view", "Get a user", answer="User", also=(404,)),
    Route(
        "POST",
        "/api/users",
        create,
        "admin",
        "Make a user",
        body="NewUser",
        answer="User",
        status=201,
        also=(404, 409),
        audited=False,
    ),
    Route(
        "POST",
        "/api/users/{id}/password",
        set_password,
        "admin",
        "Set a user's password",
        body="NewPassword",
        status=204,
        also=(404,),
        audited=False,
    ),
    Route(
        "POST",
        "/api/users/{id}/disable",
        disable,
        "admin",
        "Disable a user",
        answer="User",
        also=(404, 409),
        audited=False,
    ),
    Route(
        "POST", "/api/users/{id}/enable", enable, "admin", "Enable a user", answer="User", also=(404,), audited=False
    ),
)
