"""``gitflow versions`` and ``gitflow blame``: the history of a task, from git's objects."""

from __future__ import annotations

import os
from itertools import islice
from typing import TYPE_CHECKING

from gitflow.cli.console.exits import OK
from gitflow.cli.console.locate import locate_config, locate_workspace
from gitflow.cli.console.streams import write_stderr
from gitflow.cli.console.tables import print_rows, print_value
from gitflow.config import default_cache_dir
from gitflow.core.errors import WorkspaceError
from gitflow.core.record import Record
from gitflow.core.timestamps import rfc3339
from gitflow.runtime.workspaces.blame import blame
from gitflow.runtime.workspaces.snapshots import Snapshots
from gitflow.runtime.workspaces.versions import Tracer
from gitflow.views.commits import commit
from gitflow.views.versions import BlamedStep, blamed_step, version, version_lines
from gitflow.workspaces.git import GitWorkspace
from gitflow.workspaces.lineage import UNSHALLOW, commits
from gitflow.workspaces.revisions import EMPTY, choose

if TYPE_CHECKING:
    from gitflow.core.language.snapshot import Commit
    from gitflow.core.language.sources import Revision
    from gitflow.core.values import JsonObject
    from gitflow.workspaces.base import Workspace


class HistoryOptions(Record):
    task: str
    workspace: str | None = None
    rev: str | None = None
    paths: tuple[str, ...] = ()  #: files and folders whose change counts, beside those that the task names
    limit: int = 50
    output: str = "table"


def versions(options: HistoryOptions) -> int:
    """Raises GitflowError."""
    source, tip = _at(options)
    found = Tracer(Snapshots(None, default_cache_dir(os.environ)), source, options.task, options.paths).trace(tip)
    shown = list(islice(found.versions, options.limit))
    if options.output == "table":
        for each in shown:
            print("\n".join(version_lines(each)))
        _warn_of_more(len(found.versions) - len(shown))
    else:
        print_value([version(each) for each in shown], options.output)
    _warn(found.is_shallow)
    return OK


def show_blame(options: HistoryOptions) -> int:
    """Raises GitflowError."""
    source, tip = _at(options)
    tracer = Tracer(Snapshots(None, default_cache_dir(os.environ)), source, options.task)
    found = tracer.trace(tip)
    blamed = blame(tracer, found)
    known = commits(source.git_dir, sorted({sha for sha in blamed.values() if sha}))
    rows = [blamed_step(BlamedStep(step, known.get(sha or ""))) for step, sha in blamed.items()]
    if options.output == "table":
        print_rows([_flat(step, known.get(sha or "")) for step, sha in blamed.items()], "table", COLUMNS)
    else:
        print_value(rows, options.output)
    _warn(found.is_shallow)
    return OK


COLUMNS = {"STEP": "step_name", "COMMIT": "sha", "DATE": "at", "AUTHOR": "author", "SUBJECT": "subject"}


def _flat(step: str, found: Commit | None) -> JsonObject:
    if found is None:
        return {"step_name": step}
    return {"step_name": step, **commit(found), "sha": found.sha[:12], "at": rfc3339(found.at)[:10]}


def _at(options: HistoryOptions) -> tuple[GitWorkspace, Revision]:
    found = locate_workspace(options.workspace, locate_config(os.environ, uses_store=False), os.environ)
    return in_git(found, options.rev)


def in_git(workspace: Workspace, rev: str | None) -> tuple[GitWorkspace, Revision]:
    """The repository of a workspace, and a commit of it: HEAD, or what a configured workspace follows. Raises
    WorkspaceError."""
    if rev == "":  # most likely a variable that was not set
        raise WorkspaceError("the revision is empty; name a branch, tag or commit, or leave --rev out")
    usual = workspace.ref if isinstance(workspace, GitWorkspace) else "HEAD"
    _, chosen = choose(workspace, EMPTY, rev or usual)
    if type(chosen.source) is not GitWorkspace:
        raise WorkspaceError(f"{chosen.name} is no commit; name a branch, tag or commit")
    return chosen.source, chosen.revision


def _warn_of_more(count: int) -> None:
    if count:
        named = "1 older version; list it" if count == 1 else f"{count} older versions; list them"
        write_stderr(f"gitflow: {named} with --limit\n")


def _warn(is_shallow: bool) -> None:
    if is_shallow:
        write_stderr(f"gitflow: {UNSHALLOW}\n")
