"""Drains the server: it takes nothing new, finishes the steps that run, and then stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.http.bodies import seconds_in
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.views.server import DrainProgress, draining

if TYPE_CHECKING:
    from gitflow.core.values import JsonObject


async def drain(request: Request) -> Response:
    """Of repeated requests, the earliest deadline counts."""
    timeout_s, reason = _timeout_s(request), request.body.get("reason")
    begin, said = request.context.drain.begin, {"reason": reason} if reason else {}
    await request.do(
        lambda transaction: begin(transaction, timeout_s, request.actor, reason),
        lambda _: {"timeout_s": f"{timeout_s:g}", **said},
    )
    return respond(_described(request), 202)


async def show_drain(request: Request) -> Response:
    return respond(_described(request))


def _timeout_s(request: Request) -> float:
    given = seconds_in(request.body, "timeout")
    return request.context.config.drain_timeout if given is None else given


def _described(request: Request) -> JsonObject:
    engine = request.context.engine
    return draining(DrainProgress(request.context.drain.state, engine.running_steps(), engine.open_jobs()))


ROUTES = (
    Route(
        "POST",
        "/api/drain",
        drain,
        "admin",
        "Drain the server: start nothing new, finish the running steps, then stop",
        tag="server",
        body="Drain",
        answer="Draining",
        status=202,
    ),
    Route(
        "GET",
        "/api/drain",
        show_drain,
        "admin",
        "Get whether the server is being drained",
        tag="server",
        answer="Draining",
    ),
)
