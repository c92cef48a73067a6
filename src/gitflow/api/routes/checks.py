"""Whether a change of a workspace may be merged: two revisions that the caller may name, judged by the policy."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.api.routes.plans import chosen, one_at_a_time
from gitflow.config.signatures import trust_of
from gitflow.runtime.workspaces.checks import check_change, no_signers, signers_by
from gitflow.views.check import check as written

if TYPE_CHECKING:
    from gitflow.api.http.request import Request
    from gitflow.runtime.workspaces.checks import Signers


async def check(request: Request) -> Response:
    """Judges a change by the policy of its base. Nothing of either revision is run, decrypted or looked up."""
    one = request.served()
    base, head = await chosen(request, one, request.body.get("base"), request.body.get("head"))
    async with request.context.part(one_at_a_time):
        made = await asyncio.to_thread(
            check_change, request.context.snapshots, base, head, request.now(), signers=_signers(request, one.name)
        )
    return respond(written(made))


def _signers(request: Request, workspace: str) -> Signers:
    """By the files of the server's configuration alone."""
    configured = request.context.config.workspaces.get(workspace)
    return signers_by(trust_of(configured), request.now()) if configured is not None else no_signers


ROUTES = (
    Route(
        "POST",
        "/api/workspaces/{ws}/check",
        check,
        "view",
        "Judge a change of a workspace: its definitions, its plan, and the policy of its base",
        tag="workspaces",
        body="ChangeToCheck",
        answer="Check",
        also=(403, 404, 409, 422),
        scope="workflows:read",
    ),
)
