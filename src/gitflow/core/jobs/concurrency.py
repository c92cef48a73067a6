"""Concurrency groups: which jobs hold a place, which wait, and which may start next.

A group belongs to a workspace; its name is rendered when the job is created. A job holds its place from its
admission to its end, also while it is paused, suspended or being cancelled. Decisions depend only on the current
state of the members, so they can be repeated after a crash: once a decision is executed, the next one adds nothing.
"""

from __future__ import annotations

from gitflow.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gitflow.core.jobs.job import Job


class Member(Record):
    """A job that holds a place in a group, or wants one."""

    job_id: str
    order: int  #: the order in which the group's jobs were created
    priority: int = 0
    limit: int = 1
    on_limit: str = "queue"  #: queue, skip or cancel_running
    cancelling: bool = False  #: it holds a place and is being cancelled: it ends when its processes are gone


class Decision(Record):
    """What must be done, by job id."""

    admitted: tuple[str, ...] = ()  #: jobs that start, in order
    cancelled: tuple[str, ...] = ()  #: holders and waiters that are cancelled for a newer job
    skipped: tuple[str, ...] = ()  #: jobs that are refused


def decide(holders: Sequence[Member], waiters: Sequence[Member]) -> Decision:
    """Which jobs start now, which are cancelled to make room, and which are refused.

    A higher priority goes first, and within a priority the older job; no job overtakes one before it. If there is
    no place for a waiting job, its ``on_limit`` decides: it waits, is refused, or cancels all jobs before it.
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


def in_turn(waiters: Iterable[Member]) -> list[Member]:
    """In the order in which they get a place: a higher priority goes first, and within a priority the older job."""
    return sorted(waiters, key=lambda member: (-member.priority, member.order))


def why_waiting(held: int, limit: int, ahead: int) -> str:
    """Why a job has no place yet: ``held`` of the ``limit`` places are taken, and ``ahead`` jobs go before it."""
    taken = f"{held} of {limit} places {'is' if held == 1 else 'are'} taken"
    before = f"{ahead} {'job goes' if ahead == 1 else 'jobs go'} before it"
    if held >= limit:
        return f"{taken}, and {before}" if ahead else taken
    return before if ahead else "it begins next"


def may_be_reopened(holders: Sequence[Member], limit: int) -> bool:
    """Whether an ended job may take a place again. It never waits for one: otherwise its reopening is refused."""
    return len(holders) < limit


def holds_a_place(job: Job) -> bool:
    """Whether the job holds a place of its own. Children and hook jobs share the place of their root."""
    return job.plan.task.concurrency is not None and job.root_job_id is None


def _fitting(holders: Sequence[Member], waiters: Iterable[Member]) -> list[Member]:
    """The jobs that start now, in order. A job that would be refused does not block those behind it."""
    admitted: list[Member] = []
    for member in in_turn(waiters):
        if len(holders) + len(admitted) < member.limit:
            admitted.append(member)
        elif member.on_limit != "skip":
            break
    return admitted


def _ids(members: Iterable[Member]) -> tuple[str, ...]:
    return tuple(member.job_id for member in members)
