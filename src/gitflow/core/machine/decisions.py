"""Decides whether a step runs once all its dependencies have ended, and if not, gives the reason.

A dependency is accepted, refused, or neutral: a step that its own ``when`` skipped counts as if it were not there.
A step runs when no dependency is refused and at least one is accepted. If all are neutral it is skipped and is
neutral itself.
"""

from __future__ import annotations

from gitflow.core.language.definition import AllOf, StepNeed
from gitflow.core.record import Record
from gitflow.core.status import StepStatus
from gitflow.core.str_enum import StrEnum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gitflow.core.jobs.job import StepRun
    from gitflow.core.language.definition import Need, Step

    RunOf = Callable[[str], StepRun]

#: How many causes a reason names.
NAMED_CAUSES = 3


class Weight(StrEnum):
    ACCEPTED = "accepted"
    NEUTRAL = "neutral"
    REFUSED = "refused"


class Finding(Record):
    weight: Weight
    causes: tuple[str, ...] = ()  #: for a refused or neutral dependency: what happened, in words


ACCEPTED = Finding(Weight.ACCEPTED)


class Skip(Record):
    reason: str
    by: str  #: ``when``: neutral for the steps that depend on it; ``need``: refused for them


def refusal(step: Step, run_of: RunOf) -> Skip | None:
    """Why the step's dependencies prevent it from running; None if they let it run."""
    if not step.needs:
        return None
    found = _all_of([_weigh(need, run_of, step.continue_on_failure) for need in step.needs])
    if found.weight is Weight.ACCEPTED:
        return None
    if found.weight is Weight.NEUTRAL:
        return Skip(f"everything it depends on was skipped: {_listed(found.causes)}", "when")
    return Skip(f"it depends on {_listed(found.causes)}", "need")


def _weigh(need: Need, run_of: RunOf, tolerant: bool) -> Finding:
    if isinstance(need, StepNeed):
        return _weigh_step(need, run_of(need.step), tolerant)
    findings = [_weigh(inner, run_of, tolerant) for inner in need.needs]
    return _all_of(findings) if isinstance(need, AllOf) else _any_of(findings)


def _weigh_step(need: StepNeed, run: StepRun, tolerant: bool) -> Finding:
    if run.status in need.accept or _counts_as_accepted(need, run, tolerant):
        return ACCEPTED
    if run.status is StepStatus.SKIPPED and run.skipped_by == "when":
        return Finding(Weight.NEUTRAL, (f'"{run.name}"',))
    return Finding(Weight.REFUSED, (_ended_otherwise(need, run),))


def _counts_as_accepted(need: StepNeed, run: StepRun, tolerant: bool) -> bool:
    if run.status is StepStatus.FAILED:
        return tolerant and need.plain
    return run.status is StepStatus.SKIPPED and run.skipped_by == "person" and StepStatus.COMPLETED in need.accept


def _all_of(findings: Iterable[Finding]) -> Finding:
    counted = [found for found in findings if found.weight is not Weight.NEUTRAL]
    refused = [found for found in counted if found.weight is Weight.REFUSED]
    if refused:
        return Finding(Weight.REFUSED, _causes(refused))
    return ACCEPTED if counted else Finding(Weight.NEUTRAL, _causes(findings))


def _any_of(findings: Iterable[Finding]) -> Finding:
    counted = [found for found in findings if found.weight is not Weight.NEUTRAL]
    if any(found.weight is Weight.ACCEPTED for found in counted):
        return ACCEPTED
    return Finding(Weight.REFUSED, _causes(counted)) if counted else Finding(Weight.NEUTRAL, _causes(findings))


def _causes(findings: Iterable[Finding]) -> tuple[str, ...]:
    return tuple(cause for found in findings for cause in found.causes)


def _ended_otherwise(need: StepNeed, run: StepRun) -> str:
    verb = {StepStatus.SKIPPED: "was skipped", StepStatus.CANCELLED: "was cancelled"}.get(run.status, run.status.value)
    if need.plain:
        return f'"{run.name}", which {verb}'
    wanted = " or ".join(status.value for status in StepStatus if status in need.accept)
    return f'"{run.name}", which {verb} and not {wanted}'


def _listed(causes: tuple[str, ...]) -> str:
    more = len(causes) - NAMED_CAUSES
    return ", ".join(causes[:NAMED_CAUSES]) + (f" and {more} more" if more > 0 else "")
