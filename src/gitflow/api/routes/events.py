"""CloudEvents: an event fires the triggers that wait for it, if the caller may run their tasks."""

from __future__ import annotations

from gitflow.api.http.bodies import read_bytes
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.api.routes.webhooks import headers_of
from gitflow.triggers import cloudevents
from gitflow.views.triggers import events_received


async def receive(request: Request) -> Response:
    """Receives one event or a batch. An event is identified by source and id; a repeated one starts nothing."""
    body = await read_bytes(request.http_request, request.context.config.limits.body_bytes)
    events = cloudevents.parse(headers_of(request.http_request), body)
    triggers = request.context.triggers

    def may_start(workspace: str, task: str) -> bool:
        return request.may("run", workspace, task)

    received = await request.do(lambda transaction: triggers.receive(transaction, events, request.actor, may_start))
    return respond(events_received(received))


ROUTES = (
    Route(
        "POST",
        "/api/events",
        receive,
        "run",
        "Send CloudEvents to the triggers that wait for them",
        answer="EventsReceived",
        also=(413,),
        raw_body=True,
    ),
)
