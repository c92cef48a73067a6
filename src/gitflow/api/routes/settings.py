"""What the server runs with: its settings with their origin, versions, faces, store and checks."""

from __future__ import annotations

import asyncio
import os
import platform
from itertools import islice
from typing import TYPE_CHECKING

from gitflow.api.http.openapi import NATIVE
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.api.routes.meta import checks_of
from gitflow.config.effective import effective
from gitflow.stores.registry import DEFAULT_URL
from gitflow.views.settings import ServerState, StoreState, server_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How many files of the state directory are measured at most.
MAX_FILES = 100_000


async def settings(request: Request) -> Response:
    context, config = request.context, request.context.config
    schema = await request.read(lambda stores: stores.reports.schema_version())
    found = await asyncio.to_thread(effective, config, context.environ)
    sizes, is_complete = await asyncio.to_thread(_sizes, config.state_dir)
    store = StoreState((config.db_url or DEFAULT_URL).partition(":")[0], schema, sizes, is_complete)
    state = ServerState(
        version=context.version,
        python_version=platform.python_version(),
        started_at=context.started_at,
        config_file=config.path,
        is_changed=config.path is not None and _is_newer(config.path, context.started_at),
        faces=(NATIVE, *config.dialects),
        is_ready=await checks_of(request),
        store=store,
        settings=found,
    )
    return respond(server_settings(state))


def _is_newer(path: str, at: float) -> bool:
    """Whether a file was written after that time, or is gone."""
    try:
        return os.stat(path).st_mtime > at
    except OSError:
        return True


def _sizes(folder: str) -> tuple[dict[str, int], bool]:
    """Bytes by entry of a folder, and whether all files were measured."""
    sizes: dict[str, int] = {}
    measured = 0
    for entry in sorted(os.listdir(folder)):
        files = list(islice(_files(os.path.join(folder, entry)), MAX_FILES - measured))
        sizes[entry] = sum(map(_size, files))
        measured += len(files)
    return sizes, measured < MAX_FILES


def _files(path: str) -> Iterator[str]:
    if not os.path.isdir(path) or os.path.islink(path):
        yield path
        return
    for folder, _, names in os.walk(path):
        yield from (os.path.join(folder, name) for name in names)


def _size(path: str) -> int:
    try:
        return os.lstat(path).st_size
    except OSError:  # it was removed meanwhile
        return 0


ROUTES = (
    Route(
        "GET",
        "/api/settings",
        settings,
        "admin",
        "Get the server's settings and where they come from, its versions, store and health checks",
        answer="ServerSettings",
    ),
)
