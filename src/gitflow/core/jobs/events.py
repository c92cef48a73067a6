"""What happened: facts in the past tense. They hold data and no behaviour.

``at`` is seconds since the epoch; time enters the core only here.
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
    """A worker has the attempt. ``input`` is what the step was given, secrets masked."""

    at: float
    step: str
    attempt: int
    worker_id: str
    run_token: str
    input: Json = None


@record
class StepExited:
    """An attempt is over. Without ``error`` it went well."""

    at: float
    step: str
    attempt: int
    exit_code: int | None = None
    output: Json = None
    error: str | None = None
    killed: bool = False  #: ended because it was told to (cancel), not by itself
    may_retry: bool = True  #: False where another try cannot help (the input cannot be rendered)
    has_begun: bool = True  #: False where nothing was started, so that ``on_exit_codes`` has no say
    chance: float = 0.0  #: in [0, 1), for the jitter of a retry's delay


@record
class StepLost:
    """The worker that ran the attempt is dead, and what it left running has been killed."""

    at: float
    step: str
    attempt: int
    reason: str
    chance: float = 0.0


@record
class StepDue:
    """The step's timer fired: a retry, a sleep, or a time limit while suspended."""

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
    """A person wants nothing new to start."""

    at: float
    actor: str


@record
class JobResumed:
    at: float
    actor: str


#: The word of the history and of the audit trail for an administrator who acts for the approvers of a step.
OVERRIDDEN = "approval.overridden"


@record
class Rights:
    """What the actor of an event may do beyond running the job; it counts for approvals alone."""

    groups: tuple[str, ...] = ()  #: what the actor belongs to; ``approvers`` may name these too
    aliases: tuple[str, ...] = ()  #: other names of the same person: they give no right, and count as requesters
    may_override: bool = False  #: an administrator, who may act for the approvers and must say why


NO_RIGHTS = Rights()


@record
class StepSkipped:
    """A person lets the job go on without the step; it counts as completed."""

    at: float
    step: str
    actor: str
    reason: str = ""
    rights: Rights = NO_RIGHTS


@record
class StepForced:
    """A person declares the step completed, with this output."""

    at: float
    step: str
    actor: str
    output: Json = None
    reason: str = ""
    rights: Rights = NO_RIGHTS


@record
class StepDecided:
    """A person approved or rejected a step that waits for that."""

    at: float
    step: str
    actor: str
    approved: bool
    input: Json = None
    reason: str = ""
    rights: Rights = NO_RIGHTS


@record
class EventReceived:
    """Somebody sent the job an event; the same ``id`` twice is one event."""

    at: float
    id: str
    type: str
    payload: Json = None
    actor: str = "api"


@record
class StepReset:
    """A person wants an ended step to run again; what completed after it stays."""

    at: float
    step: str
    actor: str


@record
class SubtreeReplayed:
    """A person wants an ended step, and all that depends on it, to run again."""

    at: float
    step: str
    actor: str


@record
class JobRestarted:
    """A person wants the whole job to run again; what runs is cancelled first."""

    at: float
    actor: str
    aliases: tuple[str, ...] = ()  #: other names of the same person


@record
class HistoryEntry:
    """One row of a job's history: its audit trail, its ``_server`` log and its live stream read from it."""

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
