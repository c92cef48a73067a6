"""Users: administrators list and change all accounts, everybody else sees their own."""

from __future__ import annotations

import asyncio

from gitflow.api.auth.credentials import credentials_of
from gitflow.api.auth.sign_in import caller_of, identity_of, need_accounts
from gitflow.api.http.errors import HttpError
from gitflow.api.http.parameters import LIMIT, OFFSET
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.core.errors import NotFound
from gitflow.core.identity import User
from gitflow.identity.passwords import hash_password
from gitflow.runtime.operations import accounts, user_changes
from gitflow.runtime.operations.user_changes import UserChanges
from gitflow.views.accounts import user_json, user_session_json


async def index(request: Request) -> Response:
    """Oldest first; only the caller's own account unless the caller is an administrator."""
    limit, offset = request.number("limit"), request.number("offset")
    if _is_administrator(request):
        return respond(
            [user_json(user) for user in await request.read(lambda stores: stores.identity.users(limit, offset))]
        )
    user_id = request.identity.user_id
    own = [] if user_id is None else [await request.read(lambda stores: stores.identity.user(user_id))]
    return respond([user_json(user) for user in own[offset : offset + limit]])


async def show(request: Request) -> Response:
    """Raises NotFound, also for the account of another user."""
    user_id = request.path["id"]
    if user_id != request.identity.user_id and not _is_administrator(request):
        raise NotFound("user", user_id)
    return respond(user_json(await request.read(lambda stores: stores.identity.user(user_id))))


async def create(request: Request) -> Response:
    """Raises InvalidInput, and Conflict if the email is taken."""
    need_accounts(request)
    body, password = request.body, request.body.get("password")
    if body.get("is_admin"):
        _forbid_api_key(request, "make an administrator")
    made = await asyncio.to_thread(hash_password, password) if password is not None else None
    user = User(
        request.context.job_factory.new_id(),
        body["email"],
        body.get("name", ""),
        0.0,
        made,
        bool(body.get("is_admin", False)),
        accounts.listed(body.get("groups", ())),
    )
    stored = await request.do(
        lambda _: accounts.create_user(identity_of(request), user, request.now(), caller_of(request))
    )
    return respond(user_json(stored), 201)


async def change(request: Request) -> Response:
    """Raises Conflict if nobody would be left who can administer the server."""
    need_accounts(request)
    body = request.body
    if body.get("is_admin"):
        _forbid_api_key(request, "make an administrator")
    groups = body.get("groups")
    wanted = UserChanges(body.get("name"), None if groups is None else tuple(groups), body.get("is_admin"))
    user_id = request.path["id"]
    changed = await request.do(
        lambda _: user_changes.change_user(identity_of(request), user_id, wanted, request.now(), caller_of(request))
    )
    credentials_of(request).forget()
    return respond(user_json(changed))


async def sessions(request: Request) -> Response:
    """Newest first. Raises NotFound, also for the account of another user."""
    user_id, now = _own_or_any(request), request.now()
    found = await request.read(lambda stores: stores.identity.sessions(stores.identity.user(user_id).user_id, now))
    return respond([user_session_json(session) for session in found])


async def end_sessions(request: Request) -> Response:
    """Raises NotFound, also for the account of another user."""
    user_id = _own_or_any(request)
    await request.do(
        lambda _: user_changes.end_sessions(identity_of(request), user_id, request.now(), caller_of(request))
    )
    return Response(b"", 204)


async def end_session(request: Request) -> Response:
    """Raises NotFound, also for a session of another user."""
    user_id, session_id = _own_or_any(request), request.path["session"]
    await request.do(
        lambda _: user_changes.end_session(identity_of(request), user_id, session_id, request.now(), caller_of(request))
    )
    return Response(b"", 204)


def _own_or_any(request: Request) -> str:
    """The user in the path, which is the caller unless an administrator calls. Raises NotFound."""
    need_accounts(request)
    user_id = request.path["id"]
    if user_id != request.identity.user_id and not _is_administrator(request):
        raise NotFound("user", user_id)
    return user_id


async def set_password(request: Request) -> Response:
    need_accounts(request)
    user_id = request.path["id"]
    if (
        request.identity.kind == "api_key"
        and (await request.read(lambda stores: stores.identity.user(user_id))).is_admin
    ):
        _forbid_api_key(request, "set the password of an administrator")
    made = await asyncio.to_thread(hash_password, request.body["password"])
    await request.do(
        lambda _: accounts.set_password(identity_of(request), user_id, made, request.now(), caller_of(request))
    )
    credentials_of(request).forget()
    return Response(b"", 204)


async def disable(request: Request) -> Response:
    return await _set_disabled(request, True)


async def enable(request: Request) -> Response:
    return await _set_disabled(request, False)


async def _set_disabled(request: Request, disabled: bool) -> Response:
    need_accounts(request)
    user_id = request.path["id"]
    changed = await request.do(
        lambda _: accounts.set_disabled(identity_of(request), user_id, disabled, request.now(), caller_of(request))
    )
    credentials_of(request).forget()
    return respond(user_json(changed))


def _forbid_api_key(request: Request, what: str) -> None:
    """Raises HttpError (403) for an API key: an administrator made with a stolen key would outlive the key."""
    if request.identity.kind == "api_key":
        raise HttpError(403, f"an API key may not {what}: sign in, or use the command gitflow user on the server")


def _is_administrator(request: Request) -> bool:
    return request.may_administer


ROUTES = (
    Route("GET", "/api/users", index, "view", "List users", query=(LIMIT, OFFSET), answer="UserList"),
    Route("GET", "/api/users/{id}", show, "view", "Get a user", answer="User", also=(404,)),
    Route(
        "POST",
        "/api/users",
        create,
        "admin",
        "Create a user",
        body="NewUser",
        answer="User",
        status=201,
        also=(404, 409),
        audited=False,
    ),
    Route(
        "PATCH",
        "/api/users/{id}",
        change,
        "admin",
        "Change a user's name, groups or administrator right",
        body="UserChange",
        answer="User",
        also=(404, 409),
        audited=False,
    ),
    Route(
        "GET",
        "/api/users/{id}/sessions",
        sessions,
        "view",
        "List the sessions of a user",
        answer="UserSessionList",
        also=(404,),
    ),
    Route(
        "DELETE",
        "/api/users/{id}/sessions",
        end_sessions,
        "view",
        "End every session of a user",
        status=204,
        also=(404,),
        audited=False,
        scope="admin",
    ),
    Route(
        "DELETE",
        "/api/users/{id}/sessions/{session}",
        end_session,
        "view",
        "End a session of a user",
        status=204,
        also=(404,),
        audited=False,
        scope="admin",
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
