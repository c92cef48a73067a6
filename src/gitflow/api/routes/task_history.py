"""Tasks: the commits that changed what one does, and what differs between two revisions of it."""

from __future__ import annotations

import asyncio
import re
from functools import partial
from typing import TYPE_CHECKING

from gitflow.api.http.errors import bad_request
from gitflow.api.http.parameters import text, whole
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.api.routes.plans import newest_of, one_at_a_time
from gitflow.api.routes.revisions import named_revision
from gitflow.api.routes.shown_changes import shown_changes
from gitflow.api.routes.tasks import task_of
from gitflow.core.errors import WorkspaceError
from gitflow.core.record import replace
from gitflow.runtime.workspaces.plans import plan_of_tasks
from gitflow.runtime.workspaces.versions import Page, Tracer
from gitflow.views.plan import plan as written
from gitflow.views.versions import listed_version
from gitflow.workspaces.git import GitWorkspace
from gitflow.workspaces.lineage import are_ancestors
from gitflow.workspaces.revisions import EMPTY, Chosen, choose

if TYPE_CHECKING:
    from gitflow.runtime.workspaces.served import ServedWorkspace
    from gitflow.runtime.workspaces.snapshots import Snapshots

#: So many commits a cursor names at most: the ends of branches that a merge has joined.
MAX_HEADS = 20
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


async def versions(request: Request) -> Response:
    """The versions, newest first; none for a workspace outside git. ``Link`` has the next page."""
    task_of(request)
    one, limit = request.served(), request.number("limit")
    heads = _heads(request.text("before"))
    trace = partial(_trace, request.context.snapshots, one, request.path["name"], heads, limit)
    async with request.context.part(one_at_a_time):
        page = await asyncio.to_thread(trace)
    shown = [replace(each, changes=shown_changes(request, (one.name,), each.changes)) for each in page.versions]
    headers: dict[str, str] = {}
    if 0 < len(page.rest) <= MAX_HEADS:
        path, before = request.http_request.rel_url.raw_path, ",".join(page.rest)
        headers["Link"] = f'<{path}?limit={limit}&before={before}>; rel="next"'
    return respond([listed_version(each) for each in shown], headers=headers)


def _heads(before: str | None) -> tuple[str, ...] | None:
    if before is None:
        return None
    heads = tuple(before.split(","))
    if len(heads) > MAX_HEADS or not all(map(_SHA.fullmatch, heads)):
        raise bad_request("before: invalid cursor")
    return heads


def _trace(snapshots: Snapshots, one: ServedWorkspace, task: str, heads: tuple[str, ...] | None, limit: int) -> Page:
    _, active = one.active
    if active.commit is None:
        return Page((), ())
    _, tip = choose(one.workspace, EMPTY, active.commit.sha)
    source = tip.source
    assert isinstance(source, GitWorkspace)
    if heads is not None and not _are_older(source.git_dir, heads, tip.revision.id):
        raise bad_request("before: invalid cursor")
    return Tracer(snapshots, source, task).page(heads or (tip.revision.id,), limit)


def _are_older(git_dir: str, heads: tuple[str, ...], tip: str) -> bool:
    """Nobody reads the history of another branch by its commits."""
    try:
        return are_ancestors(git_dir, heads, tip)
    except WorkspaceError:
        return False


async def diff(request: Request) -> Response:
    """The plan between two revisions, of one task: it, what it uses, and what it no longer fits."""
    one, task = request.served(), request.path["name"]
    _, active = one.active
    named = request.text("from"), request.text("to")
    before = await named_revision(request, one, named[0], task) if named[0] else active
    newest = newest_of(one) if request.sees_whole(one.name) else active
    after = await named_revision(request, one, named[1], task) if named[1] else newest
    base = Chosen(named[0] or before.id, one.workspace, before)
    head = Chosen(named[1] or after.id, one.workspace, after)
    async with request.context.part(one_at_a_time):
        made = await asyncio.to_thread(plan_of_tasks, request.context.snapshots, base, head, (task,), request.now())
    problems = made.problems if request.sees_whole(one.name) else ()
    return respond(written(replace(made, changes=shown_changes(request, (one.name,), made.changes), problems=problems)))


ROUTES = (
    Route(
        "GET",
        "/api/workspaces/{ws}/tasks/{name}/versions",
        versions,
        "view",
        "List the commits that changed what a task does",
        tag="tasks",
        query=(
            whole(
                "limit",
                "How many commits to examine. Commits that changed nothing in the task are left out.",
                20,
                1,
                100,
            ),
            text("before", "Cursor from the `Link` header of the previous page: continues after it."),
        ),
        answer="Versions",
        also=(404, 422),
    ),
    Route(
        "GET",
        "/api/workspaces/{ws}/tasks/{name}/diff",
        diff,
        "view",
        "Compare two revisions of a task",
        tag="tasks",
        query=(
            text("from", "A branch, tag or commit; the active revision if left out."),
            text(
                "to",
                "A branch, tag or commit; the newest revision if left out, even a refused one for callers who see "
                "the whole workspace.",
            ),
        ),
        answer="ChangePlan",
        also=(403, 404, 409, 422),
    ),
)
