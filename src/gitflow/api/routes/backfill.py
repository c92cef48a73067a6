"""Starts jobs for times in the past at which a schedule would have fired."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gitflow.api.http.errors import bad_request
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.runtime.triggers.backfill import Backfill, times_of
from gitflow.runtime.triggers.fire import trigger_of
from gitflow.views.triggers import BackfilledJobs, backfilled

if TYPE_CHECKING:
    from gitflow.core.language.definition import Trigger

#: How many jobs a request without ``limit`` makes at most.
LIMIT = 100


async def backfill(request: Request) -> Response:
    """Creates the jobs at the active revision: all of them in one commit, or none."""
    one, name, actor = request.served(), request.path["name"], request.actor
    trigger = trigger_of(one.active[0], name)
    wanted = _wanted(request, trigger)
    times, is_more = await asyncio.to_thread(times_of, trigger, wanted)
    job_ids: list[str] = []
    if not request.body.get("dry_run"):
        fill = request.context.triggers.backfill
        details = {"backfill": wanted.id, "from": request.body["from"], "to": request.body["to"]}
        job_ids = await request.do(
            lambda transaction: fill(transaction, one, name, wanted, actor),
            lambda made: {**details, "jobs": str(len(made))},
        )
    zone = _zone(trigger)
    shown = [datetime.fromtimestamp(time, zone).isoformat() for time in times]
    return respond(backfilled(BackfilledJobs(wanted.id if job_ids else None, shown, job_ids, is_more)))


def _wanted(request: Request, trigger: Trigger) -> Backfill:
    """Raises HttpError."""
    body = request.body
    end = _moment(body["to"], trigger, "to")
    if end > request.now():
        raise bad_request("a backfill is of the past; to lies in the future", [("to", "lies in the future")])
    return Backfill(
        _id_of(request), _moment(body["from"], trigger, "from"), end, body.get("limit", LIMIT), body.get("at_once", 1)
    )


def _id_of(request: Request) -> str:
    """The same id for the same idempotency key, so that a repeated request creates no second job."""
    key = request.http_request.headers.get("Idempotency-Key")
    if key is None:
        return request.context.job_factory.new_id()
    text = "\0".join((request.actor, request.path["ws"], request.path["name"], key))
    return blake2b(text.encode(), digest_size=12).hexdigest()


def _moment(text: str, trigger: Trigger, field: str) -> float:
    """A date or a time; without an offset it is in the zone of the schedule. Raises HttpError."""
    moment = -1.0
    with suppress(ValueError, OverflowError):
        found = datetime.fromisoformat(text)
        moment = (found if found.tzinfo else found.replace(tzinfo=_zone(trigger))).timestamp()
    if moment < 0:
        message = f"{text!r} is not a time since 1970; write 2026-01-31, or 2026-01-31T14:00:00Z"
        raise bad_request(f"{field}: {message}", [(field, message)])
    return moment


def _zone(trigger: Trigger) -> ZoneInfo:
    return ZoneInfo(str(trigger.fields.get("timezone", "UTC")))


ROUTES = (
    Route(
        "POST",
        "/api/workspaces/{ws}/triggers/{name}/backfill",
        backfill,
        "run",
        "Start jobs for past times at which a schedule would have fired",
        tag="triggers",
        body="Backfill",
        answer="Backfilled",
        also=(404, 409, 422),
        scope="workflows:trigger",
    ),
)
