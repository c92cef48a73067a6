"""Which parts of the definitions the tests reach: steps, both branches of each ``when``, hooks and loops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.language.definition import OCCASIONS
from gitflow.core.problems import Place
from gitflow.core.record import Record
from gitflow.core.values import is_object

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.jobs.job import Job
    from gitflow.core.language.definition import Task
    from gitflow.core.language.snapshot import Snapshot

#: What can be reached: its kind, the task (empty for a hook of the workspace), its name, and which of its branches.
Part = tuple[str, str, str, str]

STEP, WHEN, LOOP, HOOK = "step", "when", "loop", "hook"
#: The kinds as people count them: (one, several).
KINDS = {
    STEP: ("step", "steps"),
    WHEN: ("branch", "branches"),
    LOOP: ("loop", "loops"),
    HOOK: ("hook", "hooks"),
}


class Missed(Record):
    """A part that no test has reached."""

    kind: str
    where: Place
    what: str


class Coverage(Record):
    totals: dict[str, tuple[int, int]]  #: by kind: how many were reached, and how many there are
    missed: tuple[Missed, ...]  #: by place


def coverage_of(snapshot: Snapshot, reached: Collection[Part]) -> Coverage:
    totals: dict[str, tuple[int, int]] = dict.fromkeys(KINDS, (0, 0))
    missed: list[Missed] = []
    for part, where, what in _parts(snapshot):
        is_reached = part in reached
        covered, total = totals[part[0]]
        totals[part[0]] = covered + is_reached, total + 1
        if not is_reached:
            missed.append(Missed(part[0], where, what))
    return Coverage(totals, tuple(sorted(missed, key=lambda one: (one.where.file, one.where.line, one.what))))


def _parts(snapshot: Snapshot) -> Iterator[tuple[Part, Place, str]]:
    for name, task in snapshot.tasks.items():
        yield from _parts_of(name, task)
    yield from _hooks("", snapshot.hooks, "of the workspace")


def _parts_of(name: str, task: Task) -> Iterator[tuple[Part, Place, str]]:
    for step in task.flow.values():
        of = f'step "{step.name}" of task "{name}"'
        yield (STEP, name, step.name, ""), step.where, f"{of} never ran"
        if step.when is not None:
            for branch in ("true", "false"):
                yield (WHEN, name, step.name, branch), step.where, f"the condition of {of} was never {branch}"
        if step.for_each is not None:
            yield (LOOP, name, step.name, ""), step.where, f"the loop of {of} never had an item"
    yield from _hooks(name, task.hooks, f'of task "{name}"')


def _hooks(task: str, hooks: object, of: str) -> Iterator[tuple[Part, Place, str]]:
    for occasion in OCCASIONS:
        for hook in getattr(hooks, occasion):
            yield (HOOK, task, hook.action, occasion), hook.where, f"{occasion} {of} never ran {hook.action}"


def reached_by(jobs: Iterable[Job], history: Iterable[tuple[str, HistoryEntry]]) -> frozenset[Part]:
    """What one test has reached."""
    known = {job.id: job for job in jobs}
    found: set[Part] = set()
    for job in known.values():
        found.update(_reached_in(job))
    for job_id, entry in history:
        if entry.what == "hook.started" and is_object(entry.details):
            occasion = str(entry.details["hook"])
            job = known[job_id]
            task = job.task_name if _has_own(job, occasion) else ""
            found.add((HOOK, task, str(entry.details["action"]), occasion))
    return frozenset(found)


def _reached_in(job: Job) -> Iterator[Part]:
    task = job.task_name
    for name, run in job.steps.items():
        written = run.loop_of or name
        step = job.plan.task.flow[written]
        ran = run.attempt > 0 or run.started_at is not None
        if ran:
            yield STEP, task, written, ""
        if step.when is not None and (ran or run.skipped_by == "when"):
            yield WHEN, task, written, "true" if ran else "false"
        if run.loop_of is not None and ran:
            yield LOOP, task, written, ""


def _has_own(job: Job, occasion: str) -> bool:
    """Whether the task has hooks of its own, which replace those of the workspace."""
    return bool(getattr(job.plan.task.hooks, occasion))
