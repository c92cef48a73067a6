"""Laws: what counts as guarded by an approval agrees with how a job decides, and gaps of schedules with their times."""

from __future__ import annotations

import functools
import itertools
from datetime import datetime
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from judging import FACTS, policy

from gitflow.core.jobs.job import StepRun
from gitflow.core.language.cron import parse_cron
from gitflow.core.language.cron_grammar import CronError
from gitflow.core.language.cron_times import next_match, shortest_gap
from gitflow.core.language.definition import Action, AllOf, AnyOf, Step, StepNeed, Task
from gitflow.core.language.snapshot import Snapshot
from gitflow.core.machine.decisions import refusal
from gitflow.core.policy.judge import violations
from gitflow.core.policy.records import Case
from gitflow.core.status import StepStatus

RULE = policy("rules: {person: {require_approval: {approvers: [managers]}}}")
ASK = Action("approval", fields={"approvers": ["managers"]})
WORK = Action("shell", fields={"cmd": "ls"})
ACCEPTED = [
    {StepStatus.COMPLETED},
    {StepStatus.COMPLETED, StepStatus.FAILED},
    {StepStatus.FAILED},
    {StepStatus.COMPLETED, StepStatus.SKIPPED},
]


@st.composite
def flows(draw) -> dict[str, Step]:
    """Up to four steps, the first of which asks; each needs some of those before it, in any way that can be written."""
    steps: dict[str, Step] = {}
    for name in "abcd"[: draw(st.integers(2, 4))]:
        steps[name] = Step(
            name,
            inline=draw(st.sampled_from([ASK, WORK, WORK])) if steps else ASK,
            needs=tuple(draw(needs("".join(steps)))) if steps else (),
            when=draw(st.sampled_from([None, None, "input.x"])),
            continue_on_failure=draw(st.sampled_from([False, False, True])),
        )
    return steps


@functools.cache
def needs(known: str):
    """Some needs of steps with names of one letter; made once for each start of the alphabet, for it takes long."""
    plain = st.builds(StepNeed, st.sampled_from(known))
    detailed = st.builds(lambda name, ends: StepNeed(name, frozenset(ends), plain=False), st.sampled_from(known),
                         st.sampled_from(ACCEPTED))  # fmt: skip
    one = plain | detailed
    group = st.lists(one, min_size=1, max_size=2).map(tuple)
    return st.lists(one | st.builds(AllOf, group) | st.builds(AnyOf, group), max_size=3)


def run(steps: dict[str, Step], ends: tuple[str, ...]) -> set[str]:
    """The steps that run before anybody has approved, where each that runs ends as it is told."""
    runs: dict[str, StepRun] = {}
    early, approved = set[str](), False
    for (name, step), end in zip(steps.items(), ends, strict=True):
        skip = refusal(step, runs.__getitem__)
        if skip is not None:
            runs[name] = StepRun(name, StepStatus.SKIPPED, skipped_by=skip.by)
        elif step.when is not None and end == "not wanted":
            runs[name] = StepRun(name, StepStatus.SKIPPED, skipped_by="when")
        else:
            if not approved:
                early.add(name)
            runs[name] = StepRun(name, StepStatus.COMPLETED if end != "fails" else StepStatus.FAILED)
            approved = approved or (step.inline is ASK and end != "fails")
    return early


@settings(max_examples=400)
@given(flows())
def test_a_step_that_may_run_before_an_approval_is_never_taken_for_guarded(steps):
    """Steps go one after the other here; each order of a flow is one that a job may have."""
    found = violations(RULE, Case(Snapshot("w", "r", tasks={"t": Task("t", steps)}), FACTS))
    reported = {name for name in steps if any(f'step "{name}"' in each.problem.message for each in found)}
    for name in steps:
        if steps[name].inline is WORK and name not in reported:
            assert not may_run_early(steps, name)


def may_run_early(steps: dict[str, Step], name: str) -> bool:
    """Looks at the step with only what it waits for before it: what it does not wait for may come later."""
    wanted = upstream(steps, name) | {name}
    kept = {each: step for each, step in steps.items() if each in wanted}
    courses = itertools.product(("completes", "fails", "not wanted"), repeat=len(kept))
    return any(name in run(kept, ends) for ends in courses)


def upstream(steps: dict[str, Step], name: str) -> set[str]:
    found = set(named(steps[name].needs))
    return found.union(*(upstream(steps, each) for each in found))


def named(given) -> list[str]:
    return [name for need in given for name in ([need.step] if isinstance(need, StepNeed) else named(need.needs))]


@given(
    st.lists(st.integers(0, 59), min_size=1, max_size=4),
    st.lists(st.integers(0, 23), min_size=1, max_size=4),
    st.sampled_from(["*", "1", "1,15", "31", "*/2"]),
    st.sampled_from(["*", "1", "2,3"]),
    st.sampled_from(["*", "1", "1,2", "mon-fri"]),
)
def test_no_two_times_of_a_schedule_are_closer_than_its_gap_and_some_are_as_close(minutes, hours, days, months, week):
    text = f"{','.join(map(str, minutes))} {','.join(map(str, hours))} {days} {months} {week}"
    try:
        fields = parse_cron(text).fields
    except CronError:
        return
    times, wall = list[datetime](), datetime(2026, 1, 1)
    while len(times) < 400 and (found := next_match(fields, wall)) is not None:
        times.append(wall := found)
    gaps = [int((after - before).total_seconds()) for before, after in pairwise(times)]
    assert min(gaps) == shortest_gap(fields)
