"""The files below ``.workflows`` of a writable workspace are written and removed, each change as a commit.

What was edited comes in ``If-Match``, so that nobody overwrites what they have not seen: the revision, or the ETag of
the file. Enabling and disabling a trigger change its file in the same way.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from gitflow.api.http.bodies import read_bytes
from gitflow.api.http.errors import HttpError, bad_request
from gitflow.api.http.parameters import text
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Resource, Route
from gitflow.api.pulls.changes import Changes
from gitflow.core.errors import GitflowError
from gitflow.definitions.editing import with_enabled
from gitflow.runtime.workspaces.changes import Author, Edit, Expected
from gitflow.views.changes import made_change
from gitflow.workspaces.drafts import Person, place_of
from gitflow.workspaces.editable_paths import check_path

if TYPE_CHECKING:
    from gitflow.api.pulls.changes import Writable
    from gitflow.core.language.sources import Revision
    from gitflow.runtime.workspaces.changes import EditOf
    from gitflow.workspaces.git import GitWorkspace

#: An entity tag (RFC 9110, 8.8.3), or the revision as it is.
_TAG = re.compile(r'(?P<weak>W/)?"(?P<tag>[\x21\x23-\x7e\x80-\xff]*)"|(?P<bare>[0-9a-f]{40}(?:[0-9a-f]{24})?)')
_BINARY = "application/octet-stream"


async def put(request: Request) -> Response:
    path, expected = _checked(request)
    data = await read_bytes(request.http_request, request.context.config.limits.body_bytes)
    edit_of = partial(_put, path, data, _message(request.query["message"]))
    return await _make(request, edit_of, Expected(expected, path))


async def delete(request: Request) -> Response:
    path, expected = _checked(request)
    message = _message(request.query["message"]) or f"Remove {path}"
    return await _make(request, lambda workspace, base: Edit(path, None, message), Expected(expected, path))


async def enable(request: Request) -> Response:
    return await _switch(request, is_enabled=True)


async def disable(request: Request) -> Response:
    return await _switch(request, is_enabled=False)


async def _switch(request: Request, *, is_enabled: bool) -> Response:
    """Without ``If-Match`` the newest revision is changed, because the rest of the file stays as it is."""
    _writable(request)
    name: str = request.path["name"]
    message = _message(request.body.get("message")) or f"{'Enable' if is_enabled else 'Disable'} trigger {name}"

    def edit_of(workspace: GitWorkspace, base: Revision) -> Edit:
        path, data = with_enabled(workspace.definition_files(base), name, is_enabled)
        return Edit(check_path(path), data, message)

    expected = _expected(request)
    return await _make(request, edit_of, Expected(expected) if expected is not None else None)


def _writable(request: Request) -> Writable:
    """Raises HttpError for a caller who does not administer all of the workspace, and Conflict."""
    name = request.path["ws"]
    if not request.context.access.administers_whole(request.identity, name):
        raise HttpError(403, f"{request.actor} may not do this: it needs admin on the whole of workspace {name!r}")
    return request.context.part(Changes).find(name)


def _checked(request: Request) -> tuple[str, frozenset[str]]:
    """The path, and what ``If-Match`` names. Raises HttpError, Conflict and InvalidInput."""
    _writable(request)
    path, expected = check_path(request.path["path"]), _expected(request)
    if expected is None:
        message = "name what you have edited in If-Match: the X-Revision or the ETag that GET on this path answers"
        raise HttpError(428, message)
    return path, expected


def _expected(request: Request) -> frozenset[str] | None:
    """The tags that ``If-Match`` names; None without one. A weak tag matches nothing (RFC 9110, 13.1.1)."""
    given = [each.strip() for line in request.http_request.headers.getall("If-Match", ()) for each in line.split(",")]
    if not given:
        return None
    if given == ["*"]:
        raise HttpError(428, "If-Match: * names no revision; name the one that you have edited")
    found = [_TAG.fullmatch(each) for each in given]
    if not all(found):
        raise bad_request('If-Match is no list of revisions such as "3f2a…"')
    return frozenset(match["tag"] or match["bare"] for match in found if match and not match["weak"]) - {None}


def _message(given: str | None) -> str:
    """The message of the commit; empty if the request has none. Raises HttpError."""
    message = (given or "").replace("\r\n", "\n").strip()
    if not all(letter.isprintable() or letter in "\n\t" for letter in message):
        raise bad_request("message: has characters that cannot be printed", [("message", "is not plain text")])
    return message


def _put(path: str, data: bytes, message: str, workspace: GitWorkspace, base: Revision) -> Edit:
    is_new = place_of(workspace, base, path).file is None
    return Edit(path, data, message or f"{'Add' if is_new else 'Change'} {path}")


async def _make(request: Request, edit_of: EditOf, expected: Expected | None) -> Response:
    name = request.path["ws"]
    author = _author(request, request.context.part(Changes).find(name))
    try:
        made = await request.context.part(Changes).make(name, edit_of, author, expected)
    except GitflowError as refused:
        await request.audit({"reason": str(refused)}, outcome="refused")
        raise
    change = made.change
    await request.audit(
        {"path": change.path, "base": change.base, "revision": change.revision, "branch": change.branch}
    )
    is_proposal = change.has_changed and not change.is_direct
    etag = change.revision if change.is_direct and change.has_changed else None
    return respond(made_change(made), 202 if is_proposal else 200, etag=etag)


def _author(request: Request, one: Writable) -> Author:
    """The caller; for a caller without an account, as on an open server, the committer."""
    who, committer = request.identity, one.committing.committer
    if who.kind == "open":
        return Author(committer, committer.name)
    slug = (who.email or "").partition("@")[0] or who.name or who.actor
    return Author(Person(who.name or who.email or who.actor, who.email or committer.email), slug)


async def _whole_workspace(request: Request) -> Resource:
    """The workspace, and not the task of the trigger, because the change is one of a file of the workspace."""
    return Resource("workspace", request.path["ws"], request.path["ws"], None)


_FILE = "/api/workspaces/{ws}/files/{path*}"
_TRIGGER = "/api/workspaces/{ws}/triggers/{name}"
_MESSAGE = text("message", "The commit message; a generated one if left out.")
_IF_MATCH = {"If-Match": "Entity tag of what was edited: the revision, or the file's `ETag`."}
_REFUSED = (202, 404, 409, 412, 422)

ROUTES = (
    Route(
        "PUT",
        _FILE,
        put,
        "admin",
        "Write a file, as a commit",
        tag="files",
        query=(_MESSAGE,),
        headers=_IF_MATCH,
        answer="FileChange",
        also=(*_REFUSED, 428),
        raw_body=True,
        body_media=_BINARY,
    ),
    Route(
        "DELETE",
        _FILE,
        delete,
        "admin",
        "Remove a file, as a commit",
        tag="files",
        query=(_MESSAGE,),
        headers=_IF_MATCH,
        answer="FileChange",
        also=(*_REFUSED, 428),
    ),
    *(
        Route(
            "POST",
            f"{_TRIGGER}/{handler.__name__}",
            handler,
            "admin",
            summary,
            tag="triggers",
            headers=_IF_MATCH,
            body="ChangeMessage",
            answer="FileChange",
            also=(*_REFUSED, 428),
            resource=_whole_workspace,
        )
        for handler, summary in (
            (enable, "Enable a trigger, as a commit of its file"),
            (disable, "Disable a trigger, as a commit of its file"),
        )
    ),
)
