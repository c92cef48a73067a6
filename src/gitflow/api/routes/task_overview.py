"""Tasks across workspaces, each with its last jobs, its next run and its last commit."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from gitflow.api.http.errors import bad_request
from gitflow.api.http.parameters import LIMIT, flag, text
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.api.routes.fires import active_schedules
from gitflow.api.routes.last_commits import LastCommits
from gitflow.api.routes.task_stats import files_of
from gitflow.core.record import Record
from gitflow.core.status import FAILED_JOB
from gitflow.views.next_runs import run_times
from gitflow.views.overview import TaskOverview, task_overview

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gitflow.core.language.definition import Task
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.runtime.workspaces.served import ServedWorkspace
    from gitflow.stores.protocols.reports import LastJob
    from gitflow.stores.registry import Stores

    Key = tuple[str, str, str]

#: How many jobs of each task are looked at.
MAX_JOBS = 50


class SeenTask(Record):
    one: ServedWorkspace
    snapshot: Snapshot
    task: Task

    @property
    def key(self) -> Key:
        return self.one.name, self.task.folder or "", self.task.name


async def index(request: Request) -> Response:
    """In the order of workspace, folder and name."""
    tasks, limit = sorted(_seen(request), key=lambda seen: seen.key), request.number("limit")
    after = _decode(request.text("cursor"))
    wanted = [seen for seen in tasks if after is None or seen.key > after]
    page = await request.read(lambda stores: _page(request, stores, wanted, limit + 1))
    more, page = len(page) > limit, page[:limit]
    shown = await _described(request, page)
    headers = {"Link": f'<{_next_url(request, page[-1][0].key)}>; rel="next"'} if more else {}
    return respond([task_overview(each) for each in shown], headers=headers)


def _seen(request: Request) -> Iterator[SeenTask]:
    workspace, folder = request.text("workspace"), request.text("folder")
    for one in request.context.workspaces.all():
        if one.snapshot is None or workspace not in (None, one.name):
            continue
        for name, task in one.snapshot.tasks.items():
            if (folder is None or _is_below(task.folder or "", folder)) and request.sees(one.name, name):
                yield SeenTask(one, one.snapshot, task)


def _is_below(folder: str, wanted: str) -> bool:
    wanted = wanted.strip("/")
    return folder == wanted or not wanted or folder.startswith(f"{wanted}/")


def _page(
    request: Request, stores: Stores, wanted: Sequence[SeenTask], limit: int
) -> list[tuple[SeenTask, Sequence[LastJob]]]:
    """The first tasks that the filters leave, with their last jobs."""
    found: list[tuple[SeenTask, Sequence[LastJob]]] = []
    failing, never_ran = request.query["failing"], request.query["never_ran"]
    for seen in wanted:
        place = seen.one.name, seen.task.name
        if failing and stores.reports.last_end(*place) not in FAILED_JOB:
            continue
        last = stores.reports.last_jobs(*place, 1 if never_ran else MAX_JOBS)
        if never_ran and last:
            continue
        found.append((seen, last))
        if len(found) == limit:
            break
    return found


async def _described(request: Request, page: Sequence[tuple[SeenTask, Sequence[LastJob]]]) -> list[TaskOverview]:
    commits, now = request.context.part(LastCommits), request.now()
    files = [(seen, files_of(seen.snapshot, seen.task)) for seen, _ in page]
    by_workspace: dict[str, tuple[ServedWorkspace, set[str]]] = {}
    for seen, own in files:
        by_workspace.setdefault(seen.one.name, (seen.one, set()))[1].update(own)
    await commits.look_up(by_workspace.values())
    next_runs = await _next_runs(request, {name: one for name, (one, _) in by_workspace.items()}, now)
    return [
        TaskOverview(
            seen.task,
            seen.snapshot,
            last,
            next_runs.get((seen.one.name, seen.task.name)),
            commits.newest(seen.one, own),
        )
        for (seen, last), (_, own) in zip(page, files, strict=True)
    ]


async def _next_runs(
    request: Request, workspaces: dict[str, ServedWorkspace], now: float
) -> dict[tuple[str, str], str]:
    """(workspace, task) -> when its next schedule fires."""
    soonest: dict[tuple[str, str], tuple[float, str]] = {}
    for workspace, trigger in await active_schedules(request, workspaces.values()):
        runs = run_times(str(trigger.fields["cron"]), str(trigger.fields.get("timezone", "UTC")), now)
        place = workspace, trigger.task
        if runs and (place not in soonest or runs[0] < soonest[place]):
            soonest[place] = runs[0]
    return {place: text for place, (_, text) in soonest.items()}


def _decode(cursor: str | None) -> Key | None:
    if cursor is None:
        return None
    try:
        match json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)):
            case [str(workspace), str(folder), str(name)]:
                return workspace, folder, name
            case _:
                pass
    except (ValueError, RecursionError):
        pass
    raise bad_request("invalid cursor", [("cursor", "is invalid")])


def _next_url(request: Request, key: Key) -> str:
    cursor = base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")
    url = request.http_request.rel_url
    kept = [(name, value) for name, value in url.query.items() if name != "cursor"]
    return f"{url.raw_path}?{urlencode([*kept, ('cursor', cursor)])}"


ROUTES = (
    Route(
        "GET",
        "/api/tasks",
        index,
        "view",
        "List tasks of all workspaces, with the results of their last jobs",
        query=(
            LIMIT,
            text("cursor", "Cursor from the `Link` header of the previous page: continues after it."),
            text("workspace", "Only tasks of this workspace."),
            text("folder", "Only tasks in this folder and those below it."),
            flag("failing", "Only tasks whose newest ended job failed or timed out."),
            flag("never_ran", "Only tasks without jobs."),
        ),
        answer="TaskOverviewList",
    ),
)
