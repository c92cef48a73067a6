"""The events of a job: facts, named in the past tense. They hold data and no behaviour.

``at`` is seconds since the epoch. Time enters the core only through events.
"""

from __future__ import annotations

from gitflow.core.record import record
from gitflow.core.status import JobStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.values import Json


@record
class JobAdmitted:
    """The job holds its concurrency slot (or needs none) and may start."""

    at: float


@record
class StepClaimed:
    """A worker has claimed the attempt. ``input`` is the step's rendered input, with secrets masked."""

    at: float
    step: str
    attempt: int
    worker_id: str
    run_token: str
    input: Json = None


@record
class StepExited:
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


@record
class StepLost:
    """The worker that ran the attempt is dead, and the processes that it left have been killed."""

    at: float
    step: str
    attempt: int
    reason: str
    chance: float = 0.0


@record
class StepDue:
    """The step's timer fired: a retry is due, a sleep is over, or a suspended step reached its time limit."""

    at: float
    step: str
    attempt: int


@record
class ChildStarted:
    at: float
    step: str
    attempt: int
    child_job_id: str


@record
class ChildEnded:
    """The last job of the child's chain of retries has ended."""

    at: float
    step: str
    attempt: int
    child_job_id: str
    status: JobStatus
    output: Json = None
    error: str | None = None


@record
class CancelRequested:
    at: float
    actor: str
    reason: str = ""


@record
class JobExpired:
    """The job's own time limit has passed."""

    at: float


@record
class OwnerLost:
    """The process that owned the job died: ``gitflow run`` was killed. Its running steps fail, and the job."""

    at: float
    reason: str = "interrupted: the process that ran it ended"


@record
class JobPaused:
    """A person paused the job: nothing new starts."""

    at: float
    actor: str


@record
class JobResumed:
    at: float
    actor: str


#: The history's and the audit trail's word for a decision of an administrator on behalf of the approvers.
OVERRIDDEN = "approval.overridden"


@record
class Rights:
    """The rights of an event's actor beyond running the job; only approvals use them."""

    groups: tuple[str, ...] = ()  #: the actor's groups; ``approvers`` may name these too
    aliases: tuple[str, ...] = ()  #: other names of the same person: they give no rights, but count as requesters
    may_override: bool = False  #: an administrator, who may act for the approvers and must give a reason


NO_RIGHTS = Rights()


@record
class StepSkipped:
    """A person skipped the step: the job continues without it, as if it had completed."""

    at: float
    step: str
    actor: str
    reason: str = ""
    rights: Rights = NO_RIGHTS


@record
class StepForced:
    """A person declared the step completed, with this output."""

    at: float
    step: str
    actor: str
    output: Json = None
    reason: str = ""
    rights: Rights = NO_RIGHTS


@record
class StepDecided:
    """A person approved or rejected a step that waits for an approval."""

    at: float
    step: str
    actor: str
    approved: bool
    input: Json = None
    reason: str = ""
    rights: Rights = NO_RIGHTS


@record
class EventReceived:
    """Somebody sent an event to the job; events with the same ``id`` count once."""

    at: float
    id: str
    type: str
    payload: Json = None
    actor: str = "api"


@record
class StepReset:
    """A person retried an ended step in the same job; completed steps after it stay completed."""

    at: float
    step: str
    actor: str


@record
class SubtreeReplayed:
    """A person replayed an ended step: it and all steps that depend on it run again."""

    at: float
    step: str
    actor: str


@record
class JobRestarted:
    """A person restarted the whole job; running steps are cancelled first."""

    at: float
    actor: str
    aliases: tuple[str, ...] = ()  #: other names of the same person


@record
class HistoryEntry:
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
