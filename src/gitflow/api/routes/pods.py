"""What the helper of a pod asks: the files of its attempt, when the step has ended, and where its output goes.

A pod has no API key. It has the token of its attempt, which counts for this attempt alone and only while it runs.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiohttp import web

from gitflow.api.http.bodies import read_bytes
from gitflow.api.http.errors import HttpError
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.api.routes.attempts import BYTES, TOKEN, list_needs, receive_upload, send_need
from gitflow.core.errors import NotFound
from gitflow.core.hosts import is_readable_on_the_way
from gitflow.runtime.worker.kubernetes.left import MAX_BYTES, read_left
from gitflow.views.attempts import AttemptEnded, ended_json
from gitflow.workspaces.bundles import bundle_of, unpacked
from gitflow.workspaces.checkouts import Checkouts

if TYPE_CHECKING:
    from gitflow.api.http.request import Request
    from gitflow.api.http.route import Handler
    from gitflow.core.jobs.job import Job
    from gitflow.runtime.worker.kubernetes.pod_attempt import PodAttempt

#: The header with the name of the pod.
POD = "Gitflow-Pod"
HEADERS = {TOKEN: "The token of the attempt, which only its pod has.", POD: "The name of the pod."}
BLOCK = 1 << 20


def _attempt(request: Request) -> PodAttempt:
    """Raises NotFound for everybody but a pod of a current attempt, and HttpError without TLS."""
    cluster, attempt = request.context.cluster, request.path["attempt"]
    if cluster is not None and attempt.isdecimal() and len(attempt) < 10:
        key = (request.path["id"], request.path["step"], int(attempt))
        found = cluster.attempt_of(key, request.http_request.headers.get(TOKEN, ""))
        if found is not None:
            _check_link(request)
            return found
    raise NotFound("attempt", f"{request.path['step']}.{attempt}")


def _job(request: Request) -> Job:
    """Raises NotFound and HttpError."""
    attempt = _attempt(request)
    job = request.context.open_job(attempt.key[0])
    if job is None:
        raise NotFound("job", attempt.key[0])
    return job


def _check_link(request: Request) -> None:
    given = request.context.config.worker.kubernetes
    is_allowed = given is not None and given.allow_http
    if not is_allowed and is_readable_on_the_way(request.caller.scheme, request.caller.address):
        raise HttpError(403, "pods need https; `worker.kubernetes.allow_http: true` would allow http")


async def files(request: Request) -> web.StreamResponse:
    """The archive is not packed, because the helper has nothing but Python."""
    attempt = _attempt(request)
    if not attempt.may_begin(request.http_request.headers.get(POD, "")):
        raise HttpError(409, "another pod has begun this attempt")
    checkout = Checkouts(request.context.config.state_dir).at(attempt.workspace, attempt.revision)
    path, _ = await asyncio.to_thread(bundle_of, checkout)
    response = web.StreamResponse(headers={"X-Request-ID": request.id})
    response.content_type = BYTES
    await response.prepare(request.http_request)
    with unpacked(path) as archive:
        while block := await asyncio.to_thread(archive.read, BLOCK):
            await response.write(block)
    await response.write_eof()
    return response


async def needs(request: Request) -> Response:
    return await list_needs(request, _job(request))


async def need(request: Request) -> web.StreamResponse:
    return await send_need(request, _job(request))


async def ended(request: Request) -> Response:
    """Waits for the end of the step, for a while."""
    return respond(ended_json(AttemptEnded(await _attempt(request).wait_for_end())))


async def artifact(request: Request) -> Response:
    """Keeps a file until the output that names it."""
    _attempt(request)
    return await receive_upload(request)


async def output(request: Request) -> Response:
    """Takes what the step left: an archive of its output, with the list of its artifacts."""
    attempt = _attempt(request)
    attempt.take_left(read_left(await read_bytes(request.http_request, MAX_BYTES)))
    return Response(b"", 204)


PATH = "/api/pods/{id}/{step}/{attempt}"


def _route(method: str, path: str, handler: Handler, summary: str, **more: Any) -> Route:
    """Public: the token of the attempt is the only credential."""
    given: dict[str, Any] = {"tag": "pods", "also": (403, 404), "headers": HEADERS, "audited": False, **more}
    return Route(method, f"{PATH}{path}", handler, "public", summary, **given)


ROUTES = (
    _route(
        "GET", "/files", files, "Download the files of an attempt's revision, for its pod",
        media=BYTES, also=(403, 404, 409),
    ),
    _route("GET", "/needs", needs, "List the artifacts of the steps before an attempt, for its pod", answer="Needs"),
    _route(
        "GET", "/needs/{digest}", need, "Download an artifact of a step before an attempt, for its pod", media=BYTES
    ),
    _route("GET", "/ended", ended, "Wait for the end of an attempt's step, for its pod", answer="AttemptEnded"),
    _route(
        "PUT", "/artifacts/{digest}", artifact, "Upload a file that an attempt left, from its pod",
        status=204, raw_body=True, body_media=BYTES, also=(400, 403, 404, 408, 507),
    ),
    _route(
        "PUT", "/output", output, "Upload the output of an attempt, from its pod",
        status=204, raw_body=True, body_media=BYTES, also=(400, 403, 404, 408, 413),
    ),
)  # fmt: skip
