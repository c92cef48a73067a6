"""The events of a job: facts, named in the past tense. They hold data and no behaviour.

``at`` is seconds since the epoch. Time enters the core only through events.
"""

from __future__ import annotations

from gitflow.core.record import Record
from gitflow.core.status import JobStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.values import Json


class JobAdmitted(Record):
    """The job holds its concurrency slot (or needs none) and may start."""

    at: float


class StepClaimed(Record):
    """A worker has claimed the attempt. ``input`` is the step's rendered input, with secrets masked."""

    at: float
    step: str
    attempt: int
    worker_id: str
    run_token: str
    input: Json = None


class StepExited(Record):
    """An attempt has ended. It succeeded if ``error`` is None."""

    at: float
    step: str
    attempt: int
    exit_code: int | None = None
    output: Json = None
    error: str | None = None
    killed: bool = False  #: it was stopped from outside (a cancel), and did not end by itself
    may_retry: bool = True  #: False if a retry cannot help (the input cannot be rendered)
    has_begun: bool = True  #: False if nothing was started; ``on_exit_codes`` then does not apply
    chance: float = 0.0  #: in [0, 1), for the jitter of a retry's delay


class StepLost(Record):
    """The worker that ran the attempt is dead, and the processes that it left have been killed."""

    at: float
    step: str
    attempt: int
    reason: str
    chance: float = 0.0


class StepDue(Record):
    """The step's timer fired: a retry is due, a sleep is over, or a suspended step reached its time limit."""

    at: float
    step: str
    attempt: int


class ChildStarted(Record):
    at: float
    step: str
    attempt: int
    child_job_id: str


class ChildEnded(Record):
    """The last job of the child's chain of retries has ended."""

    at: float
    step: str
    attempt: int
    child_job_id: str
    status: JobStatus
    output: Json = None
    error: str | None = None


class CancelRequested(Record):
    at: float
    actor: str
    reason: str = ""


class JobExpired(Record):
    """The job's own time limit has passed."""

    at: float


class DeadlinePassed(Record):
    """The deadline of a step, or (without ``step``) of the job, has passed. It changes no status."""

    at: float
    step: str | None = None


class OwnerLost(Record):
    """The process that owned the job died: ``gitflow run`` was killed. Its running steps fail, and the job."""

    at: float
    reason: str = "interrupted: the process that ran it ended"


class JobPaused(Record):
    """A person paused the job: nothing new starts."""

    at: float
    actor: str


class JobResumed(Record):
    at: float
    actor: str


#: The history's and the audit trail's word for a decision of an administrator on behalf of the approvers.
OVERRIDDEN = "approval.overridden"


class Rights(Record):
    """The rights of an event's actor beyond running the job; only approvals use them."""

    groups: tuple[str, ...] = ()  #: the actor's groups; ``approvers`` may name these too
    aliases: tuple[str, ...] = ()  #: other names of the same person: they give no rights, but count as requesters
    may_override: bool = False  #: an administrator, who may act for the approvers and must give a reason


NO_RIGHTS = Rights()


class StepSkipped(Record):
    """A person skipped the step: the job continues without it, as if it had completed."""

    at: float
    step: str
    actor: str
    reason: str = ""
    rights: Rights = NO_RIGHTS


class StepForced(Record):
    """A person declared the step completed, with this output."""

    at: float
    step: str
    actor: str
    output: Json = None
    reason: str = ""
    rights: Rights = NO_RIGHTS


class StepDecided(Record):
    """A person approved or rejected a step that waits for an approval."""

    at: float
    step: str
    actor: str
    approved: bool
    input: Json = None
    reason: str = ""
    rights: Rights = NO_RIGHTS


class EventReceived(Record):
    """Somebody sent an event to the job; events with the same ``id`` count once."""

    at: float
    id: str
    type: str
    payload: Json = None
    actor: str = "api"


class StepReset(Record):
    """A person retried an ended step in the same job; completed steps after it stay completed."""

    at: float
    step: str
    actor: str


class SubtreeReplayed(Record):
    """A person replayed an ended step: it and all steps that depend on it run again."""

    at: float
    step: str
    actor: str


class JobRestarted(Record):
    """A person restarted the whole job; running steps are cancelled first."""

    at: float
    actor: str
    aliases: tuple[str, ...] = ()  #: other names of the same person


class HistoryEntry(Record):
    """One entry of a job's history, the source of its audit trail, its ``_server`` log and its live stream."""

    at: float
    actor: str  #: ``engine``, ``worker``, ``timer``, or the person who asked
    what: str  #: a stable word, e.g. ``step.completed``, ``job.cancel_requested``
    step: str | None = None
    attempt: int | None = None
    details: Json = None


if TYPE_CHECKING:
    Event = (
        JobAdmitted
        | StepClaimed
        | StepExited
        | StepLost
        | StepDue
        | ChildStarted
        | ChildEnded
        | CancelRequested
        | JobExpired
        | DeadlinePassed
        | OwnerLost
        | JobPaused
        | JobResumed
        | StepSkipped
        | StepForced
        | StepDecided
        | EventReceived
        | StepReset
        | SubtreeReplayed
        | JobRestarted
    )
