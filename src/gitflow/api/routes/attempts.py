"""The files of an attempt that an agent runs: those of its revision, those of the steps before it, and its artifacts.

Besides its API key the agent sends the token of the attempt, which it got with it.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import web

from gitflow.api.http.errors import HttpError
from gitflow.api.http.headers import DOWNLOAD
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.api.routes.agents import refuse_others
from gitflow.api.routes.artifacts import open_artifact, send_file
from gitflow.core.errors import NotFound
from gitflow.core.identity import AGENT_SCOPE
from gitflow.stores.protocols.blobs import NoBlob
from gitflow.views.attempts import Need, need_json
from gitflow.workspaces.bundles import bundle_of
from gitflow.workspaces.checkouts import Checkouts

if TYPE_CHECKING:
    from gitflow.api.http.request import Request
    from gitflow.core.jobs.job import Job
    from gitflow.stores.protocols.artifacts import Artifact
    from gitflow.stores.registry import Stores

#: The header with the token of the attempt.
TOKEN = "Gitflow-Attempt"
BYTES = "application/octet-stream"
BLOCK = 1 << 20
#: How long an upload may pause, in seconds.
PAUSE_S = 60.0


def _job(request: Request) -> Job:
    """The job of the attempt in the path. Raises NotFound for everybody but the agent that runs it."""
    refuse_others(request)
    attempt = request.path["attempt"]
    if attempt.isdecimal() and len(attempt) < 10:
        key = (request.path["id"], request.path["step"], int(attempt))
        token = request.http_request.headers.get(TOKEN, "")
        job = request.context.fleet.attempt_of(key, token, request.identity.key_id or "")
        if job is not None:
            return job
    raise NotFound("attempt", f"{request.path['step']}.{attempt}")


async def files(request: Request) -> web.StreamResponse:
    job = _job(request)
    checkout = Checkouts(request.context.config.state_dir).at(job.workspace, job.revision)
    path, digest = await asyncio.to_thread(bundle_of, checkout)
    return await _send(request, os.open(path, os.O_RDONLY | os.O_CLOEXEC), digest)


async def needs(request: Request) -> Response:
    return await list_needs(request, _job(request))


async def list_needs(request: Request, job: Job) -> Response:
    step = request.path["step"]
    found = await request.read(lambda stores: _needs(stores, job, step))
    return respond([need_json(Need(*row)) for row in found])


async def need(request: Request) -> web.StreamResponse:
    return await send_need(request, _job(request))


async def send_need(request: Request, job: Job) -> web.StreamResponse:
    step, digest = request.path["step"], request.path["digest"]
    found = await request.read(lambda stores: _needs(stores, job, step))
    wanted = next((artifact for _, _, artifact in found if artifact.digest == digest), None)
    if wanted is None:
        raise NotFound("artifact", digest)
    try:
        file = await open_artifact(request, wanted)
    except (FileNotFoundError, NoBlob):
        raise NotFound("artifact", digest) from None
    return await _send(request, file, digest)


def _needs(stores: Stores, job: Job, step: str) -> list[tuple[str, int | None, Artifact]]:
    """What the steps before this one have left: (step, number of the loop's instance, artifact)."""
    written, graph = step.partition("[")[0], job.plan.graph
    left = {name.partition("[")[0] for name, _, _ in stores.artifact_names.artifacts(job.id)}
    above = sorted(name for name in left if written in graph.downstream(name))
    return stores.artifact_names.artifacts_of_steps(job.id, above) if above else []


async def _send(request: Request, file: int, digest: str) -> web.StreamResponse:
    response = web.StreamResponse(headers={**DOWNLOAD, "X-Request-ID": request.id, "ETag": f'"{digest}"'})
    response.content_type = BYTES
    response.content_length = os.fstat(file).st_size
    return await send_file(request, response, file)


async def upload(request: Request) -> Response:
    """Keeps a file until the report that names it."""
    _job(request)
    return await receive_upload(request)


async def receive_upload(request: Request) -> Response:
    store, wanted = request.context.stores.artifacts, request.path["digest"]
    path = await asyncio.to_thread(store.begin_upload)
    try:
        digest = await _receive(request, path)
        if digest != wanted:
            raise HttpError(400, "the content has another SHA-256 than the path says")
        await asyncio.to_thread(store.end_upload, path, digest)
    except OSError as error:
        raise HttpError(507, f"the file cannot be kept: {error.strerror or error}") from None
    finally:
        with suppress(FileNotFoundError):
            os.unlink(path)
    return Response(b"", 204)


async def _receive(request: Request, path: str) -> str:
    """Writes the body to a new file. Returns its SHA-256. Raises OSError, and HttpError if it stops."""
    digest, content = hashlib.sha256(), request.http_request.content
    with open(path, "xb", opener=_private) as file:
        while True:
            try:
                async with asyncio.timeout(PAUSE_S):
                    block = await content.readany()
            except TimeoutError:
                raise HttpError(408, "the body did not arrive in time", headers={"Connection": "close"}) from None
            if not block:
                break
            digest.update(block)
            await asyncio.to_thread(file.write, block)
        await asyncio.to_thread(_sync, file.fileno(), file.flush)
    return digest.hexdigest()


def _sync(fd: int, flush: object) -> None:
    if callable(flush):
        flush()
    os.fsync(fd)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


PATH = "/api/attempts/{id}/{step}/{attempt}"
HEADERS = {TOKEN: "The token of the attempt, which the agent got with it."}

ROUTES = (
    Route(
        "GET",
        f"{PATH}/files",
        files,
        "view",
        "Download the files of an attempt's revision, for its agent",
        media=BYTES,
        also=(403, 404, 409),
        headers=HEADERS,
        scope=AGENT_SCOPE,
    ),
    Route(
        "GET",
        f"{PATH}/needs",
        needs,
        "view",
        "List the artifacts of the steps before an attempt, for its agent",
        answer="Needs",
        also=(403, 404),
        headers=HEADERS,
        scope=AGENT_SCOPE,
    ),
    Route(
        "GET",
        f"{PATH}/needs/{{digest}}",
        need,
        "view",
        "Download an artifact of a step before an attempt, for its agent",
        media=BYTES,
        also=(403, 404),
        headers=HEADERS,
        scope=AGENT_SCOPE,
    ),
    Route(
        "PUT",
        f"{PATH}/artifacts/{{digest}}",
        upload,
        "view",
        "Upload a file that an attempt left, from its agent",
        status=204,
        also=(403, 404, 408, 507),
        headers=HEADERS,
        raw_body=True,
        body_media=BYTES,
        audited=False,
        scope=AGENT_SCOPE,
    ),
)
