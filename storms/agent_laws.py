"""What must hold of every attempt that began in a simulation of agents, by what the store says of it afterwards."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.stores.registry import Stores
    from storms.agent_model import Agent, Attempt

LEASE_S = 60.0
#: How many attempts each step may have, by its name without the number of an iteration (see ``agents.WORKSPACE``).
MAX_ATTEMPTS = {"only": 1, "b": 1, "a": 4, "c": 4, "wave": 4, "alone": 4, "after": 2}


@dataclass(frozen=True)
class Record:
    stores: Stores
    starts: Sequence[float]  #: when a server started
    heard: Mapping[str, Sequence[float]]  #: by agent: when the active server heard of it


def broken(attempts: Sequence[Attempt], record: Record) -> Iterator[str]:
    begun = Counter(attempt.key for attempt in attempts)
    yield from (f"{key} began {times} times" for key, times in begun.items() if times > 1)
    histories: dict[str, list[HistoryEntry]] = {}
    for attempt in attempts:
        job_id = attempt.key[0]
        if job_id not in histories:
            histories[job_id] = record.stores.jobs.history(job_id)
        yield from _of_attempt(attempt, histories[job_id], record)


def _of_attempt(attempt: Attempt, history: list[HistoryEntry], record: Record) -> Iterator[str]:
    _, step, number = attempt.key
    if number > MAX_ATTEMPTS[step.partition("[")[0]]:
        yield f"{attempt.key} began, which its author did not allow"
    if attempt.kept is None:
        yield f"the report of {attempt.key} was never answered"
    ends = _ends_of(history, step, number)
    if len(ends) != 1:
        yield f"{attempt.key} has {len(ends)} ends in the history: {[entry.what for entry in ends]}"
        return
    [end] = ends
    reason = (end.details or {}).get("error_message") or ""  # type: ignore[union-attr]
    if "was not heard of" in reason and not _was_silent(attempt.agent, end.at, record):
        yield f"{attempt.key} was given up at {end.at:.1f}, and its agent had been heard of"
    if attempt.outcome is not None and attempt.kept == "kept":
        if reason != (attempt.outcome.error or ""):
            yield f"{attempt.key} was reported as {attempt.outcome}, kept, and is {end.what}: {reason}"
        yield from _of_lines(attempt, record)


def _ends_of(history: list[HistoryEntry], step: str, attempt: int) -> list[HistoryEntry]:
    """How an attempt ended. One that failed and was to be tried again may have been cancelled while it waited."""
    of_attempt = [entry for entry in history if entry.step == step and entry.attempt == attempt]
    ends = [entry for entry in of_attempt if entry.what in ("step.completed", "step.failed", "step.retrying")]
    return ends or [entry for entry in of_attempt if entry.what == "step.cancelled"]


def _was_silent(agent: Agent, at: float, record: Record) -> bool:
    """For the lease, since it was heard of and since the server started that gave it up."""
    heard = max((when for when in record.heard.get(agent.name, ()) if when < at), default=0.0)
    start = max(when for when in record.starts if when <= at)
    return at - max(heard, start) >= LEASE_S - 1.0


def _of_lines(attempt: Attempt, record: Record) -> Iterator[str]:
    job_id, step, number = attempt.key
    stored = [
        line.line
        for line in record.stores.logs.lines(job_id)
        if line.step == step and line.attempt == number and line.stream == "stdout"
    ]
    if stored != [str(line) for line in range(1, attempt.lines + 1)]:
        yield f"{attempt.key} printed {attempt.lines} lines, and stored are {stored}"
