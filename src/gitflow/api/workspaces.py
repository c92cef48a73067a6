"""Workspaces: what is served of each, and what stands in the way of something newer."""

from __future__ import annotations

from gitflow.api import messages
from gitflow.api.answer import Answer, answer
from gitflow.api.call import Call
from gitflow.api.route import Route

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.snapshot import Commit
    from gitflow.core.values import JsonObject
    from gitflow.runtime.served import ServedWorkspace


async def index(call: Call) -> Answer:
    served = call.server.service.served
    return answer([workspace_row(served.get(name)) for name in served.names() if call.sees(name)])


async def show(call: Call) -> Answer:
    return answer(workspace_row(call.served()))


def workspace_row(found: ServedWorkspace) -> JsonObject:
    snapshot, candidate = found.snapshot, found.candidate
    return {
        "name": found.name,
        "tasks_count": len(snapshot.tasks) if snapshot else 0,
        "actions_count": len(snapshot.actions) if snapshot else 0,
        "triggers_count": len(snapshot.triggers) if snapshot else 0,
        "revision": snapshot.revision if snapshot else None,
        "candidate": candidate
        and {"revision": candidate.revision.id, "problems": [messages.problem(each) for each in candidate.problems]},
        "error": found.error,
        "branch": found.branch,
        "commit": _commit(found.commit) if found.commit else None,
    }


def _commit(commit: Commit) -> JsonObject:
    return {"author": commit.author, "message": commit.message, "at": messages.rfc3339(commit.at)}


ROUTES = (
    Route("GET", "/api/workspaces", index, "view", "List workspaces", answer="WorkspaceList"),
    Route("GET", "/api/workspaces/{ws}", show, "view", "Get a workspace", answer="Workspace", also=(404,)),
)
