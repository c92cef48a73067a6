"""Files of a workspace at a revision, as text, and the list of them.

A caller who may see the whole workspace reads every file, at the revisions that it may run and at the one that was
refused last, whose problems it sees. Other callers read the files that a task uses which they may see, at the active
revision alone, and no file that also defines something else. Nothing of git's own is a file.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gitflow.api.http.errors import HttpError
from gitflow.api.http.parameters import text
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.api.routes.actions import visible_actions
from gitflow.api.routes.revisions import named_revision
from gitflow.core.changes.files import users_of_files
from gitflow.core.errors import Forbidden, NotFound
from gitflow.views.files import ListedFiles, file_list
from gitflow.workspaces.folder import blob_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.language.sources import Revision
    from gitflow.core.problems import Place
    from gitflow.runtime.workspaces.served import ServedWorkspace

#: Larger files are refused.
MAX_BYTES = 2 << 20
#: How many files a list has at most.
MAX_FILES = 20_000

#: Also for pages and pictures: a file of a repository must not run as a page of this server.
TEXT_MEDIA, BYTES = "text/plain; charset=utf-8", "application/octet-stream"


async def show(request: Request) -> Response:
    """The ``ETag`` is what git calls the content; a file that is no text is sent as bytes."""
    one, path = request.served(), request.path["path"]
    revision = await revision_to_read(request, one, request.text("revision"))
    seen = _seen_paths(request, one)
    found = None
    if seen is None or path in seen:
        found = await asyncio.to_thread(one.workspace.read_file, revision, path, MAX_BYTES)
    if found is None:
        raise NotFound("file", path)
    if found.data is None:
        raise HttpError(413, f"file {path!r} has {found.size} bytes; at most {MAX_BYTES} are shown")
    headers = {"X-Revision": revision.id}
    return Response(found.data, 200, headers, blob_id(found.data), TEXT_MEDIA if _is_text(found.data) else BYTES)


async def index(request: Request) -> Response:
    """In the order of their paths."""
    one = request.served()
    revision = await revision_to_read(request, one, request.text("revision"))
    seen = _seen_paths(request, one)
    entries = await asyncio.to_thread(one.workspace.files, revision)
    wanted = [entry for entry in entries if seen is None or entry.path in seen]
    return respond(file_list(ListedFiles(revision.id, sorted(wanted, key=lambda entry: entry.path), MAX_FILES)))


async def revision_to_read(request: Request, one: ServedWorkspace, wanted: str | None) -> Revision:
    """The active revision, or the named one. Raises Forbidden, RevisionRefused and WorkspaceError."""
    candidate = one.candidate.revision if one.candidate is not None else None
    if not request.sees_whole(one.name):
        active = one.active[1]
        if wanted not in (None, active.id):
            raise Forbidden(f"you may see a part of workspace {one.name!r}, and so only its active revision")
        return active
    if candidate is not None and wanted == candidate.id:
        return candidate
    if wanted is None:
        return one.active[1]
    return await named_revision(request, one, wanted)


def _seen_paths(request: Request, one: ServedWorkspace) -> frozenset[str] | None:
    """The files that the caller may see; None: all."""
    if request.sees_whole(one.name):
        return None
    snapshot, _ = one.active
    tasks = frozenset(name for name in snapshot.tasks if request.sees(one.name, name))
    visible = {"tasks": tasks, "actions": frozenset(visible_actions(request))}
    scripts = users_of_files(snapshot, lambda section, name: name in visible[section])
    named = {path for path, users in scripts.items() if any(user.kind != "secret" for user in users)}
    places = list(_places(snapshot))
    others = {place.file for section, name, place in places if name not in visible.get(section, tasks)}
    defined = {place.file for section, name, place in places if section in visible and name in visible[section]}
    return frozenset(named | (defined - others))


def _places(snapshot: Snapshot) -> Iterator[tuple[str, str, Place]]:
    """(section, what must be visible, place) of each definition."""
    for name, task in snapshot.tasks.items():
        yield "tasks", name, task.where
    for name, action in snapshot.actions.items():
        yield "actions", name, action.where
    for trigger in snapshot.triggers.values():
        yield "triggers", trigger.task, trigger.where
    for place in snapshot.secret_places.values():
        yield "secrets", "", place
    for connection in snapshot.connections.values():
        yield "connections", "", connection.where


def _is_text(data: bytes) -> bool:
    if b"\0" in data:
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


_REVISION = text("revision", "A branch, tag or commit; the active revision if left out.")

ROUTES = (
    Route(
        "GET",
        "/api/workspaces/{ws}/files",
        index,
        "view",
        "List the files of a workspace",
        tag="workspaces",
        query=(_REVISION,),
        answer="FileList",
        also=(403, 404, 409, 422),
    ),
    Route(
        "GET",
        "/api/workspaces/{ws}/files/{path*}",
        show,
        "view",
        "Read a file of a workspace",
        tag="workspaces",
        query=(_REVISION,),
        media="text/plain",
        others={BYTES: ""},
        also=(304, 403, 404, 409, 413, 422),
    ),
)
