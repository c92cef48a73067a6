"""A stored job goes on in this process: one that another left open, or one that has ended and is opened again.

What is owed to it is carried out again, and what was lost is told.

Every effect is safe to repeat: offers and timers are projections, a child is made only where there is none, and
hooks and retries are started once an occasion (Orchestrator.announce).
"""

from __future__ import annotations

from gitflow.core.errors import Conflict, NotFound, StoreError
from gitflow.core.jobs.effects import OfferStep
from gitflow.core.jobs.events import HistoryEntry, JobRestarted, StepForced, StepLost, StepReset, SubtreeReplayed
from gitflow.core.machine.machine import outstanding
from gitflow.core.record import replace
from gitflow.core.status import JobStatus, StepStatus
from gitflow.runtime.engine.effects import carry_out
from gitflow.runtime.engine.orchestrator import PendingJob

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.jobs.effects import Effect
    from gitflow.core.jobs.events import Event
    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.runtime.engine.orchestrator import Orchestrator, Transaction

#: What a person may ask of a job that has ended: it is opened again.
REOPENING = (StepReset, SubtreeReplayed, JobRestarted, StepForced)

#: How much of a run token is read as chance: it is chance itself.
_DIGITS = 8


def go_on(orchestrator: Orchestrator, turn: Transaction, job_id: str, lost: str | None) -> None:
    """``lost``: why nothing of the job is running any more. A step that ran is tried again if attempts are left."""
    staged = orchestrator.staged(turn, job_id)
    if staged is None:
        return
    job = staged.job
    for effect in outstanding(job):
        carry_out(orchestrator, turn, job, effect)
    if lost is not None:
        taken = HistoryEntry(
            orchestrator.clock.now(), "engine", "job.taken_over", details={"owner": orchestrator.owner_id}
        )
        orchestrator.note(turn, job_id, taken)
        turn.inner.extend((job_id, event) for event in losses(job, orchestrator.clock.now(), lost))
    if job.status is JobStatus.PENDING:
        orchestrator.begin(turn, job)


def look_again(orchestrator: Orchestrator, overtaken: set[str]) -> None:
    """Jobs of ours that somebody else has changed: we go on with what is stored, or let them go where they are no
    longer ours. What cannot be read now stays among them."""
    for job_id in list(overtaken):
        try:
            job = orchestrator.load(job_id) if orchestrator.load is not None else None
        except NotFound:
            job = None
        except StoreError:
            continue
        overtaken.discard(job_id)
        orchestrator.dispatch.forget(job_id)
        if job is None or job.ended or job.owner_id != orchestrator.owner_id:
            orchestrator.let_go(job_id)
        else:
            orchestrator.adopt(job)


def offer_again(orchestrator: Orchestrator, turn: Transaction) -> None:
    """After a turn was undone: its jobs have the offers that they have as stored."""
    for job_id in turn.jobs:
        orchestrator.dispatch.forget(job_id)
        job = orchestrator.job(job_id)
        if job is not None:
            for effect in filter(_is_offer, outstanding(job)):
                carry_out(orchestrator, turn, job, effect)


def _is_offer(effect: Effect) -> bool:
    return isinstance(effect, OfferStep)


def ended(orchestrator: Orchestrator, job_id: str, event: Event) -> PendingJob:
    """A job that is not open here, where it is asked to be opened again. Raises Conflict and NotFound."""
    if orchestrator.load is None or not isinstance(event, REOPENING):
        raise Conflict(f"job {job_id} has ended")
    job = orchestrator.load(job_id)
    if not job.ended:
        raise Conflict(f"job {job_id} belongs to another process, which must be asked")
    return PendingJob(replace(job, owner_id=orchestrator.owner_id))


def reopen(orchestrator: Orchestrator, turn: Transaction, staged: PendingJob) -> None:
    """From now on the job is ours. Raises Conflict where its group has no place for it."""
    if staged.job.group is not None:
        orchestrator.groups.refuse_reopening(turn, staged.job)
    turn.jobs[staged.job.id] = staged
    orchestrator.adopted.add(staged.job.id)


def losses(job: Job, at: float, reason: str) -> list[StepLost]:
    """What to tell of the steps that ran: a loop itself runs nothing."""
    running = [run for run in job.steps.values() if run.status is StepStatus.RUNNING and not run.is_loop]
    return [StepLost(at, run.name, run.attempt, reason, _chance_of(run)) for run in running]


def _chance_of(run: StepRun) -> float:
    """So that many that were lost at once are not all tried again at once."""
    return int((run.run_token or "0")[:_DIGITS], 16) / 16**_DIGITS
