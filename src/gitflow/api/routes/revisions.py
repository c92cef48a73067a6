"""Which revision of a workspace a caller may name for a new job.

An administrator may name any. For everybody else ``workspaces.<name>.revisions`` says what counts beside the revision
in force: a commit that nobody has reviewed is code that the branch's owners have not accepted. Whatever it says, a
task that has an approval as it is served runs at no other revision: there the approval may be missing.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from gitflow.core.errors import Forbidden
from gitflow.core.machine.approvals import has_approval

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from gitflow.api.http.request import Request
    from gitflow.core.language.sources import Revision
    from gitflow.runtime.workspaces.served import ServedWorkspace

    Rule = Callable[[Request, ServedWorkspace, Revision], Awaitable[bool]]

#: An abbreviated commit, or a whole one.
_ABBREVIATED = re.compile(r"[0-9a-f]{7,}")


async def revision_of(request: Request, wanted: str | None) -> Revision:
    """The revision in force, or the one that is named. Raises Forbidden and WorkspaceError."""
    one = request.served()
    in_force = one.in_force[1]
    if wanted is None:
        return in_force
    if request.may("admin", one.name, request.path["name"]):
        return await asyncio.to_thread(one.workspace.resolve, wanted)
    return await _for_a_runner(request, one, wanted)


async def _for_a_runner(request: Request, one: ServedWorkspace, wanted: str) -> Revision:
    snapshot, in_force = one.in_force
    found = await allowed_revision(request, one, wanted)
    if found.id != in_force.id and has_approval(snapshot, request.path["name"]):
        task = request.path["name"]
        raise Forbidden(
            f"task {task!r} has an approval as it is served, so only an administrator runs it at another revision"
        )
    return found


async def allowed_revision(request: Request, one: ServedWorkspace, wanted: str) -> Revision:
    """The one that somebody names who is no administrator. Raises Forbidden and WorkspaceError."""
    _, in_force = one.in_force
    rule = request.context.config.workspaces[one.name].revisions
    is_in_force = wanted == in_force.id or (_ABBREVIATED.fullmatch(wanted) and in_force.id.startswith(wanted))
    if is_in_force or (wanted == one.branch and not _names_tips(rule)):
        return in_force
    if rule == "served":
        raise _refused(one, wanted, rule)  # it is not even looked up, so nobody learns what branches there are
    found = await asyncio.to_thread(one.workspace.resolve, wanted)
    if found.id != in_force.id and not await RULES[rule](request, one, found):
        raise _refused(one, wanted, rule)
    return found


def _names_tips(rule: str) -> bool:
    """Whether a branch's name means its newest commit, also where that is not in force."""
    return rule in ("branches", "any")


def _refused(one: ServedWorkspace, wanted: str, rule: str) -> Forbidden:
    return Forbidden(
        f"you may not name revision {wanted!r} of workspace {one.name!r}: {ALLOWED[rule]}; "
        f"an administrator may, and workspaces.{one.name}.revisions says what others may"
    )


async def _was_in_force(request: Request, one: ServedWorkspace, found: Revision) -> bool:
    return await request.read(lambda stores: stores.revisions.was_accepted(one.workspace.identity, found.id))


async def _is_on_branch(request: Request, one: ServedWorkspace, found: Revision) -> bool:
    if await _was_in_force(request, one, found):
        return True
    return await asyncio.to_thread(one.workspace.is_on_branch, found)


async def _is_any(request: Request, one: ServedWorkspace, found: Revision) -> bool:
    return True


#: By ``workspaces.<name>.revisions``: whether a revision that is not in force may be named.
RULES: Mapping[str, Rule] = {"history": _was_in_force, "branches": _is_on_branch, "any": _is_any}

#: How a refusal says what may be named.
ALLOWED: Mapping[str, str] = {
    "served": "only the one in force may be named, by its commit or its branch",
    "history": "only those that were in force on this server may be named",
    "branches": "only commits of its branches and those that were in force may be named",
}
