"""What the outside owes a job: orders in the imperative.

Effects are read off the state, never remembered, and each is safe to carry out twice:
it names the attempt it is about.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OfferStep:
    """Let a worker have this attempt (``attempt`` is the one that will start)."""

    step: str
    attempt: int


@dataclass(frozen=True, slots=True)
class KillStep:
    """End the attempt's processes: TERM, and KILL after ``grace_s``."""

    step: str
    attempt: int
    grace_s: float


@dataclass(frozen=True, slots=True)
class StartChild:
    """Create the child job of a suspended ``task`` step, unless it exists."""

    step: str
    attempt: int


@dataclass(frozen=True, slots=True)
class CancelChild:
    step: str
    child_job_id: str


@dataclass(frozen=True, slots=True)
class WakeStep:
    """Send StepDue at this time."""

    step: str
    attempt: int
    due_at: float


@dataclass(frozen=True, slots=True)
class ExpireJob:
    """Send JobExpired at this time."""

    due_at: float


@dataclass(frozen=True, slots=True)
class RunHooks:
    """Start the hooks of this occasion (``on_success``, ``on_error``, ``on_cancel``, ``on_suspended``)."""

    occasion: str
    step: str | None = None  #: the suspended step, for ``on_suspended``


@dataclass(frozen=True, slots=True)
class RetryJob:
    """Start the next job of an automatic retry at this time."""

    due_at: float


@dataclass(frozen=True, slots=True)
class CloseJob:
    """The job has ended: tell its parent, free its slot, let go of its files."""


TYPE_CHECKING = False
if TYPE_CHECKING:
    Effect = OfferStep | KillStep | StartChild | CancelChild | WakeStep | ExpireJob | RunHooks | RetryJob | CloseJob
