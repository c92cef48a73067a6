"""The plan of a change: two revisions of a workspace, read without trusting either, and compared."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gitflow.core.changes.compare import compare
from gitflow.core.changes.files import users_of_files
from gitflow.core.changes.records import Changes, Side
from gitflow.core.changes.selection import of_tasks
from gitflow.core.changes.words import paths_in, scripts_in
from gitflow.core.errors import NotFound
from gitflow.core.names import closest
from gitflow.core.problems import Problem, Severity
from gitflow.core.record import Record, replace
from gitflow.definitions.compiled import fields_of_actions, is_same_text, may_name_script

if TYPE_CHECKING:
    from collections.abc import Collection

    from gitflow.core.language.snapshot import Snapshot
    from gitflow.runtime.workspaces.snapshots import Examined, Snapshots
    from gitflow.workspaces.revisions import Chosen


#: How many open jobs of a server a plan lists, and how far ahead it lists schedules, in seconds.
MAX_OPEN_JOBS, AHEAD_S = 100, 3600.0


class OpenJob(Record):
    """A job that has not ended: it keeps its revision, whichever becomes active."""

    job_id: str
    task: str
    status: str
    revision: str
    retry_of_job_id: str | None = None


class DueSchedule(Record):
    trigger: str
    task: str
    at: float  #: seconds since the epoch


class OnServer(Record):
    """The open jobs and coming schedules of the server on which the base is active."""

    workspace: str
    open_jobs: tuple[OpenJob, ...] = ()
    schedules: tuple[DueSchedule, ...] = ()  #: those that fire within the next hour


class ChangePlan(Record):
    """What a change means, and the problems of the revision that it leads to."""

    base: Chosen
    head: Chosen
    changes: Changes
    problems: tuple[Problem, ...] = ()  #: of head, and a warning where base has errors
    server: OnServer | None = None  #: set if the base is the active revision of a server

    @property
    def has_errors(self) -> bool:
        return any(problem.is_error for problem in self.problems)


def plan_change(snapshots: Snapshots, base: Chosen, head: Chosen, now: float) -> ChangePlan:
    """``now``: seconds since the epoch; the next times of schedules count from there. Raises WorkspaceError."""
    before, after = snapshots.examine_both((base.source, base.revision), (head.source, head.revision))
    return plan_examined((base, before), (head, after), now)


def plan_of_tasks(snapshots: Snapshots, base: Chosen, head: Chosen, tasks: Collection[str], now: float) -> ChangePlan:
    """What concerns these tasks alone. Raises NotFound where neither revision has one of them, and WorkspaceError."""
    before, after = snapshots.examine_both((base.source, base.revision), (head.source, head.revision))
    known = {**before.snapshot.tasks, **after.snapshot.tasks}
    for task in tasks:
        is_unsure = ("tasks", task) in before.broken | after.broken or before.unreadable or after.unreadable
        if task not in known and not is_unsure:
            raise NotFound("task", task, closest(task, known))
    made = plan_examined((base, before), (head, after), now)
    return replace(made, changes=of_tasks(made.changes, tasks))


def plan_examined(of_base: tuple[Chosen, Examined], of_head: tuple[Chosen, Examined], now: float) -> ChangePlan:
    """The same of revisions that have been read."""
    (base, before), (head, after) = of_base, of_head
    paths = _paths((base, before.snapshot), (head, after.snapshot))
    is_same = partial(is_same_text, before.snapshot, after.snapshot)
    changes = compare(_side(base, before, paths), _side(head, after, paths), now, is_same=is_same)
    return ChangePlan(base, head, changes, (*_of_base(base, before), *after.problems))


def _paths(*sides: tuple[Chosen, Snapshot]) -> list[str]:
    """The files that a definition of one of the sides names, also by a word of a script."""
    named: set[str] = set()
    scripts: set[str] = set()
    for _, snapshot in sides:
        named |= users_of_files(snapshot, partial(may_name_script, snapshot)).keys()
        scripts.update(script for fields in fields_of_actions(snapshot) for script in scripts_in(fields))
    words = paths_in(scripts) - named
    for chosen, _ in sides:
        named |= {word for word in words if chosen.source.has_file(chosen.revision, word)}
    return sorted(named)


def _side(chosen: Chosen, found: Examined, paths: list[str]) -> Side:
    return Side(found.snapshot, chosen.source.digests(chosen.revision, paths), found.broken, found.unreadable)


def _of_base(base: Chosen, found: Examined) -> tuple[Problem, ...]:
    errors = [problem for problem in found.problems if problem.is_error]
    if not errors:
        return ()
    first = errors[0]
    message = f"the base {base.name} has {len(errors)} error{'s' if len(errors) > 1 else ''} itself: {first.message}"
    hint = "definitions that could not be read there are not compared"
    return (Problem(Severity.WARNING, "base-with-errors", first.file, first.line, first.column, message, hint),)
