"""CloudEvents: whoever may start a task may do it by an event that one of its triggers waits for."""

from __future__ import annotations

from gitflow.api.http.bodies import read_bytes
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.api.routes.webhooks import headers_of
from gitflow.triggers import cloudevents
from gitflow.views.triggers import event_received


async def receive(request: Request) -> Response:
    """One event, or a batch. The same source and id is the same event, and starts nothing twice."""
    body = await read_bytes(request.http_request, request.context.config.limits.body_bytes)
    events = cloudevents.parse(headers_of(request.http_request), body)
    triggers = request.context.triggers

    def may_start(workspace: str, task: str) -> bool:
        return request.may("run", workspace, task)

    received = await request.do(lambda turn: triggers.receive(turn, events, request.actor, may_start))
    return respond({"events": [event_received(each) for each in received]})


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
        starts=True,
    ),
)
