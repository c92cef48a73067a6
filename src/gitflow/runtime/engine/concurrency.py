"""Concurrency groups across processes: each commit counts in the store how many jobs hold a place.

Only one commit at a time decides about a group (in SQLite only one changes the store at all, elsewhere each group has a
lock), and it sees all earlier ones, so the limit holds for all processes together. A process admits only its own jobs.
It forwards requests about other jobs to their owners, and polls twice a second for places that other processes have
freed.
"""

from __future__ import annotations

from gitflow.core.errors import ConcurrencyLimit, Conflict, InvalidInput, StoreError
from gitflow.core.jobs.concurrency import Decision, Member, decide, holds_a_place, may_be_reopened
from gitflow.core.jobs.events import CancelRequested, JobAdmitted
from gitflow.core.record import replace
from gitflow.core.status import JobStatus
from gitflow.core.templates.render import render, to_text
from gitflow.core.templates.texts import TemplateError
from gitflow.core.values import MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gitflow.core.jobs.job import Job, Source
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.stores.protocols.concurrency import Grouped
    from gitflow.stores.registry import Stores

    Key = tuple[str, str]

_NOTHING = Decision()


def named(job: Job) -> Job:
    """The job with the name of its group. Secret input is masked in the name.

    Raises InvalidInput.
    """
    declared = job.plan.task.concurrency
    if declared is None or not holds_a_place(job):
        return replace(job, group=None) if job.group is not None else job
    secret = [name for name, field in job.plan.task.input.items() if field.secret and name in job.input]
    try:
        name = to_text(render(declared.group, {"input": {**job.input, **dict.fromkeys(secret, MASK)}}))
    except TemplateError as error:
        raise InvalidInput(f"the concurrency group of task {job.task_name!r} cannot be named: {error}") from error
    group = name.encode("utf-8", "replace").decode()
    return replace(job, group=group, group_limit=declared.limit, on_limit=declared.on_limit)


class Groups:
    def __init__(self, stores: Stores, clock: Clock, owner_id: str) -> None:
        self._groups = stores.groups
        self._owners = stores.owners
        self._jobs = stores.jobs
        self._clock = clock
        self._owner_id = owner_id

    def enter(self, transaction: Transaction, job: Job) -> Job:
        """The new job with its group.

        A job that must not wait is refused if the group is full. The next job of an automatic retry exists already
        when its time comes, and is cancelled then. Raises ConcurrencyLimit and InvalidInput.
        """
        job = named(job) if job.group is None else job
        if job.group is not None and job.on_limit == "skip" and job.starts_at is None:
            refusal = skip_refusal(job, *self._members(transaction, (job.workspace, job.group)))
            if refusal is not None:
                raise ConcurrencyLimit(refusal)
        return job

    def refuse_reopening(self, transaction: Transaction, job: Job) -> None:
        """Raises Conflict if the group is full: a job that is reopened does not wait for a place."""
        if job.group is not None:
            holders, _ = self._members(transaction, (job.workspace, job.group))
            refusal = reopening_refusal(job, holders)
            if refusal is not None:
                raise Conflict(refusal)

    def apply_trigger_rule(self, transaction: Transaction, workspace: str, source: Source, rule: str) -> None:
        """Applies a trigger's rule before its job is created: ``allow``, ``skip`` or ``cancel_previous``.

        ``source``: that of the new job. The new job waits for the cancelled jobs only if its group requires it.
        Raises ConcurrencyLimit.
        """
        if rule == "allow" or source.id is None:
            return
        self._flush(transaction, lambda job: job.source.id == source.id)
        running = self._groups.of_source(workspace, source.type, source.id)
        if running and rule == "skip":
            raise ConcurrencyLimit(f"job {running[-1][0]}, which {source.type} {source.id!r} started, has not ended")
        for job_id, owner_id in running:
            self._cancel(transaction, job_id, owner_id, f"{source.type} {source.id!r} starts anew")

    def decide(self, transaction: Transaction) -> bool:
        """Decides every group whose members have changed. Returns whether it posted events to jobs of this process."""
        before = len(transaction.follow_ups)
        self._groups.lock(transaction.groups)  # all at once, so that two processes do not wait for each other
        while transaction.groups and len(transaction.follow_ups) == before:
            key = transaction.groups.pop()
            holders, waiters = self._members(transaction, key)
            decision = decide([one.member for one in holders], [one.member for one in waiters])
            if decision != _NOTHING:
                self._apply_decision(
                    transaction, key, decision, {one.member.job_id: one for one in (*holders, *waiters)}
                )
        return len(transaction.follow_ups) > before

    def _apply_decision(
        self, transaction: Transaction, key: Key, decision: Decision, members: dict[str, Grouped]
    ) -> None:
        posted = len(transaction.follow_ups)
        for job_id in decision.admitted:
            if members[job_id].owner_id == self._owner_id:
                transaction.post_event(job_id, JobAdmitted(self._clock.now()))
        for job_id in decision.cancelled:
            reason = f"a newer job of concurrency group {key[1]!r} takes its place"
            self._cancel(transaction, job_id, members[job_id].owner_id, reason)
        for job_id in decision.skipped:
            reason = f"concurrency group {key[1]!r} has no place for it"
            self._cancel(transaction, job_id, members[job_id].owner_id, reason)
        if len(transaction.follow_ups) > posted:
            transaction.groups.add(key)  # more jobs may wait than were read

    def _cancel(self, transaction: Transaction, job_id: str, owner_id: str, reason: str) -> None:
        """Cancels a job, or forwards the request, once, if another process owns it."""
        at = self._clock.now()
        if owner_id == self._owner_id:
            transaction.post_event(job_id, CancelRequested(at, "engine", reason))
        elif not self._groups.is_asked_to_end(job_id):
            self._jobs.add_request(job_id, "cancel", {"reason": reason}, "engine", at)

    def _members(self, transaction: Transaction, key: Key) -> tuple[list[Grouped], list[Grouped]]:
        """Holders and waiters, including the changes of this transaction."""
        self._groups.lock([key])
        self._flush(transaction, lambda job: (job.workspace, job.group) == key)
        return self._stored(key)

    def _stored(self, key: Key) -> tuple[list[Grouped], list[Grouped]]:
        """Leaves out jobs that wait in a dead process: a server resumes them later, and they must not block others."""
        members = self._groups.members(*key, self._clock.now())
        waiters = [one for one in members if not one.has_begun]
        if any(one.owner_id != self._owner_id for one in waiters):
            alive = {self._owner_id, *self._alive()}
            waiters = [one for one in waiters if one.owner_id in alive]
        return [one for one in members if one.has_begun], waiters

    def _alive(self) -> list[str]:
        return [owner_id for owner_id, _ in self._owners.alive()]

    def _flush(self, transaction: Transaction, concerns: Callable[[Job], bool]) -> None:
        """Writes the changes of this transaction, so that the store can count them."""
        for pending in transaction.jobs.values():
            if concerns(pending.job):
                transaction.save(pending)

    def waiting(self, jobs: Iterable[Job]) -> set[Key]:
        """The groups in which these jobs wait for a place."""
        now = self._clock.now()
        return {(job.workspace, job.group) for job in jobs if job.group is not None and _waits(job, now)}

    def movable(self, keys: Iterable[Key]) -> list[Key]:
        """The groups in which a waiting job of this process can begin, or must end, because of other processes."""
        return [key for key in keys if self._would_move(key)]

    def _would_move(self, key: Key) -> bool:
        """False if the store cannot be read now; the next poll tries again."""
        own = self._owner_id
        try:
            holders, waiters = self._stored(key)
        except StoreError:
            return False
        decision = decide([one.member for one in holders], [one.member for one in waiters])
        ours = {one.member.job_id for one in waiters if one.owner_id == own}
        return bool(decision.cancelled or decision.skipped or not ours.isdisjoint(decision.admitted))


def skip_refusal(job: Job, holders: Sequence[Grouped], waiters: Sequence[Grouped]) -> str | None:
    """Why a new job that must not wait (``on_limit: skip``) is not created; None if its group has a place."""
    if job.on_limit != "skip" or job.starts_at is not None:
        return None
    order = max((one.member.order for one in (*holders, *waiters)), default=0) + 1
    new = Member(job.id, order, job.priority, job.group_limit, job.on_limit)
    decision = decide([one.member for one in holders], [*(one.member for one in waiters), new])
    return _full(job, len(holders)) if job.id in decision.skipped else None


def reopening_refusal(job: Job, holders: Sequence[Grouped]) -> str | None:
    """Why an ended job is not reopened; None if its group has a place."""
    if may_be_reopened([one.member for one in holders if one.member.job_id != job.id], job.group_limit):
        return None
    return f"job {job.id} cannot be opened again now: {_full(job, len(holders))}"


def _waits(job: Job, now: float) -> bool:
    return job.status is JobStatus.PENDING and (job.starts_at is None or job.starts_at <= now)


def _full(job: Job, taken: int) -> str:
    places = f"{taken} of its {job.group_limit} places are" if job.group_limit != 1 else "its one place is"
    return f"concurrency group {job.group!r} is full: {places} taken"
