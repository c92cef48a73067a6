"""Concurrency groups: who holds a place, who waits, and what the next decision is.

A group is a workspace's; its name was rendered when the job was made. A job holds its place from its
admission to its end, also while it is paused, suspended or being cancelled. Everything is read off the
members as they stand, so a decision may be taken again after a crash: carrying it out and deciding anew
comes to nothing more.
"""

from __future__ import annotations

from gitflow.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gitflow.core.jobs.job import Job


@record
class Member:
    """A job that holds a place in a group, or wants one."""

    job_id: str
    order: int  #: counts the group's jobs as they were created
    priority: int = 0
    limit: int = 1
    on_limit: str = "queue"  #: queue, skip or cancel_running
    cancelling: bool = False  #: of a holder: it will end when its processes are gone


@record
class Decision:
    """What is to be done, by id of job."""

    admitted: tuple[str, ...] = ()  #: in order
    cancelled: tuple[str, ...] = ()  #: holders and waiters that make room for a newer job
    skipped: tuple[str, ...] = ()  #: jobs that are not to be


def decide(holders: Sequence[Member], waiters: Sequence[Member]) -> Decision:
    """Who begins now, who makes room, and who is not to be.

    The higher priority goes first, within it who came first; nobody is passed by one behind him. A waiter
    that finds no place is skipped, or cancels all that came before it, or waits, as its ``on_limit`` says.
    """
    admitted = _fitting(holders, waiters)
    unlucky = [member for member in waiters if member not in admitted]
    skipped = [member for member in unlucky if member.on_limit == "skip"]
    pushing = [member.order for member in unlucky if member.on_limit == "cancel_running"]
    newest = max(pushing, default=None)
    cancelled: list[Member] = []
    if newest is not None:
        gone = set(skipped)
        cancelled = [
            member
            for member in (*holders, *waiters)
            if member.order < newest and member not in gone and not member.cancelling
        ]
        gone.update(cancelled)
        admitted = _fitting(holders, [member for member in waiters if member not in gone])
    return Decision(_ids(admitted), _ids(cancelled), _ids(skipped))


def may_be_reopened(holders: Sequence[Member], limit: int) -> bool:
    """Whether an ended job may take a place again: it does not wait for one, so its reopening is refused if not."""
    return len(holders) < limit


def holds_a_place(job: Job) -> bool:
    """Whether the job is one to count: children, and what hooks start, share the place of their root."""
    return job.plan.task.concurrency is not None and job.root_job_id is None


def _fitting(holders: Sequence[Member], waiters: Iterable[Member]) -> list[Member]:
    """Who begins now, in order. One that would be skipped holds up nobody."""
    admitted: list[Member] = []
    for member in sorted(waiters, key=lambda member: (-member.priority, member.order)):
        if len(holders) + len(admitted) < member.limit:
            admitted.append(member)
        elif member.on_limit != "skip":
            break
    return admitted


def _ids(members: Iterable[Member]) -> tuple[str, ...]:
    return tuple(member.job_id for member in members)
