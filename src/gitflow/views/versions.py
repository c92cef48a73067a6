"""The history of a task: its versions, and the commit that last changed each of its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.changes.records import ADDED, CHANGED, REMOVED, RENAMED
from gitflow.core.record import Record
from gitflow.core.timestamps import rfc3339
from gitflow.views.commits import commit
from gitflow.views.escape import on_one_line
from gitflow.views.noun import JsonField, Noun, writer
from gitflow.views.plan import plan_summary
from gitflow.views.schema import FLAG, TEXT, TIME, list_of, one_of, or_null, ref
from gitflow.views.workspaces import problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gitflow.core.changes.records import Change
    from gitflow.core.language.snapshot import Commit
    from gitflow.core.values import JsonObject
    from gitflow.runtime.workspaces.versions import Version

SIGNS = {ADDED: "+", REMOVED: "-", CHANGED: "~", RENAMED: ">"}


class BlamedStep(Record):
    step: str
    commit: Commit | None


TASK_CHANGE = Noun(
    "TaskChange",
    "What a commit did to a task, or to something that it uses.",
    (
        JsonField("kind", TEXT),
        JsonField("name", TEXT),
        JsonField("change", one_of(ADDED, REMOVED, CHANGED, RENAMED)),
        JsonField("summary", TEXT),
    ),
)

TASK_VERSION = Noun(
    "TaskVersion",
    "A commit that changed what a run of the task does.",
    (
        JsonField("commit", ref("CommitSummary"), lambda it: commit(it.commit)),
        JsonField("loads", FLAG, about="Whether the task can run at this commit."),
        JsonField("changes", list_of(ref("TaskChange")), lambda it: [_change(each) for each in it.changes.changes]),
        JsonField("problems", list_of(ref("Problem")), lambda it: [problem(each) for each in it.problems]),
    ),
    list_name="TaskVersions",
)

LISTED_VERSION = Noun(
    "Version",
    "A commit that changed what a run of a task does.",
    (
        JsonField("revision", TEXT, "commit.sha"),
        JsonField("author", TEXT, "commit.author"),
        JsonField("message", TEXT, "commit.message"),
        JsonField("at", TIME, "commit.at"),
        JsonField("commit", ref("CommitSummary"), lambda it: commit(it.commit)),
        JsonField("loads", FLAG, about="Whether the task can run at this commit."),
        JsonField("changes", list_of(ref("TaskChange")), lambda it: [_change(each) for each in it.changes.changes]),
        JsonField("summary", ref("PlanSummary"), lambda it: plan_summary(it.changes), about="Number of these changes."),
    ),
    list_name="Versions",
)

BLAMED_STEP = Noun(
    "BlamedStep",
    "A step, and the commit that last changed it or something that it uses.",
    (
        JsonField("step_name", TEXT, "step"),
        JsonField("commit", or_null(ref("CommitSummary")), lambda it: commit(it.commit) if it.commit else None),
    ),
)

#: Those of the API; the other ones are printed by commands alone.
NOUNS = (TASK_CHANGE, LISTED_VERSION)

version: Callable[[Version], JsonObject] = writer(TASK_VERSION)
listed_version: Callable[[Version], JsonObject] = writer(LISTED_VERSION)
blamed_step: Callable[[BlamedStep], JsonObject] = writer(BLAMED_STEP)
_change = writer(TASK_CHANGE)


def version_lines(found: Version) -> Iterator[str]:
    """For people: the commit, and a line for each of its changes."""
    yield commit_line(found.commit)
    for change in found.changes.changes:
        yield f"    {change_line(change)}"
    if found.problems:
        first = found.problems[0]
        more = f" (and {len(found.problems) - 1} more)" if len(found.problems) > 1 else ""
        yield on_one_line(f"does not load: {first.file}:{first.line}: {first.message}").join(("    ! ", more))


def commit_line(found: Commit) -> str:
    return f"{rfc3339(found.at)[:10]}  {found.sha[:12]}  {on_one_line(found.author)}  {on_one_line(found.subject)}"


def change_line(change: Change) -> str:
    return on_one_line(f"{SIGNS[change.change]} {change.kind.replace('_', ' ')} {change.name}: {change.summary}")
