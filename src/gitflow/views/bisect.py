"""A search for the commit that broke a task: as JSON, and as lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.views.commits import commit
from gitflow.views.escape import on_one_line
from gitflow.views.plan import plan as plan_json
from gitflow.views.plan_reports import report
from gitflow.views.versions import change_line, commit_line, version, version_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gitflow.core.language.snapshot import Commit
    from gitflow.core.values import JsonObject
    from gitflow.runtime.workspaces.plans import ChangePlan
    from gitflow.runtime.workspaces.versions import Version


class Tried(Record):
    """The verdict on one commit."""

    commit: Commit
    verdict: str  #: good, bad or skip
    reason: str
    job_id: str | None = None
    is_earlier: bool = False  #: an earlier run of the same search found it


class Found(Record):
    """How a search ended."""

    id: str
    task: str
    total: int  #: commits between good and bad
    left_out: int  #: of these, those that left the task as it was
    versions: tuple[Version, ...]
    lost: tuple[Version, ...]  #: those that do not load
    suspects: tuple[Version, ...]  #: one of these broke it, newest first
    tried: tuple[Tried, ...]
    plan: ChangePlan | None  #: of the one, where there is one


def as_json(found: Found) -> JsonObject:
    only = found.suspects[0] if found.plan is not None else None
    return {
        "bisect": found.id,
        "task": found.task,
        "commits": found.total,
        "left_out": found.left_out,
        "versions": [version(each) for each in found.versions],
        "not_loading": [version(each) for each in found.lost],
        "tried": [_tried(each) for each in found.tried],
        "first_bad": commit(only.commit) if only else None,
        "suspects": [commit(each.commit) for each in found.suspects],
        "plan": plan_json(found.plan) if found.plan is not None else None,
    }


def _tried(tried: Tried) -> JsonObject:
    return {
        "commit": commit(tried.commit),
        "verdict": tried.verdict,
        "reason": tried.reason,
        "job_id": tried.job_id,
        "earlier": tried.is_earlier,
    }


def tried_line(tried: Tried) -> str:
    job = f"  (job {tried.job_id}{', run before' if tried.is_earlier else ''})" if tried.job_id else ""
    subject = on_one_line(f"{tried.commit.subject}: {tried.reason}")
    return f"{tried.verdict:4}  {tried.commit.sha[:12]}  {subject}{job}"


def candidate_lines(versions: Sequence[Version], next: str | None) -> Iterator[str]:
    """The commits that may be tried, newest first, with a mark at the one that would be tried first."""
    for each in versions:
        yield f"{'→' if each.commit.sha == next else ' '} {commit_line(each.commit)}"
        yield from (f"      {change_line(change)}" for change in each.changes.changes)


def result_lines(found: Found) -> Iterator[str]:
    if found.plan is not None:
        [only] = found.suspects
        yield f"first bad: {only.commit.sha} {on_one_line(only.commit.subject)}"
        yield report(found.plan, "text").rstrip("\n")
        yield from _lost_lines(found)
    elif not found.suspects:
        yield f"no commit between changed what task {found.task} does, so none of them broke it: compare the input,"
        yield "the environment and the services it calls, or name the files it reads with --path"
        yield from _lost_lines(found)
    else:
        yield f"one of these {len(found.suspects)} is the first bad one; the others could not be tried:"
        for each in found.suspects:
            yield from version_lines(each)


def _lost_lines(found: Found) -> Iterator[str]:
    if found.lost:
        yield "these do not load, so they were not tried, and may hold a part of the change:"
        for each in found.lost:
            yield from version_lines(each)
