"""What can be done to instances: their status, events, their end, one or many at a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gitflow.api.dialects.cloudflare import views as told
from gitflow.api.dialects.cloudflare.envelope import (
    CANNOT_TERMINATE,
    NO_INSTANCE,
    WRONG_STATE,
    enclosed,
    invalid,
    refused,
)
from gitflow.api.dialects.cloudflare.lookup import Found, instance_of, look_up, with_instances
from gitflow.api.dialects.cloudflare.requests import ids_of, state_wanted
from gitflow.api.dialects.cloudflare.states import state_of
from gitflow.api.dialects.cloudflare.steps import kind_of, step_in_logs, step_named
from gitflow.api.dialects.cloudflare.terminate_all import OPEN_STATES, end_all, ending_of
from gitflow.api.dialects.reading import json_body, query_of
from gitflow.api.http.errors import status_of
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response
from gitflow.api.routes.operations import act
from gitflow.core.errors import GitflowError, NotFound
from gitflow.core.values import is_object

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.core.values import Json, JsonObject

#: How long the end of what was terminated is waited for before the answer, and how often one looks, in seconds.
PATIENCE_S, LOOK_S = 2.0, 0.01

#: The longest type of an event, and the longest name of a step to restart from.
LONGEST_TYPE, LONGEST_STEP = 100, 256

#: Type of a step to restart from -> type of its entry in the logs.
KIND_OF: Mapping[str, str] = {"do": "step", "sleep": "sleep", "waitForEvent": "waitForEvent"}


async def edit_status(request: Request) -> Response:
    body = await json_body(request)
    wanted = body.get("status") if is_object(body) else None
    if not is_object(body) or not isinstance(wanted, str) or wanted not in CHANGES:
        raise invalid(f"status must be one of {', '.join(CHANGES)}")
    if body.get("rollback") is not None and (wanted != "terminate" or not isinstance(body["rollback"], bool)):
        raise invalid("rollback is true or false, and only for terminate")
    if body.get("from") is not None and wanted != "restart":
        raise invalid("from is only for restart")
    found = await instance_of(request)
    await CHANGES[wanted](request, found, body)
    after = await instance_of(request)
    return enclosed({"status": state_of(after.job), "timestamp": told.moment(request.now())})


async def _pause(request: Request, found: Found, body: JsonObject) -> None:
    await _perform(request, found, "pause")


async def _resume(request: Request, found: Found, body: JsonObject) -> None:
    await _perform(request, found, "resume")


async def _terminate(request: Request, found: Found, body: JsonObject) -> None:
    """There is nothing to roll back, whatever is asked."""
    if found.job.ended:
        state = state_of(found.job)
        raise refused(CANNOT_TERMINATE, f"instance {found.id!r} has reached a finite state: {state}")
    if not found.job.cancelling:
        await _perform(request, found, "cancel")
    await _wait_for_end(request, [found.job.id])


async def _restart(request: Request, found: Found, body: JsonObject) -> None:
    start = body.get("from")
    if start is None:
        await _perform(request, found, "restart")
        return
    step = _step_from(found.job, start)
    await _perform(request, found, "replay", {"step": step.name})


def _step_from(job: Job, start: Json) -> StepRun:
    """Raises HttpError."""
    if not is_object(start):
        raise invalid("from must be an object with the name of a step")
    name, count, kind = start.get("name"), start.get("count", 1), start.get("type", "do")
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_STEP:
        raise invalid(f"from.name must have 1 to {LONGEST_STEP} characters")
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise invalid("from.count must be a number from 1")
    if not isinstance(kind, str) or kind not in KIND_OF:
        raise invalid(f"from.type must be one of {', '.join(KIND_OF)}")
    step = step_named(job, name, count) or (step_in_logs(job, name) if count == 1 else None)
    if step is None or kind_of(job, step) != KIND_OF[kind]:
        raise refused(WRONG_STATE, f'(instance.cannot_restart) Step "{name}" not found in execution history')
    return step


#: What can be asked -> what does it.
CHANGES: Mapping[str, Callable[[Request, Found, JsonObject], Awaitable[None]]] = {
    "pause": _pause,
    "resume": _resume,
    "terminate": _terminate,
    "restart": _restart,
}

#: What every refusal of an operation begins with.
_REFUSED: Mapping[str, str] = {
    "restart": "Instance not in a restartable state: ",
    "replay": "Instance not in a restartable state: ",
}


async def _perform(request: Request, found: Found, operation: str, arguments: JsonObject | None = None) -> None:
    """Raises HttpError for what its state does not allow."""
    try:
        await act(request, operation, arguments or {}, found.job.id)
    except GitflowError as error:
        if status_of(error) != WRONG_STATE.status:
            raise
        raise refused(WRONG_STATE, f"{_REFUSED.get(operation, '')}{error}") from None


async def _wait_for_end(request: Request, job_ids: list[str]) -> None:
    """Waits for a moment: most processes end as soon as they are told to."""
    open_job = request.context.open_job
    try:
        async with asyncio.timeout(PATIENCE_S):
            while any((job := open_job(job_id)) is not None and not job.ended for job_id in job_ids):
                await asyncio.sleep(LOOK_S)
    except TimeoutError:
        pass


async def send_event(request: Request) -> Response:
    """The body is the payload; the same ``Idempotency-Key`` twice is one event."""
    type, payload = request.path["event_type"], await json_body(request)
    if len(type) > LONGEST_TYPE:
        raise invalid(f"the type of an event has 1 to {LONGEST_TYPE} characters")
    found = await instance_of(request)
    key = request.http_request.headers.get("Idempotency-Key")
    sent: JsonObject = {"type": type, "payload": {} if payload is None else payload}
    await _perform(request, found, "event", {**sent, "id": key} if key else sent)
    return enclosed({"instanceId": found.id, "timestamp": told.moment(request.now())})


async def delete_instance(request: Request) -> Response:
    """One that has ended; its id is free again."""
    found = await instance_of(request)
    await _perform(request, found, "delete")
    return enclosed({"instanceId": found.id, "timestamp": told.moment(request.now())})


# Many at once


async def terminate_batch(request: Request) -> Response:
    """Those that are there and have not ended; the others are not counted."""
    workspace, task = await with_instances(request)
    ids = list(dict.fromkeys(ids_of(await json_body(request))))
    if await ending_of(request, workspace, task) is not None:
        return enclosed({"status": "already_running", "instancesTerminated": 0})
    found = await request.read(lambda stores: look_up(request, stores, workspace, task, ids))
    meant = dict.fromkeys(one.job.id for one in found.values() if not one.job.ended and not one.job.cancelling)
    done = [job_id for job_id in meant if await _cancel(request, job_id)]
    await _wait_for_end(request, done)
    return enclosed({"status": "ok", "instancesTerminated": len(done)})


async def _cancel(request: Request, job_id: str) -> bool:
    try:
        await act(request, "cancel", {}, job_id)
    except GitflowError as error:  # it has ended meanwhile
        if status_of(error) not in (404, 409):
            raise
        return False
    return True


async def delete_batch(request: Request) -> Response:
    """In the order of the request; one that is named twice is deleted once."""
    workspace, task = await with_instances(request)
    body = await json_body(request)
    ids = ids_of(body.get("instances") if is_object(body) else body)
    unique = list(dict.fromkeys(ids))
    found = await request.read(lambda stores: look_up(request, stores, workspace, task, unique))
    wrong = {id: error for id in unique if (error := await _delete(request, id, found.get(id))) is not None}
    deleted = [{"id": id} for id in unique if id not in wrong]
    return enclosed({"deleted": deleted, "errors": [wrong[id] for id in ids if id in wrong]})


async def _delete(request: Request, id: str, found: Found | None) -> JsonObject | None:
    """Why it is still there."""
    if found is None:
        return {"id": id, "code": NO_INSTANCE.code, "message": f"{NO_INSTANCE.word}: there is no instance {id!r}"}
    try:
        await act(request, "delete", {}, found.job.id)
    except NotFound:  # named by another id before
        return None
    except GitflowError as error:
        return {"id": id, "code": WRONG_STATE.code, "message": f"{WRONG_STATE.word}: {error}"}
    return None


async def terminate_all(request: Request) -> Response:
    """In the background: every instance that there is now, or those in one state."""
    workspace, task = await with_instances(request)
    state = state_wanted(query_of(request), OPEN_STATES)
    has_begun = await end_all(request, workspace, task, only_status=state)
    return enclosed({"status": "ok" if has_begun else "already_running"})


async def terminate_status(request: Request) -> Response:
    workspace, task = await with_instances(request)
    is_running = await ending_of(request, workspace, task) is not None
    return enclosed({"status": "running" if is_running else "not_running"})
