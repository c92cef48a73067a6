"""``gitflow validate``: every problem of a workspace, in the form its reader wants."""

from __future__ import annotations

import os
import sys

from gitflow.cli.console.exits import FAILED, OK
from gitflow.cli.console.locate import at_revision, config_here, workspace_for
from gitflow.cli.console.reports import report
from gitflow.config import default_cache_dir
from gitflow.core.errors import InvalidInput, RevisionRefused, WorkspaceError
from gitflow.runtime.workspaces.snapshots import Snapshots
from gitflow.workspaces.registry import find_workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.language.sources import Revision
    from gitflow.core.problems import Problem
    from gitflow.workspaces.base import Workspace


def validate(path: str | None, form: str, rev: str | None) -> int:
    """0 where nothing is wrong (warnings are not), 1 otherwise. Raises WorkspaceError."""
    if path is not None and os.path.isfile(path):
        raise WorkspaceError(_one_file(path))
    asked = workspace_for(path, config_here(os.environ, uses_store=False), os.environ)
    problems = problems_at(*at_revision(asked, rev))
    root = ROOTS.get(form, _workspace)(asked)
    sys.stdout.write(report(problems, form, root=root))
    return FAILED if any(problem.is_error for problem in problems) else OK


def one_of(path: str | None, workspace: str | None) -> str | None:
    """The workspace by its argument or by ``-w``. Raises InvalidInput for both."""
    if path is not None and workspace is not None:
        raise InvalidInput(f"the workspace is given twice: {path!r}, and {workspace!r} with -w; leave one out")
    return path if workspace is None else workspace


def problems_at(workspace: Workspace, revision: Revision) -> tuple[Problem, ...]:
    """A revision that was accepted before is not looked at again: its warnings are kept with it."""
    snapshots = Snapshots(None, default_cache_dir(os.environ))
    try:
        return snapshots.load(workspace, revision).warnings
    except RevisionRefused as refused:
        return refused.problems


def _one_file(path: str) -> str:
    """The files of a workspace know each other: one alone cannot be checked."""
    found = find_workspace(os.path.dirname(os.path.abspath(path)))
    told = f"{path!r} is a file; a workspace is checked as a whole"
    return f"{told}: gitflow validate {os.path.relpath(found)}" if found else f"{told}, and this file is in none"


def _workspace(workspace: Workspace) -> str:
    return ""


def _from_here(workspace: Workspace) -> str:
    """So that a path can be clicked or copied where it is printed."""
    path = _folder_of(workspace)
    return os.path.relpath(path) if path else ""


def _from_repository(workspace: Workspace) -> str:
    """As those who comment on commits name files; from here where there is no repository."""
    path = _folder_of(workspace)
    top = path
    while top and not os.path.exists(os.path.join(top, ".git")):
        above = os.path.dirname(top)
        top = None if above == top else above
    return os.path.relpath(path, top) if path and top else _from_here(workspace)


def _folder_of(workspace: Workspace) -> str | None:
    from gitflow.workspaces.folder import FolderWorkspace

    return os.path.realpath(workspace.path) if isinstance(workspace, FolderWorkspace) else None


#: What stands before the paths of a report, by its format; elsewhere paths are the workspace's own.
ROOTS: Mapping[str, Callable[[Workspace], str]] = {
    "text": _from_here,
    "github": _from_repository,
    "sarif": _from_repository,
    "junit": _from_repository,
}
