"""The JSON of concurrency groups: the jobs that hold their places, and the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.jobs.concurrency import why_waiting
from gitflow.core.record import Record
from gitflow.views.noun import JsonField, Noun, writer
from gitflow.views.schema import FLAG, ID, JOB_STATUS, TEXT, TIME, WHOLE, list_of, one_of, or_null, ref

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitflow.core.values import JsonObject
    from gitflow.stores.protocols.reports import GroupJob


class Waiter(Record):
    job: GroupJob
    position: int | None  #: from 1; None: it has no turn
    held: int  #: how many places of its group are taken
    is_orphan: bool  #: whether its process has ended


class GroupState(Record):
    """``holders`` and ``queue`` hold what the caller may see; ``held`` and ``waiting`` count all."""

    workspace: str
    group: str
    limit: int
    held: int
    waiting: int
    holders: Sequence[GroupJob]
    queue: Sequence[Waiter]
    hidden: int


GROUP = Noun(
    "ConcurrencyGroup",
    "A concurrency group with open jobs.",
    (
        JsonField("workspace", TEXT),
        JsonField("group", TEXT),
        JsonField("limit", WHOLE, about="How many jobs may hold a place, according to the last job in the queue."),
        JsonField("held", WHOLE, about="How many jobs hold a place, including jobs that are not listed."),
        JsonField("waiting", WHOLE, about="How many jobs wait, including jobs that are not listed."),
        JsonField("hidden", WHOLE, about="How many of the holders and the waiting jobs the caller may not see."),
        JsonField(
            "holders",
            list_of(ref("GroupHolder")),
            lambda it: [_holder(each) for each in it.holders],
            about="Jobs that hold a place, oldest first; 100 at most.",
        ),
        JsonField(
            "queue",
            list_of(ref("GroupWaiter")),
            lambda it: [_waiter(each) for each in it.queue],
            about="Jobs that wait, in the order in which they will get a place; 100 at most.",
        ),
    ),
    list_name="GroupList",
)

HOLDER = Noun(
    "GroupHolder",
    "A job that holds a place, from its start to its end, even while it is paused.",
    (
        JsonField("job_id", ID, "member.job_id"),
        JsonField("task_name", TEXT),
        JsonField("status", JOB_STATUS),
        JsonField("created_at", TIME),
        JsonField("started_at", or_null(TIME)),
        JsonField(
            "cancelling",
            FLAG,
            "member.cancelling",
            about="Whether it is being cancelled: its place becomes free once its processes have ended.",
        ),
    ),
)

WAITER = Noun(
    "GroupWaiter",
    "A job that waits for a place.",
    (
        JsonField("job_id", ID, "job.member.job_id"),
        JsonField("task_name", TEXT, "job.task_name"),
        JsonField("created_at", TIME, "job.created_at"),
        JsonField("priority", WHOLE, "job.member.priority", about="Priority of the job; a higher one goes first."),
        JsonField("on_limit", one_of("queue", "skip", "cancel_running"), "job.member.on_limit"),
        JsonField(
            "position",
            or_null(WHOLE),
            about="Position in the queue, counted from 1 and including jobs that are not shown; null if its owner has "
            "died, because it then gets no turn.",
        ),
        JsonField("reason", TEXT, lambda it: _reason(it), about="Why it waits, as a sentence."),
    ),
)

NOUNS = (GROUP, HOLDER, WAITER)

group_state: Callable[[GroupState], JsonObject] = writer(GROUP)
_holder: Callable[[GroupJob], JsonObject] = writer(HOLDER)
_waiter: Callable[[Waiter], JsonObject] = writer(WAITER)


def _reason(waiter: Waiter) -> str:
    if waiter.position is None:
        return "the process that made it has ended; the next server of its workspace takes it over"
    return why_waiting(waiter.held, waiter.job.member.limit, waiter.position - 1)
