"""Whether the caller may do something with a task, and the rule of the configuration that decides it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.http.errors import HttpError, bad_request
from gitflow.api.http.parameters import choice, text
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.core.errors import NotFound
from gitflow.core.identity import LEVELS
from gitflow.runtime.operations.accounts import identity_of_user
from gitflow.views.accounts import Permission, permission_json

if TYPE_CHECKING:
    from gitflow.core.identity import Identity


async def can(request: Request) -> Response:
    """Raises NotFound for tasks that the caller may not see. Administrators may ask about another user."""
    who, task = await _who(request), request.text("task")
    workspace = _workspace(request)
    _refuse_unseen(request, workspace, task)
    wanted = request.query["action"] or "run"
    access = request.context.access
    decision = access.decide(who, workspace, task or "")
    is_allowed = access.allows(decision, wanted)
    return respond(permission_json(Permission(wanted, workspace, task, is_allowed, decision, who)))


async def _who(request: Request) -> Identity:
    """Raises HttpError, and NotFound for an unknown user."""
    email = request.text("user")
    if email is None:
        return request.identity
    if not request.may_administer:
        raise HttpError(403, "only an administrator may do this")
    if request.context.access.is_open:
        raise HttpError(404, "this server has no accounts: its configuration has no auth section")
    found = await request.read(lambda stores: stores.identity.user_by_email(email.lower()))
    if found is None:
        raise NotFound("user", email)
    return identity_of_user(found)


def _workspace(request: Request) -> str:
    given = request.text("workspace")
    if given is not None:
        return given
    known = [name for name in request.context.workspaces.names() if request.sees(name)]
    if len(known) != 1:
        raise bad_request("workspace is missing", [("workspace", "is missing, and there is not one alone")])
    return known[0]


def _refuse_unseen(request: Request, workspace: str, task: str | None) -> None:
    """Raises NotFound for what the caller may not see, and for what does not exist."""
    if not request.sees(workspace):
        raise NotFound("workspace", workspace)
    snapshot = request.context.workspaces.get(workspace).snapshot
    if task is not None and (snapshot is None or task not in snapshot.tasks or not request.sees(workspace, task)):
        raise NotFound("task", task)


ROUTES = (
    Route(
        "GET",
        "/api/auth/can",
        can,
        "view",
        "Get whether the caller may do something, and the rule that decides it",
        tag="auth",
        query=(
            choice("action", "What the caller wants to do with the task and its jobs.", LEVELS[1:], "run"),
            text("workspace", "The workspace; required if the server has several."),
            text("task", "The task; the workspace as a whole if left out."),
            text("user", "Ask about the user with this email instead of the caller; for administrators."),
        ),
        answer="Permission",
        also=(404,),
    ),
)
