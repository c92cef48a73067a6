"""Concurrency groups: who holds their places, and who waits for one, in which order and why.

A caller sees the groups of the jobs that it may see. Other jobs of these groups are counted, and not named: the places
in the queue count them too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.http.parameters import LIMIT, OFFSET, text
from gitflow.api.http.request import Request
from gitflow.api.http.response import Response, respond
from gitflow.api.http.route import Route
from gitflow.core.jobs.concurrency import in_turn
from gitflow.views.concurrency import GroupState, Waiter, group_state

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitflow.stores.protocols.reports import GroupCount, GroupJob
    from gitflow.stores.registry import Stores

#: How many holders, and how many waiting jobs, of one group are listed.
MAX_MEMBERS = 100


async def index(request: Request) -> Response:
    """By workspace and name; ``limit`` and ``offset`` count groups."""
    workspace, now = request.text("workspace"), request.now()
    first, limit = request.number("offset"), request.number("limit")
    counts = await request.read(lambda stores: stores.reports.group_counts(workspace, now))
    wanted = _by_group(request, counts)[first : first + limit]
    states = await request.read(lambda stores: [_load(request, stores, each, now) for each in wanted])
    return respond([group_state(state) for state in states])


def _by_group(request: Request, counts: Iterable[GroupCount]) -> list[list[GroupCount]]:
    """The counts of each group of which the caller may see a job, by task."""
    groups: dict[tuple[str, str], list[GroupCount]] = {}
    for count in counts:
        groups.setdefault((count.workspace, count.group), []).append(count)
    return [each for each in groups.values() if any(request.sees(one.workspace, one.task_name) for one in each)]


def _load(request: Request, stores: Stores, counts: list[GroupCount], now: float) -> GroupState:
    workspace, group = counts[0].workspace, counts[0].group
    members = stores.reports.group_jobs(workspace, group, now, MAX_MEMBERS)
    holders = [job for job in members if job.has_begun]
    alive = {owner_id for owner_id, _ in stores.owners.alive()} if len(members) > len(holders) else set[str]()
    held = sum(count.holders for count in counts)
    waiters = _queue([job for job in members if not job.has_begun], held, alive)
    return GroupState(
        workspace=workspace,
        group=group,
        limit=members[-1].member.limit if members else 1,
        held=held,
        waiting=sum(count.waiters for count in counts),
        holders=[job for job in holders if request.sees(workspace, job.task_name)],
        queue=[waiter for waiter in waiters if request.sees(workspace, waiter.job.task_name)],
        hidden=sum(count.holders + count.waiters for count in counts if not request.sees(workspace, count.task_name)),
    )


def _queue(waiting: list[GroupJob], held: int, alive: set[str]) -> list[Waiter]:
    """In the order in which they get a place. Jobs of processes that have ended do not hold up the others."""
    by_id = {job.member.job_id: job for job in waiting}
    turn = [by_id[member.job_id] for member in in_turn(job.member for job in waiting)]
    living = [job for job in turn if job.owner_id in alive]
    return [
        *(Waiter(job, number + 1, held, is_orphan=False) for number, job in enumerate(living)),
        *(Waiter(job, None, held, is_orphan=True) for job in turn if job.owner_id not in alive),
    ]


ROUTES = (
    Route(
        "GET",
        "/api/concurrency",
        index,
        "view",
        "List concurrency groups: which jobs hold a place, which wait, in which order and why",
        query=(text("workspace", "Filter by workspace."), LIMIT, OFFSET),
        answer="GroupList",
    ),
)
