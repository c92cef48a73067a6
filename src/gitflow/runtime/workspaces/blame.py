"""For each step of a task the commit that last changed it, or something that it uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.changes.differences import join
from gitflow.core.changes.uses import users_of
from gitflow.runtime.workspaces.versions import changes_between

if TYPE_CHECKING:
    from gitflow.core.changes.records import Change, Changes
    from gitflow.core.changes.uses import Uses
    from gitflow.runtime.workspaces.versions import Lineage, TaskState, Tracer


def blame(tracer: Tracer, found: Lineage) -> dict[str, str | None]:
    """Step -> commit, in flow order; None where the history that is here does not tell. ``found`` reaches back to the
    first commit.

    At a merge a step is followed to the first parent that has it as the merge does.
    """
    state = tracer.state(found.tip.id)
    steps = tuple(state.side.snapshot.tasks[found.task].flow)
    blamed: dict[str, str | None] = dict.fromkeys(steps)
    if not found.parents:
        return blamed
    pending = {next(iter(found.parents)): set(steps)}  # the walk begins with the newest
    for sha, parents in found.parents.items():  # children come before their parents
        left = pending.pop(sha, set())
        for parent in dict.fromkeys(_readable(tracer, found, each) for each in parents):
            kept = left - _changed_steps(tracer, found.task, parent, sha, left) if left else left
            pending.setdefault(parent, set()).update(kept)
            left = left - kept
        blamed |= dict.fromkeys(left, sha)
    return blamed


def _readable(tracer: Tracer, found: Lineage, sha: str) -> str:
    """The commit, or where the task cannot be read there, the last one before where it can."""
    while not tracer.state(sha).is_here and tracer.state(sha).problems and found.parents.get(sha):
        sha = found.parents[sha][0]
    return sha


def _changed_steps(tracer: Tracer, task: str, parent: str, child: str, steps: set[str]) -> set[str]:
    before, after = tracer.state(parent), tracer.state(child)
    if not (before.is_here and after.is_here):
        return set(steps) if before.is_here != after.is_here else set()
    changes = changes_between(before, after)
    return {
        step for step in steps if _concerns(changes, task, step, _uses(before, task, step), _uses(after, task, step))
    }


def _uses(state: TaskState, task: str, step: str) -> Uses | None:
    snapshot = state.side.snapshot
    found = snapshot.tasks[task]
    return users_of(snapshot, found, step) if step in found.flow else None


def _concerns(changes: Changes, task: str, step: str, before: Uses | None, after: Uses | None) -> bool:
    if before is None or after is None:
        return True
    members = (before.members | after.members) - {("task", task)}
    files = before.files | after.files | before.words | after.words
    return any(_is_about(change, task, step, members, files) for change in changes.changes)


def _is_about(change: Change, task: str, step: str, members: frozenset[tuple[str, str]], files: frozenset[str]) -> bool:
    if change.kind == "file":
        return change.name in files
    if (change.kind, change.name) != ("task", task):
        return (change.kind, change.name) in members
    path = join("flow", step)
    return any(detail.path == path or detail.path.startswith(f"{path}.") for detail in change.details)
