"""Workspaces: the list, one workspace, its loaded revisions, and a refresh."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gitflow.api.http.bodies import seconds_in
from gitflow.api.http.errors import bad_request
from gitflow.api.http.parameters import LIMIT, whole
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.code_hosts.links import file_link
from gitflow.core.timestamps import rfc3339
from gitflow.core.values import is_object
from gitflow.runtime.workspaces.acceptances import Decision
from gitflow.views import workspaces as views

if TYPE_CHECKING:
    from gitflow.core.values import JsonObject
    from gitflow.runtime.workspaces.served import ServedWorkspace
    from gitflow.stores.protocols.revisions import Acceptance


async def index(request: Request) -> Response:
    served = request.context.workspaces
    return respond([workspace_row(request, served.get(name)) for name in served.names() if request.sees(name)])


async def show(request: Request) -> Response:
    return respond(workspace_row(request, request.served()))


async def refresh(request: Request) -> Response:
    """Refreshes the workspace, and answers once that is done."""
    return await _answer_refreshed(request)


async def accept_revision(request: Request) -> Response:
    """Accepts a revision that was refused for its policy, and answers once the workspace has been refreshed."""
    one, lasts_s = request.served(), seconds_in(request.body, "lasts")
    if lasts_s == 0:
        raise bad_request("lasts: an acceptance that lasts no time would do nothing", [("lasts", "must not be 0")])
    acceptances, decision = request.context.acceptances, _decision(request, lasts_s)
    await request.do(lambda transaction: acceptances.accept(transaction, one, decision), _describe_acceptance)
    return await _answer_refreshed(request)


async def withdraw_acceptance(request: Request) -> Response:
    """Answers with the acceptance that has ended. A revision that is active because of it stays so."""
    one, decision, acceptances = request.served(), _decision(request), request.context.acceptances
    ended = await request.do(
        lambda transaction: acceptances.withdraw(transaction, one.name, decision),
        lambda found: {"revision": found.revision, "reason": decision.reason},
    )
    return respond(views.acceptance(ended))


def _decision(request: Request, lasts_s: float | None = None) -> Decision:
    return Decision(request.path["sha"], request.actor, request.body["reason"], lasts_s)


def _describe_acceptance(found: Acceptance) -> dict[str, str]:
    """The details of the acceptance for the audit trail."""
    until = {} if found.expires_at is None else {"expires_at": rfc3339(found.expires_at)}
    return {"revision": found.revision, "reason": found.reason, **until}


async def _answer_refreshed(request: Request) -> Response:
    name = request.path["ws"]
    moved = await _refresh(request)
    revision = request.context.workspaces.get(name).revision
    result = views.RefreshResult(name, revision.id if revision else None, moved)
    return respond(views.refresh_result(result))


async def revisions(request: Request) -> Response:
    name, limit, before = request.served().name, request.number("limit"), request.query["before"]
    rows = await request.read(lambda stores: stores.revisions.revisions(name, limit, before))
    whole = request.sees_whole(name)
    return respond([views.loaded_revision(views.VisibleRevision(row, whole)) for row in rows])


async def drift(request: Request) -> Response:
    return respond(views.drift(request.served()))


async def pause_sync(request: Request) -> Response:
    """Answers once no other revision can become active any more."""
    one, reason = request.served(), request.body["reason"]
    sync = request.context.sync
    await request.do(
        lambda transaction: sync.pause(transaction, one, request.actor, reason), lambda done: {"reason": reason}
    )
    return await _answer_drift(request)


async def resume_sync(request: Request) -> Response:
    """Answers once the workspace has been refreshed."""
    one, reason = request.served(), request.body["reason"]
    sync = request.context.sync
    await request.do(lambda transaction: sync.resume(transaction, one), lambda done: {"reason": reason})
    return await _answer_drift(request)


async def _answer_drift(request: Request) -> Response:
    await _refresh(request)
    return respond(views.drift(request.served()))


async def _refresh(request: Request) -> bool:
    """Whether another revision became active. What the refresh found is in the store when this returns."""
    moved = await asyncio.wrap_future(request.context.workspaces.request_refresh(request.path["ws"]))
    await request.settled()
    return moved


def _web_url(request: Request, name: str) -> str | None:
    """The configured URL, or else the one derived from the URL of the remote."""
    config = request.context.config.workspaces.get(name)
    if config is None or config.web_url is not None or config.type != "git":
        return None if config is None else config.web_url
    pulls = config.settings.get("pull_requests")
    provider = str(pulls["provider"]) if is_object(pulls) else None
    return file_link(str(config.settings["url"]), provider, str(config.settings.get("path", "")))


def workspace_row(request: Request, found: ServedWorkspace) -> JsonObject:
    """Counts only what the caller may see; includes problems if the caller may see the whole workspace."""
    snapshot, whole = found.snapshot, request.sees_whole(found.name)
    triggers = snapshot.triggers.values() if snapshot else ()
    config = request.context.config.workspaces.get(found.name)
    seen = views.VisibleWorkspace(
        found,
        tasks_count=sum(whole or request.sees(found.name, task) for task in snapshot.tasks) if snapshot else 0,
        actions_count=len(snapshot.actions) if snapshot else 0,
        triggers_count=sum(whole or request.sees(found.name, trigger.task) for trigger in triggers),
        with_problems=whole,
        web_url=_web_url(request, found.name),
        acceptance=request.context.acceptances.of_active(found),
        writable=config.writable if config else False,
    )
    return views.workspace(seen)


ROUTES = (
    Route("GET", "/api/workspaces", index, "view", "List workspaces", answer="WorkspaceList"),
    Route("GET", "/api/workspaces/{ws}", show, "view", "Get a workspace", answer="Workspace", also=(404,)),
    Route(
        "POST",
        "/api/workspaces/{ws}/refresh",
        refresh,
        "run",
        "Check a workspace for a new revision now",
        body="Nothing",
        answer="Refreshed",
        also=(404,),
    ),
    Route(
        "GET",
        "/api/workspaces/{ws}/drift",
        drift,
        "view",
        "Compare the active revision with the remote branch",
        answer="Drift",
        also=(404,),
    ),
    Route(
        "POST",
        "/api/workspaces/{ws}/pause-sync",
        pause_sync,
        "admin",
        "Stop following the remote branch",
        body="SyncReason",
        answer="Drift",
        also=(404, 409),
    ),
    Route(
        "POST",
        "/api/workspaces/{ws}/resume-sync",
        resume_sync,
        "admin",
        "Follow the remote branch again",
        body="SyncReason",
        answer="Drift",
        also=(404, 409),
    ),
    Route(
        "GET",
        "/api/workspaces/{ws}/revisions",
        revisions,
        "view",
        "List the revisions of a workspace that were loaded, newest first",
        query=(LIMIT, whole("before", "Only revisions before the one with this id.")),
        answer="Revisions",
        also=(404,),
    ),
    Route(
        "POST",
        "/api/workspaces/{ws}/revisions/{sha}/accept",
        accept_revision,
        "admin",
        "Serve a revision that was refused because it breaks the policy",
        body="AcceptReason",
        answer="Refreshed",
        also=(404, 409),
    ),
    Route(
        "POST",
        "/api/workspaces/{ws}/revisions/{sha}/withdraw-acceptance",
        withdraw_acceptance,
        "admin",
        "End the acceptance of a revision that breaks the policy",
        body="WithdrawalReason",
        answer="Acceptance",
        also=(404, 409),
    ),
)
