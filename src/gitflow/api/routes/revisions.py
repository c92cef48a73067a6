"""Which revision of a workspace a caller may name for a new job.

An administrator may name any. For others ``workspaces.<name>.revisions`` says which they may name beside the active
revision, because an unreviewed commit is code that the owners of the branch have not accepted. A task that has an
approval at the active revision never runs at another one for them: the approval could be missing there.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from gitflow.core.errors import Forbidden
from gitflow.core.language.sources import Revision
from gitflow.core.machine.approvals import has_approval

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from gitflow.api.http.request import Request
    from gitflow.core.jobs.job import Job
    from gitflow.runtime.workspaces.served import ServedWorkspace

    Rule = Callable[[Request, ServedWorkspace, Revision], Awaitable[bool]]

#: An abbreviated commit, or a whole one.
_ABBREVIATED = re.compile(r"[0-9a-f]{7,}")


async def revision_of(request: Request, wanted: str | None) -> Revision:
    """The active revision, or the named one. Raises Forbidden, RevisionRefused and WorkspaceError."""
    one = request.served()
    active = one.active[1]
    if wanted is None:
        return active
    if request.may("admin", one.name, request.path["name"]):
        found = await asyncio.to_thread(one.workspace.resolve, wanted)
    else:
        found = await _resolve_for_user(request, one, wanted)
    if found.id != active.id:
        await asyncio.to_thread(request.context.workspaces.check, one, found, wanted)
    return found


async def check_kept_revision(request: Request, one: ServedWorkspace, job: Job) -> None:
    """Checks that the caller may run the task with another input at the revision of a stored job.

    Raises Forbidden and RevisionRefused.
    """
    snapshot, active = one.active
    task, revision = job.task_name, Revision(job.revision)
    if revision.id == active.id:
        return
    if not request.may("admin", one.name, task):
        rule = request.context.config.workspaces[one.name].revisions
        if rule == "served" or not await RULES[rule](request, one, revision):
            raise _refused(one, revision.id, rule)
        if has_approval(snapshot, task):
            raise _skips_approval(task)
    await asyncio.to_thread(request.context.workspaces.check, one, revision, revision.id)


async def _resolve_for_user(request: Request, one: ServedWorkspace, wanted: str) -> Revision:
    snapshot, active = one.active
    found = await allowed_revision(request, one, wanted)
    if found.id != active.id and has_approval(snapshot, request.path["name"]):
        raise _skips_approval(request.path["name"])
    return found


def _skips_approval(task: str) -> Forbidden:
    return Forbidden(
        f"task {task!r} has an approval at the active revision, so only an administrator may run it at another one"
    )


async def allowed_revision(request: Request, one: ServedWorkspace, wanted: str) -> Revision:
    """The revision that a caller names who is no administrator. Raises Forbidden and WorkspaceError."""
    _, active = one.active
    rule = request.context.config.workspaces[one.name].revisions
    is_active = wanted == active.id or (_ABBREVIATED.fullmatch(wanted) and active.id.startswith(wanted))
    if is_active or (wanted == one.branch and not _means_newest_commit(rule)):
        return active
    if rule == "served":
        raise _refused(one, wanted, rule)  # before the look-up, which could reveal branches
    found = await asyncio.to_thread(one.workspace.resolve, wanted)
    if found.id != active.id and not await RULES[rule](request, one, found):
        raise _refused(one, wanted, rule)
    return found


async def named_revision(request: Request, one: ServedWorkspace, wanted: str, task: str = "") -> Revision:
    """A revision that the caller names to read it. Raises Forbidden for one that the caller may not name for jobs, and
    WorkspaceError."""
    if request.may("admin", one.name, task):
        return await asyncio.to_thread(one.workspace.resolve, wanted)
    return await allowed_revision(request, one, wanted)


def _means_newest_commit(rule: str) -> bool:
    """Whether the name of a branch means its newest commit, even if that is not the active revision."""
    return rule in ("branches", "any")


def _refused(one: ServedWorkspace, wanted: str, rule: str) -> Forbidden:
    return Forbidden(
        f"you may not name revision {wanted!r} of workspace {one.name!r}: {ALLOWED[rule]}; "
        f"an administrator may, and workspaces.{one.name}.revisions says what others may"
    )


async def _was_active(request: Request, one: ServedWorkspace, found: Revision) -> bool:
    return await request.read(lambda stores: stores.revisions.was_accepted(one.workspace.identity, found.id))


async def _is_on_branch(request: Request, one: ServedWorkspace, found: Revision) -> bool:
    if await _was_active(request, one, found):
        return True
    return await asyncio.to_thread(one.workspace.is_on_branch, found)


async def _is_any(request: Request, one: ServedWorkspace, found: Revision) -> bool:
    return True


#: Value of ``workspaces.<name>.revisions`` -> whether a revision other than the active one may be named.
RULES: Mapping[str, Rule] = {"history": _was_active, "branches": _is_on_branch, "any": _is_any}

#: Value of ``workspaces.<name>.revisions`` -> what may be named, for error messages.
ALLOWED: Mapping[str, str] = {
    "served": "only the active one may be named, by its commit or its branch",
    "history": "only those that were active on this server may be named",
    "branches": "only commits of its branches and those that were active may be named",
}
