"""The effects of a job: orders in the imperative.

Effects are read off the state, never remembered, and each is safe to carry out twice:
it names the attempt it is about.
"""

from __future__ import annotations

from gitflow.core.record import record


@record
class OfferStep:
    """Let a worker have this attempt (``attempt`` is the one that will start)."""

    step: str
    attempt: int


@record
class KillStep:
    """End the attempt's processes: TERM, and KILL after ``grace_s``."""

    step: str
    attempt: int
    grace_s: float


@record
class StartChild:
    """Create the child job of a suspended ``task`` step, unless it exists."""

    step: str
    attempt: int


@record
class CancelChild:
    step: str
    child_job_id: str


@record
class WakeStep:
    """Send StepDue at this time."""

    step: str
    attempt: int
    due_at: float


@record
class ExpireJob:
    """Send JobExpired at this time."""

    due_at: float


@record
class RunHooks:
    """Start the hooks of this occasion (``on_success``, ``on_error``, ``on_cancel``, ``on_suspended``).

    Once for each attempt at a suspended step, and once for each end of a job (``Job.reopened`` counts these);
    it is ordered again at a resume and at a recovery.
    """

    occasion: str
    step: str | None = None  #: the suspended step, for ``on_suspended``
    attempt: int | None = None  #: at that step


@record
class RetryJob:
    """Start the next job of an automatic retry at this time."""

    due_at: float


@record
class CloseJob:
    """The job has ended: notify its parent, free its slot, release its files."""


TYPE_CHECKING = False
if TYPE_CHECKING:
    Effect = OfferStep | KillStep | StartChild | CancelChild | WakeStep | ExpireJob | RunHooks | RetryJob | CloseJob
