"""The parts of the engine that its rules use, besides the transaction."""

from __future__ import annotations

from gitflow.core.machine.outstanding import action_of
from gitflow.core.record import Record
from gitflow.dispatch.base import Offer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.dispatch.base import Dispatch
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.engine.admission import Admission
    from gitflow.runtime.engine.inbox import Inbox
    from gitflow.runtime.engine.job_factory import JobFactory
    from gitflow.runtime.engine.protocols import InputRenderer, JobFolders
    from gitflow.runtime.engine.timers import Timers
    from gitflow.runtime.engine.transaction import Occasions
    from gitflow.stores.protocols.jobs import JobStore


class EngineContext(Record):
    owner_id: str  #: of this process
    store: JobStore
    load: Callable[[str], Job]  #: a stored job; raises NotFound
    clock: Clock
    timers: Timers
    inbox: Inbox
    dispatch: Dispatch
    admission: Admission
    occasions: Occasions
    job_factory: JobFactory
    renderer: InputRenderer
    step_dirs: JobFolders
    runs_elsewhere: Callable[[Job, StepRun], bool] | None  #: whether an agent runs an attempt; None: there are none


def offer_of(job: Job, step: str, attempt: int) -> Offer:
    action = action_of(job, job.steps[step])
    tags = action.tags
    if job.plan.task.mode != "local":
        image = "image" in action.fields  # which only steps that run in a container may have
        return Offer(job.id, step, attempt, job.priority, tags, job.workspace, in_container=image)
    return Offer(job.id, step, attempt, job.priority, tags, job.workspace, True, job.worker_id)
