"""The tables of every legal move of a job and of a step; the diagrams in the docs are drawn from them.

A pair that is not in a table is a late or repeated report of a worker, or a person's request that is refused.
"""

from __future__ import annotations

from gitflow.core.status import ENDED_JOB, ENDED_STEP, JobStatus, StepStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

#: (status of a step, move) -> its next status.
MOVES: Mapping[tuple[StepStatus, str], StepStatus] = {
    # moves that the engine decides
    (StepStatus.PENDING, "unblocked"): StepStatus.READY,
    (StepStatus.PENDING, "suspended"): StepStatus.SUSPENDED,
    (StepStatus.READY, "suspended"): StepStatus.SUSPENDED,  # the step became ready during a pause
    (StepStatus.PENDING, "expanded"): StepStatus.RUNNING,  # a loop runs while its instances do
    (StepStatus.PENDING, "bypassed"): StepStatus.SKIPPED,
    (StepStatus.PENDING, "completed"): StepStatus.COMPLETED,  # a loop over nothing
    (StepStatus.PENDING, "failed"): StepStatus.FAILED,  # its condition or its list cannot be evaluated
    # what workers, timers and children report
    (StepStatus.READY, "claimed"): StepStatus.RUNNING,
    (StepStatus.READY, "failed"): StepStatus.FAILED,  # it could not be started
    (StepStatus.READY, "sent back"): StepStatus.PENDING,
    (StepStatus.RUNNING, "completed"): StepStatus.COMPLETED,
    (StepStatus.RUNNING, "failed"): StepStatus.FAILED,
    (StepStatus.RUNNING, "sent back"): StepStatus.PENDING,
    (StepStatus.SUSPENDED, "completed"): StepStatus.COMPLETED,
    (StepStatus.SUSPENDED, "failed"): StepStatus.FAILED,
    (StepStatus.SUSPENDED, "sent back"): StepStatus.PENDING,
    # what a cancel, a time limit or a lost owner does
    (StepStatus.PENDING, "cancelled"): StepStatus.CANCELLED,
    (StepStatus.READY, "cancelled"): StepStatus.CANCELLED,
    (StepStatus.RUNNING, "cancelled"): StepStatus.CANCELLED,
    (StepStatus.SUSPENDED, "cancelled"): StepStatus.CANCELLED,
    # what a person does
    (StepStatus.PENDING, "skipped"): StepStatus.SKIPPED,
    (StepStatus.READY, "skipped"): StepStatus.SKIPPED,
    (StepStatus.SUSPENDED, "skipped"): StepStatus.SKIPPED,
    (StepStatus.PENDING, "forced"): StepStatus.COMPLETED,
    (StepStatus.READY, "forced"): StepStatus.COMPLETED,
    (StepStatus.SUSPENDED, "forced"): StepStatus.COMPLETED,
    (StepStatus.FAILED, "forced"): StepStatus.COMPLETED,
    # what reopens a step
    (StepStatus.PENDING, "reset"): StepStatus.PENDING,  # it waited for its retry
    (StepStatus.READY, "reset"): StepStatus.PENDING,  # a dependency runs again
    (StepStatus.SUSPENDED, "reset"): StepStatus.PENDING,
    (StepStatus.COMPLETED, "reset"): StepStatus.PENDING,
    (StepStatus.FAILED, "reset"): StepStatus.PENDING,
    (StepStatus.SKIPPED, "reset"): StepStatus.PENDING,
    (StepStatus.CANCELLED, "reset"): StepStatus.PENDING,
    (StepStatus.COMPLETED, "reopened"): StepStatus.RUNNING,  # a loop of which an instance runs again
    (StepStatus.FAILED, "reopened"): StepStatus.RUNNING,
    (StepStatus.CANCELLED, "reopened"): StepStatus.RUNNING,
}

#: (status of a job, move) -> its next status.
JOB_MOVES: Mapping[tuple[JobStatus, str], JobStatus] = {
    (JobStatus.PENDING, "admitted"): JobStatus.RUNNING,
    (JobStatus.PENDING, "failed"): JobStatus.FAILED,
    (JobStatus.PENDING, "cancelled"): JobStatus.CANCELLED,
    (JobStatus.PENDING, "timed_out"): JobStatus.TIMED_OUT,
    (JobStatus.RUNNING, "paused"): JobStatus.PAUSED,
    (JobStatus.PAUSED, "resumed"): JobStatus.RUNNING,
    (JobStatus.RUNNING, "completed"): JobStatus.COMPLETED,
    (JobStatus.RUNNING, "failed"): JobStatus.FAILED,
    (JobStatus.RUNNING, "cancelled"): JobStatus.CANCELLED,
    (JobStatus.RUNNING, "timed_out"): JobStatus.TIMED_OUT,
    (JobStatus.PAUSED, "completed"): JobStatus.COMPLETED,  # the last running step finished
    (JobStatus.PAUSED, "failed"): JobStatus.FAILED,
    (JobStatus.PAUSED, "cancelled"): JobStatus.CANCELLED,
    (JobStatus.PAUSED, "timed_out"): JobStatus.TIMED_OUT,
    (JobStatus.PENDING, "restarted"): JobStatus.PENDING,  # what it carried over is dropped
    (JobStatus.RUNNING, "restarted"): JobStatus.RUNNING,  # its last process is gone
    (JobStatus.PAUSED, "restarted"): JobStatus.RUNNING,
    (JobStatus.COMPLETED, "reopened"): JobStatus.RUNNING,
    (JobStatus.FAILED, "reopened"): JobStatus.RUNNING,
    (JobStatus.CANCELLED, "reopened"): JobStatus.RUNNING,
    (JobStatus.TIMED_OUT, "reopened"): JobStatus.RUNNING,
}


def diagram() -> str:
    """Both tables as Markdown with a Mermaid state diagram each."""
    return "\n".join(
        ("## A job", "", *_chart(JOB_MOVES, ENDED_JOB), "", "## A step", "", *_chart(MOVES, ENDED_STEP), "")
    )


def _chart(
    moves: Mapping[tuple[JobStatus, str], JobStatus] | Mapping[tuple[StepStatus, str], StepStatus],
    ended: frozenset[JobStatus] | frozenset[StepStatus],
) -> list[str]:
    """Moves between the same two states share one arrow."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for (before, move), after in moves.items():
        arrows.setdefault((before.value, after.value), []).append(move)
    lines = [f"    {before} --> {after}: {', '.join(named)}" for (before, after), named in arrows.items()]
    ends = [f"    {status} --> [*]" for status in sorted(ended)]
    return ["```mermaid", "stateDiagram-v2", "    [*] --> pending", *lines, *ends, "```"]
