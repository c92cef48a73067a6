"""Actions. A caller who may see only some tasks of a workspace sees only the actions of these tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.core.errors import NotFound
from gitflow.core.language.definition import OCCASIONS
from gitflow.core.names import closest
from gitflow.views import definitions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitflow.core.language.definition import Action, Task


async def index(request: Request) -> Response:
    return respond([definitions.action_row(action) for action in visible_actions(request).values()])


async def show(request: Request) -> Response:
    name, seen = request.path["name"], visible_actions(request)
    if name not in seen:
        raise NotFound("action", name, closest(name, seen))
    return respond(definitions.action_detail(seen[name]))


def visible_actions(request: Request) -> Mapping[str, Action]:
    """The actions that the caller may see, by name, in the order of their definition."""
    workspace = request.path["ws"]
    snapshot, _ = request.served().active
    if request.sees_whole(workspace):
        return snapshot.actions
    tasks = (task for name, task in snapshot.tasks.items() if request.sees(workspace, name))
    used = {name for task in tasks for name in _names_of_actions(task)}
    return {name: action for name, action in snapshot.actions.items() if name in used}


def _names_of_actions(task: Task) -> Iterator[str | None]:
    yield from (step.action for step in task.flow.values())
    for occasion in OCCASIONS:
        yield from (hook.action for hook in getattr(task.hooks, occasion))


ROUTES = (
    Route("GET", "/api/workspaces/{ws}/actions", index, "view", "List actions", answer="ActionList", also=(404, 422)),
    Route(
        "GET",
        "/api/workspaces/{ws}/actions/{name}",
        show,
        "view",
        "Get an action as its author wrote it",
        answer="ActionDetail",
        also=(404, 422),
    ),
)
