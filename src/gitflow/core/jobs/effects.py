"""The effects of a job: what the runtime must do, as data, named in the imperative.

Effects are computed from the job's state and never stored. Each names the attempt that it is about, so it is safe
to execute twice.
"""

from __future__ import annotations

from gitflow.core.record import Record


class OfferStep(Record):
    """Offer this attempt to the workers (``attempt`` is the number that it will have)."""

    step: str
    attempt: int


class KillStep(Record):
    """End the attempt's processes: TERM, and KILL after ``grace_s``."""

    step: str
    attempt: int
    grace_s: float


class StartChild(Record):
    """Create the child job of a suspended ``task`` step, unless it exists."""

    step: str
    attempt: int


class CancelChild(Record):
    step: str
    child_job_id: str


class WakeStep(Record):
    """Send StepDue at this time."""

    step: str
    attempt: int
    due_at: float


class ExpireJob(Record):
    """Send JobExpired at this time."""

    due_at: float


class WatchDeadline(Record):
    """Send DeadlinePassed at this time."""

    due_at: float
    step: str | None = None


class RunHooks(Record):
    """Start the hooks of this occasion (``on_success``, ``on_error``, ``on_cancel``, ``on_suspended``, ``on_late``).

    Hooks run once for each attempt of a suspended step, and once for each end of a job (``Job.reopened`` counts
    these). The effect is emitted again at a resume and at a recovery.
    """

    occasion: str
    step: str | None = None  #: the suspended step, for ``on_suspended``; the late one, for ``on_late``
    attempt: int | None = None  #: of that step


class RetryJob(Record):
    """Start the next job of an automatic retry at this time."""

    due_at: float


class CloseJob(Record):
    """The job has ended: notify its parent, free its slot, release its files."""


TYPE_CHECKING = False
if TYPE_CHECKING:
    Effect = (
        OfferStep
        | KillStep
        | StartChild
        | CancelChild
        | WakeStep
        | ExpireJob
        | WatchDeadline
        | RunHooks
        | RetryJob
        | CloseJob
    )
