"""A failed attempt: the step is retried, or it fails."""

from __future__ import annotations

from gitflow.core.language.definition import NO_RETRY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.jobs.job import StepRun
    from gitflow.core.language.definition import Retry
    from gitflow.core.machine.transition import Transition
    from gitflow.core.values import Json

#: After this many doublings a delay is longer than any job.
MAX_DOUBLINGS = 40


def delay_before(retry: Retry, failures: int, chance: float) -> float:
    """Seconds to wait after this many failed attempts. Jitter subtracts up to half, so the maximum still holds."""
    factor = {"linear": failures, "exponential": 2 ** min(failures - 1, MAX_DOUBLINGS)}.get(retry.backoff, 1)
    delay = retry.delay_s * factor
    if retry.max_delay_s is not None:
        delay = min(delay, retry.max_delay_s)
    return delay * (1 - chance / 2) if retry.jitter else delay


def retry_of(transition: Transition, run: StepRun) -> Retry:
    """The retry rule of the step: its own, or else that of its action."""
    return transition.step(run).retry or transition.action(run).retry or NO_RETRY


def is_left(retry: Retry, run: StepRun, attempt: int) -> bool:
    """Whether the retry budget allows another attempt."""
    return attempt - run.first_attempt + 1 < retry.max_attempts


def fail(transition: Transition, run: StepRun, error: str, actor: str, attempt: int, **result: Json) -> None:
    """Fails the step, without a retry."""
    transition.move(run, "failed", actor, error_message=error, attempt=attempt, **result)


def fail_attempt(
    transition: Transition, run: StepRun, error: str, actor: str, attempt: int, chance: float = 0.0, **result: Json
) -> None:
    """Schedules a retry of the failed attempt if the budget allows one; otherwise the step fails.

    A step that waits for its retry keeps the result of its last attempt.
    """
    retry = retry_of(transition, run)
    if transition.winding_down or not is_left(retry, run, attempt):
        fail(transition, run, error, actor, attempt, **result)
        return
    due_at = transition.at + delay_before(retry, attempt - run.first_attempt + 1, chance)
    transition.move(
        run,
        "sent back",
        actor,
        error_message=error,
        attempt=attempt,
        completed_at=transition.at,
        due_at=due_at,
        **result,
    )


def exit_code_allows(transition: Transition, run: StepRun, exit_code: int | None) -> bool:
    codes = retry_of(transition, run).on_exit_codes
    return not codes or exit_code in codes
