"""Artifacts: the list of the files that steps have stored, and their download."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING
from urllib.parse import quote

from aiohttp import web

from gitflow.api.http.errors import HttpError, bad_request
from gitflow.api.http.headers import DOWNLOAD
from gitflow.api.http.parameters import text, whole
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.core.errors import NotFound
from gitflow.stores.protocols.blobs import NoBlob
from gitflow.views.artifacts import StepArtifact
from gitflow.views.artifacts import artifact as artifact_json

if TYPE_CHECKING:
    from gitflow.stores.protocols.artifacts import Artifact
    from gitflow.stores.registry import Stores

BYTES = "application/octet-stream"
BLOCK = 1 << 20


async def index(request: Request) -> Response:
    found = await request.read(lambda stores: _load_artifacts(stores, request.path["id"]))
    return respond([artifact_json(StepArtifact(*row)) for row in found])


async def download(request: Request) -> web.StreamResponse:
    """Finds the file by its name among the job's artifacts; paths of the file system are never used."""
    step, attempt = request.text("step"), request.query["attempt"]
    artifacts = await request.read(lambda stores: _load_artifacts(stores, request.path["id"]))
    matching = [
        (of_step, of_attempt, artifact)
        for of_step, of_attempt, artifact in artifacts
        if artifact.name == request.path["name"] and step in (None, of_step) and attempt in (None, of_attempt)
    ]
    if not matching:
        raise NotFound("artifact", request.path["name"])
    if len({of_step for of_step, _, _ in matching}) > 1:
        steps = ", ".join(sorted({of_step for of_step, _, _ in matching}))
        raise bad_request(
            f"several steps have an artifact of this name: {steps}; choose one with step", [("step", "is needed")]
        )
    return await _send(request, max(matching, key=lambda one: one[1])[2])


def _load_artifacts(stores: Stores, job_id: str) -> list[tuple[str, int, Artifact]]:
    stores.jobs.state_of(job_id)  # raises NotFound
    return stores.artifact_names.artifacts(job_id)


async def _send(request: Request, artifact: Artifact) -> web.StreamResponse:
    etag = f'"{artifact.digest}"'
    response = web.StreamResponse(headers={**DOWNLOAD, "X-Request-ID": request.id, "ETag": etag})
    response.headers["Cache-Control"] = "private, no-cache"
    if request.http_request.headers.get("If-None-Match") == etag:
        response.set_status(304)
        await response.prepare(request.http_request)
        return response
    response.content_type = BYTES
    response.content_length = artifact.size
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(_last(artifact.name), safe='')}"
    try:
        file = await open_artifact(request, artifact)
    except (FileNotFoundError, NoBlob):
        raise HttpError(404, f"artifact {artifact.name!r} has been removed") from None
    return await send_file(request, response, file)


async def open_artifact(request: Request, artifact: Artifact) -> int:
    """Raises OSError, and StoreError where servers share the files."""
    store = request.context.stores.artifacts
    if store.shared is not None:
        await asyncio.to_thread(store.bring, artifact)
    return store.open(artifact.digest)


async def send_file(request: Request, response: web.StreamResponse, file: int) -> web.StreamResponse:
    """Answers with the content of an open file, and closes it."""
    try:
        await response.prepare(request.http_request)
        if request.http_request.method != "HEAD":
            while block := await asyncio.to_thread(os.read, file, BLOCK):
                await response.write(block)
    finally:
        os.close(file)
    await response.write_eof()
    return response


def _last(name: str) -> str:
    return name.rpartition("/")[2]


ROUTES = (
    Route(
        "GET",
        "/api/jobs/{id}/artifacts",
        index,
        "view",
        "List the artifacts of a job",
        answer="Artifacts",
        also=(404,),
    ),
    Route(
        "GET",
        "/api/jobs/{id}/artifacts/{name*}",
        download,
        "view",
        "Download an artifact",
        query=(
            text("step", "The step that left the artifact; required if several steps left one with this name."),
            whole("attempt", "The attempt that left the artifact; the last one if left out.", minimum=1),
        ),
        media=BYTES,
        also=(304, 404),
    ),
)
