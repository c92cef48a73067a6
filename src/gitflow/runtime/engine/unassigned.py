"""Reports steps that no worker of this server may take: after a while the job's history and the log say why they wait.

Such a step waits until an agent that may take it connects, until a server with a suitable worker takes over the job, or
until a person or a timeout ends it.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from gitflow.core.jobs.events import HistoryEntry
from gitflow.core.status import StepStatus
from gitflow.runtime.engine.context import offer_of

if TYPE_CHECKING:
    from gitflow.dispatch.base import Dispatch, Offer, Taker
    from gitflow.runtime.engine.context import EngineContext
    from gitflow.runtime.engine.transaction import Transaction

#: How long a step waits before that is reported, in seconds.
REPORTED_AFTER_S = 30.0
#: So many connected agents are named.
MAX_NAMED = 5


def report_later(context: EngineContext, job_id: str, step: str, attempt: int) -> None:
    """Once for each attempt, however often it is offered."""
    report = partial(_report, context, job_id=job_id, step=step, attempt=attempt)
    context.timers.at(context.clock.now() + REPORTED_AFTER_S, job_id, lambda now: context.inbox.submit(report))


def _report(context: EngineContext, transaction: Transaction, job_id: str, step: str, attempt: int) -> None:
    pending = transaction.find(job_id)
    run = None if pending is None else pending.job.steps.get(step)
    if pending is None or run is None or run.status is not StepStatus.READY or run.attempt + 1 != attempt:
        return  # it has been ended or reset meanwhile
    offer = offer_of(pending.job, step, attempt)
    if context.dispatch.is_takeable(offer):
        return  # a worker that may take it has come, and is busy
    if not context.occasions.is_first(transaction, job_id, ("unassigned", step, attempt, pending.job.reopened)):
        return
    reason = _reason(context.dispatch, offer)
    details = {"waiting_on": "worker", "tags": list(offer.tags), "reason": reason}
    entry = HistoryEntry(context.clock.now(), "engine", "step.unassigned", step, attempt, details)
    transaction.add_history(job_id, entry)
    transaction.after.append(partial(_warn, job_id, step, reason))


def _reason(dispatch: Dispatch, offer: Offer) -> str:
    holder = dispatch.holder_of(offer)
    if holder is not None:
        return f"the files of its job (checkout: job) are at the agent {holder}, which is not connected"
    agents = f"; {_of_agents(dispatch, offer)}" if dispatch.takers else ""
    if dispatch.is_off:
        return f"this server runs no steps, because worker.slots is 0 in its configuration{agents}"
    if dispatch.is_exclusive and not offer.tags:
        return f"its action needs no tag, and worker.exclusive leaves such steps to other workers{agents}"
    offered = dispatch.tags or ()
    missing = ", ".join(tag for tag in offer.tags if tag not in offered)
    has = ", ".join(offered) or "none"
    return f"its action needs the tags {missing}, and worker.tags in the server's configuration lists {has}{agents}"


def _of_agents(dispatch: Dispatch, offer: Offer) -> str:
    wanted = ", ".join(offer.tags)
    named = sorted(f"{taker.name} ({_of(taker)})" for taker in dispatch.takers)
    shown = ", ".join(named[:MAX_NAMED]) + (f" and {len(named) - MAX_NAMED} more" if len(named) > MAX_NAMED else "")
    has_all = f"has all of {wanted} and " if wanted else ""
    return f"no agent {has_all}may run steps of workspace {offer.workspace!r}; connected: {shown}"


def _of(taker: Taker) -> str:
    tags = ", ".join(sorted(taker.tags)) or "no tags"
    return f"only {tags}" if taker.is_exclusive else tags


def _warn(job_id: str, step: str, reason: str) -> None:
    sentence = "job %s: step %r has waited %.0f s for a worker: %s"
    logging.getLogger("gitflow").warning(sentence, job_id, step, REPORTED_AFTER_S, reason)
