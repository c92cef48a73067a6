"""Authorization: whether the caller of a request may use its route.

For what a caller may not see the answer is 404, the same as for what does not exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.auth.credentials import unauthorized
from gitflow.api.auth.resources import finder_of
from gitflow.api.http.access import SCOPES_OF
from gitflow.api.http.errors import HttpError
from gitflow.api.http.route import Resource
from gitflow.core.errors import NotFound
from gitflow.core.record import replace
from gitflow.identity.permissions import has_scope
from gitflow.views.errors import Lacking

if TYPE_CHECKING:
    from gitflow.api.http.request import Request
    from gitflow.api.http.route import Route
    from gitflow.config import Config
    from gitflow.core.identity import Identity

#: So many administrators are named to who lacks a permission.
MAX_ASKED = 5


async def authorize(request: Request, route: Route) -> None:
    """Raises HttpError: 401 for an anonymous caller, 403 without permission; NotFound for what may not be seen."""
    if route.needs == "public" or request.identity.kind == "open":
        return
    try:
        await _authorize(request, route)
    except HttpError as refused:
        if refused.lacking is not None and request.identity.user_id is not None:
            refused.lacking = replace(refused.lacking, ask=await _administrators(request))
        raise


async def _authorize(request: Request, route: Route) -> None:
    _check_caller(request, route)
    finder = route.resource or finder_of(route.path)
    if finder is not None:
        _authorize_on(request, route.needs, await finder(request))
    elif route.needs == "admin" and not request.may_administer:
        raise HttpError(403, "only an administrator may do this", lacking=Lacking("admin"))


def refusal_of(request: Request, route: Route, workspace: str, task: str) -> HttpError | None:
    """Why the caller, who may see a task, may not call a route about it or its jobs; None: the caller may."""
    if request.identity.kind == "open":
        return None
    try:
        _check_caller(request, route)
        _authorize_on(request, route.needs, Resource("task", task, workspace, task))
    except HttpError as refused:
        return refused
    return None


def _check_caller(request: Request, route: Route) -> None:
    """Raises HttpError if the caller may not use such a route for any task."""
    who = request.identity
    if who.kind == "anonymous" and not _takes_anonymous(request.context.config, route):
        raise unauthorized("sign in, or send a token")
    scope = scope_of(route)
    if scope and not has_scope(who, scope):
        raise HttpError(403, f"this API key does not have the scope {scope}")


def scope_of(route: Route) -> str:
    """The scope that a limited API key needs; empty: none, for routes about the key's owner."""
    return route.scope or ("" if route.path.startswith("/api/auth/") else SCOPES_OF[route.needs])


def may_stream(config: Config, who: Identity) -> bool:
    """Whether the caller of a stream may still receive events."""
    if who.kind == "anonymous":
        return config.auth is not None and config.auth.anonymous != "none"
    return has_scope(who, SCOPES_OF["view"])


def _takes_anonymous(config: Config, route: Route) -> bool:
    """Whether an anonymous caller may use a route that is not public."""
    allowed = "none" if config.auth is None else config.auth.anonymous
    return (route.needs == "view" and allowed != "none") or (route.needs == "run" and allowed not in ("none", "view"))


def _authorize_on(request: Request, wanted: str, resource: Resource) -> None:
    workspace, task = resource.workspace, resource.task
    if not request.sees(workspace, task):
        raise NotFound(resource.kind, resource.name)
    if wanted != "view" and not request.may(wanted, workspace, task or ""):
        message = f"{request.actor} may not do this in workspace {workspace!r}"
        raise HttpError(403, message, lacking=Lacking(wanted, workspace, task))


async def _administrators(request: Request) -> tuple[str, ...]:
    """Emails of the first administrators, whom a caller without permission can ask for it."""
    users = await request.read(lambda stores: stores.identity.administrators(MAX_ASKED))
    return tuple(user.email for user in users)
