"""Random tasks: small flows with every kind of step, dependency, loop, retry, limit and hook."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from gitflow.core.language.definition import Action, AllOf, AnyOf, Concurrency, Hook, Hooks, Retry, Step, StepNeed, Task
from gitflow.core.language.snapshot import Snapshot
from gitflow.core.status import StepStatus

if TYPE_CHECKING:
    from gitflow.core.language.definition import Need

TASKS = 24
SHELL = Action("shell")
TELL = Action("shell", "tell")
ENDS = sorted((StepStatus.COMPLETED, StepStatus.FAILED, StepStatus.SKIPPED, StepStatus.CANCELLED))
EVENTS = ("go", "stop", "a")
#: A group has one limit, whoever names it.
GROUPS = {"narrow": 1, "wide": 3}

ACTIONS = (
    *([SHELL] * 9),
    Action("sleep", fields={"duration": 5}),
    Action("sleep", fields={"duration": 50}),
    Action("sleep", fields={"duration": "soon"}),  # which fails: it is no duration
    Action("approval"),
    Action("approval", timeout_s=9.0, fields={"on_timeout": "approve"}),
    Action("approval", timeout_s=30.0),
    Action("wait", fields={"event": "go"}),
    Action("wait", fields={"event": "{{ input.items[0] }}"}, timeout_s=30.0, retry=Retry(2)),
)
CONDITIONS = (*([None] * 15), "true", "false", "input.yes", "nonsense.here")
LISTS = (*([None] * 12), [], [1], [1, 2, 3], [1, 2, 3, 4], "input.items", "input.yes")
RETRIES = (None, None, Retry(2), Retry(3, 7.0, "exponential", 10.0, True), Retry(2, 1.0, on_exit_codes=(75,)))


def snapshot(chance: random.Random) -> Snapshot:
    """Random tasks. Child tasks come after their parents in the list, except ``deep``, which calls itself endlessly."""
    names = [f"t{number}" for number in range(TASKS)]
    tasks = {name: _task(chance, name, names[number + 1 :]) for number, name in enumerate(names)}
    tasks["deep"] = Task("deep", {"down": Step("down", inline=Action("task", fields={"task": "deep"}))})
    return Snapshot("default", "abc123", tasks=tasks, actions={"tell": TELL})


def _task(chance: random.Random, name: str, later: list[str]) -> Task:
    flow: dict[str, Step] = {}
    for number in range(chance.choice((4, 5, 3, 6, 8, 2, 1, 0))):
        step = _step(chance, f"s{number}", list(flow), later)
        flow[step.name] = step
    return Task(
        name,
        flow,
        timeout_s=chance.choice((None, None, 60.0)),
        retry=chance.choice((None, None, Retry(2, 3.0))),
        concurrency=_concurrency(chance),
        priority=chance.choice((0, 0, 5)),
        max_parallel_steps=chance.choice((None, None, 1, 2)),
        hooks=Hooks(*(_hooks(chance) for _ in range(4))),
    )


def _step(chance: random.Random, name: str, earlier: list[str], later: list[str]) -> Step:
    action = chance.choice(ACTIONS)
    if later and chance.random() < 0.15:
        action = Action("task", fields={"task": chance.choice(later)}, timeout_s=chance.choice((None, 20.0)))
    elif chance.random() < 0.01:
        action = Action("task", fields={"task": "deep"})
    return Step(
        name,
        inline=action,
        needs=tuple(_need(chance, earlier) for _ in range(chance.randrange(3))) if earlier else (),
        when=chance.choice(CONDITIONS),
        for_each=chance.choice(LISTS),
        sequential=chance.random() < 0.3,
        max_parallel=chance.choice((None, None, 1, 2)),
        continue_on_failure=chance.random() < 0.3,
        retry=chance.choice(RETRIES),
    )


def _need(chance: random.Random, names: list[str]) -> Need:
    if chance.random() < 0.2:
        kind = chance.choice((AllOf, AnyOf))
        return kind(tuple(_one(chance, names) for _ in range(chance.randint(1, 3))))
    return _one(chance, names)


def _one(chance: random.Random, names: list[str]) -> StepNeed:
    name = chance.choice(names)
    if chance.random() < 0.6:
        return StepNeed(name)
    return StepNeed(name, frozenset(chance.sample(ENDS, chance.randint(1, len(ENDS)))), plain=False)


def _concurrency(chance: random.Random) -> Concurrency | None:
    if chance.random() < 0.5:
        return None
    group = chance.choice(sorted(GROUPS))
    return Concurrency(group, GROUPS[group], chance.choice(("queue", "queue", "skip", "cancel_running")))


def _hooks(chance: random.Random) -> tuple[Hook, ...]:
    return (Hook("tell"),) if chance.random() < 0.5 else ()
