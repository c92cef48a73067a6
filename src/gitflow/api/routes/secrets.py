"""Secrets and connections of a workspace: names, where they come from, and who reads them. Never a value.

Who may not see the whole workspace sees what the tasks read that they may see.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.core.changes import reads
from gitflow.core.templates.texts import TemplateError
from gitflow.stores.protocols.jobs import JobFilter
from gitflow.views.secrets import ConnectionState, Readers, SecretState, connection, secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gitflow.core.changes.reads import Reads
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.runtime.worker.secrets import Secrets
    from gitflow.stores.protocols.jobs import JobRow
    from gitflow.stores.registry import Stores


async def secrets(request: Request) -> Response:
    """Each is read now, to say whether it is there; a value that was read is dropped at once."""
    snapshot, _ = request.served().active
    shown = _shown(request, snapshot, snapshot.secrets, lambda found: reads.secrets_in(snapshot, found))
    values = request.context.secrets_of(snapshot)
    # not in a reader: a program may have to decrypt them first
    problems = await asyncio.to_thread(lambda: {name: _problem(values, name) for name in shown})

    def look(stores: Stores) -> list[SecretState]:
        return [
            SecretState(
                name,
                snapshot.secrets[name],
                snapshot.secret_places.get(name),
                readers,
                problems[name],
                _last_job(stores, snapshot.workspace, readers.tasks),
            )
            for name, readers in shown.items()
        ]

    return respond([secret(each) for each in await request.read(look)])


async def connections(request: Request) -> Response:
    snapshot, _ = request.served().active
    shown = _shown(
        request,
        snapshot,
        snapshot.connections,
        lambda found: [name for kind, name in found if kind == "connection"],
    )
    return respond(
        [connection(ConnectionState(snapshot.connections[name], snapshot, each)) for name, each in shown.items()]
    )


def _shown(
    request: Request, snapshot: Snapshot, names: Iterable[str], names_in: Callable[[Reads], Iterable[str]]
) -> dict[str, Readers]:
    """The names that the caller may see, with their readers. A name that only a run knows may be any of them."""
    workspace = snapshot.workspace
    by_task = {
        name: set(names_in(reads.of_task(snapshot, task) | reads.of_hooks(snapshot, task)))
        for name, task in snapshot.tasks.items()
        if request.sees(workspace, name)
    }
    by_action = {name: set(names_in(reads.of_action(snapshot, action))) for name, action in snapshot.actions.items()}
    sees_whole = request.sees_whole(workspace)
    found: dict[str, Readers] = {}
    for name in names:
        tasks = _readers(by_task, name)
        if tasks or sees_whole:
            found[name] = Readers(tasks, _readers(by_action, name) if sees_whole else ())
    return found


def _readers(found: Mapping[str, set[str]], name: str) -> list[str]:
    return [reader for reader, names in found.items() if name in names or reads.ANY in names]


def _problem(values: Secrets, name: str) -> str | None:
    try:
        values[name]
    except TemplateError as error:
        return str(error)
    return None


def _last_job(stores: Stores, workspace: str, tasks: Iterable[str]) -> JobRow | None:
    of_tasks = tuple((workspace, task) for task in tasks)
    found = stores.jobs.jobs(JobFilter(tasks=of_tasks), 1) if of_tasks else []
    return found[0] if found else None


ROUTES = (
    Route(
        "GET",
        "/api/workspaces/{ws}/secrets",
        secrets,
        "view",
        "List secrets: where each comes from, whether the server can read it, and what uses it",
        answer="SecretList",
        also=(404, 422),
    ),
    Route(
        "GET",
        "/api/workspaces/{ws}/connections",
        connections,
        "view",
        "List connections with their secrets masked, and what uses each",
        answer="ConnectionList",
        also=(404, 422),
    ),
)
