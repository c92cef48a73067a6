"""Operations on instances, one or many: pause, resume, restart, terminate, delete, and events."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gitflow.api.dialects.cloudflare import views
from gitflow.api.dialects.cloudflare.envelope import (
    CANNOT_TERMINATE,
    NO_INSTANCE,
    WRONG_STATE,
    envelope,
    invalid,
    refused,
)
from gitflow.api.dialects.cloudflare.lookup import LoadedInstance, instance_of, look_up, with_instances
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

#: How long the answer waits for terminated instances to end, and the polling interval, in seconds.
TIMEOUT_S, POLL_S = 2.0, 0.01

#: The maximal length of an event type, and of the name of a step to restart from.
MAX_TYPE_LENGTH, MAX_STEP_LENGTH = 100, 256

#: Type of a step to restart from -> type of its entry in the logs.
KIND_OF: Mapping[str, str] = {"do": "step", "sleep": "sleep", "waitForEvent": "waitForEvent"}


async def edit_status(request: Request) -> Response:
    body = await json_body(request)
    wanted = body.get("status") if is_object(body) else None
    if not is_object(body) or not isinstance(wanted, str) or wanted not in CHANGES:
        raise invalid(f"status must be one of {', '.join(CHANGES)}")
    if body.get("rollback") is not None and (wanted != "terminate" or not isinstance(body["rollback"], bool)):
        raise invalid("rollback must be true or false, and is only allowed with terminate")
    if body.get("from") is not None and wanted != "restart":
        raise invalid("from is only allowed with restart")
    found = await instance_of(request)
    await CHANGES[wanted](request, found, body)
    after = await instance_of(request)
    return envelope({"status": state_of(after.job), "timestamp": views.moment(request.now())})


async def _pause(request: Request, found: LoadedInstance, body: JsonObject) -> None:
    await _perform(request, found, "pause")


async def _resume(request: Request, found: LoadedInstance, body: JsonObject) -> None:
    await _perform(request, found, "resume")


async def _terminate(request: Request, found: LoadedInstance, body: JsonObject) -> None:
    """Ignores ``rollback``: there are no rollback handlers."""
    if found.job.ended:
        state = state_of(found.job)
        raise refused(CANNOT_TERMINATE, f"instance {found.id!r} has reached a finite state: {state}")
    if not found.job.cancelling:
        await _perform(request, found, "cancel")
    await _wait_for_end(request, [found.job.id])


async def _restart(request: Request, found: LoadedInstance, body: JsonObject) -> None:
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
    if not isinstance(name, str) or not 1 <= len(name) <= MAX_STEP_LENGTH:
        raise invalid(f"from.name must have 1 to {MAX_STEP_LENGTH} characters")
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise invalid("from.count must be a number from 1")
    if not isinstance(kind, str) or kind not in KIND_OF:
        raise invalid(f"from.type must be one of {', '.join(KIND_OF)}")
    step = step_named(job, name, count) or (step_in_logs(job, name) if count == 1 else None)
    if step is None or kind_of(job, step) != KIND_OF[kind]:
        raise refused(WRONG_STATE, f'(instance.cannot_restart) Step "{name}" not found in execution history')
    return step


#: Value of ``status`` in the request -> the function that performs it.
CHANGES: Mapping[str, Callable[[Request, LoadedInstance, JsonObject], Awaitable[None]]] = {
    "pause": _pause,
    "resume": _resume,
    "terminate": _terminate,
    "restart": _restart,
}

#: Operation -> how the message of its conflict begins.
_CONFLICT_PREFIX: Mapping[str, str] = {
    "restart": "Instance not in a restartable state: ",
    "replay": "Instance not in a restartable state: ",
}


async def _perform(
    request: Request, found: LoadedInstance, operation: str, arguments: JsonObject | None = None
) -> None:
    """Raises HttpError if the state of the instance does not allow the operation."""
    try:
        await act(request, operation, arguments or {}, found.job.id)
    except GitflowError as error:
        if status_of(error) != WRONG_STATE.status:
            raise
        raise refused(WRONG_STATE, f"{_CONFLICT_PREFIX.get(operation, '')}{error}") from None


async def _wait_for_end(request: Request, job_ids: list[str]) -> None:
    """Waits up to TIMEOUT_S: most processes end as soon as they get the signal."""
    open_job = request.context.open_job
    try:
        async with asyncio.timeout(TIMEOUT_S):
            while any((job := open_job(job_id)) is not None and not job.ended for job_id in job_ids):
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        pass


async def send_event(request: Request) -> Response:
    """The body is the payload; the same ``Idempotency-Key`` twice is one event."""
    type, payload = request.path["event_type"], await json_body(request)
    if len(type) > MAX_TYPE_LENGTH:
        raise invalid(f"the type of an event must have 1 to {MAX_TYPE_LENGTH} characters")
    found = await instance_of(request)
    key = request.http_request.headers.get("Idempotency-Key")
    sent: JsonObject = {"type": type, "payload": {} if payload is None else payload}
    await _perform(request, found, "event", {**sent, "id": key} if key else sent)
    return envelope({"instanceId": found.id, "timestamp": views.moment(request.now())})


async def delete_instance(request: Request) -> Response:
    """Deletes an ended instance, after which its id is free."""
    found = await instance_of(request)
    await _perform(request, found, "delete")
    return envelope({"instanceId": found.id, "timestamp": views.moment(request.now())})


# Bulk operations


async def terminate_batch(request: Request) -> Response:
    """Terminates the open ones; unknown and ended instances are not counted."""
    workspace, task = await with_instances(request)
    ids = list(dict.fromkeys(ids_of(await json_body(request))))
    if await ending_of(request, workspace, task) is not None:
        return envelope({"status": "already_running", "instancesTerminated": 0})
    found = await request.read(lambda stores: look_up(request, stores, workspace, task, ids))
    job_ids = dict.fromkeys(one.job.id for one in found.values() if not one.job.ended and not one.job.cancelling)
    done = [job_id for job_id in job_ids if await _cancel(request, job_id)]
    await _wait_for_end(request, done)
    return envelope({"status": "ok", "instancesTerminated": len(done)})


async def _cancel(request: Request, job_id: str) -> bool:
    try:
        await act(request, "cancel", {}, job_id)
    except GitflowError as error:  # the job has ended, or was deleted, meanwhile
        if status_of(error) not in (404, 409):
            raise
        return False
    return True


async def delete_batch(request: Request) -> Response:
    """Errors keep the order of the request; an id that is named twice is deleted once."""
    workspace, task = await with_instances(request)
    body = await json_body(request)
    ids = ids_of(body.get("instances") if is_object(body) else body)
    unique = list(dict.fromkeys(ids))
    found = await request.read(lambda stores: look_up(request, stores, workspace, task, unique))
    wrong = {id: error for id in unique if (error := await _delete(request, id, found.get(id))) is not None}
    deleted = [{"id": id} for id in unique if id not in wrong]
    return envelope({"deleted": deleted, "errors": [wrong[id] for id in ids if id in wrong]})


async def _delete(request: Request, id: str, found: LoadedInstance | None) -> JsonObject | None:
    """The error, if the instance was not deleted."""
    if found is None:
        return {"id": id, "code": NO_INSTANCE.code, "message": f"{NO_INSTANCE.name}: there is no instance {id!r}"}
    try:
        await act(request, "delete", {}, found.job.id)
    except NotFound:  # deleted a moment ago, under its other id
        return None
    except GitflowError as error:
        return {"id": id, "code": WRONG_STATE.code, "message": f"{WRONG_STATE.name}: {error}"}
    return None


async def terminate_all(request: Request) -> Response:
    """In the background: all open instances that exist now, or those in one state."""
    workspace, task = await with_instances(request)
    state = state_wanted(query_of(request), OPEN_STATES)
    has_begun = await end_all(request, workspace, task, only_status=state)
    return envelope({"status": "ok" if has_begun else "already_running"})


async def terminate_status(request: Request) -> Response:
    workspace, task = await with_instances(request)
    is_running = await ending_of(request, workspace, task) is not None
    return envelope({"status": "running" if is_running else "not_running"})
