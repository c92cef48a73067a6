"""Reports steps that no worker of this server may take: after a while the job's history and the log say why they wait.

Such a step waits until a server with a suitable worker takes over the job, or until a person or a timeout ends it.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from gitflow.core.jobs.events import HistoryEntry
from gitflow.core.machine.outstanding import action_of
from gitflow.core.status import StepStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.core.jobs.effects import OfferStep
    from gitflow.core.jobs.job import Job
    from gitflow.dispatch.base import Dispatch
    from gitflow.runtime.engine.context import EngineContext
    from gitflow.runtime.engine.transaction import Transaction

#: How long a step waits before that is reported, in seconds.
REPORTED_AFTER_S = 30.0


def report_later(context: EngineContext, job: Job, effect: OfferStep) -> None:
    """Once for each attempt, however often it is offered."""
    report = partial(_report, context, job_id=job.id, step=effect.step, attempt=effect.attempt)
    context.timers.at(context.clock.now() + REPORTED_AFTER_S, job.id, lambda now: context.inbox.submit(report))


def _report(context: EngineContext, transaction: Transaction, job_id: str, step: str, attempt: int) -> None:
    pending = transaction.find(job_id)
    run = None if pending is None else pending.job.steps.get(step)
    if pending is None or run is None or run.status is not StepStatus.READY or run.attempt + 1 != attempt:
        return  # it has been ended or reset meanwhile
    if not context.occasions.is_first(transaction, job_id, ("unassigned", step, attempt, pending.job.reopened)):
        return
    wanted = action_of(pending.job, run).tags
    reason = _reason(context.dispatch, wanted)
    details = {"waiting_on": "worker", "tags": list(wanted), "reason": reason}
    entry = HistoryEntry(context.clock.now(), "engine", "step.unassigned", step, attempt, details)
    transaction.add_history(job_id, entry)
    transaction.after.append(partial(_warn, job_id, step, reason))


def _reason(dispatch: Dispatch, wanted: Sequence[str]) -> str:
    if dispatch.is_off:
        return "this server runs no steps, because worker.slots is 0 in its configuration"
    offered = dispatch.tags or ()
    missing = ", ".join(tag for tag in wanted if tag not in offered)
    has = ", ".join(offered) or "none"
    return f"its action needs the tags {missing}, and worker.tags in the server's configuration lists {has}"


def _warn(job_id: str, step: str, reason: str) -> None:
    sentence = "job %s: step %r has waited %.0f s for a worker: %s"
    logging.getLogger("gitflow").warning(sentence, job_id, step, REPORTED_AFTER_S, reason)
