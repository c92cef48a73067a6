"""``gitflow validate``: reports every problem of a workspace, in one of several formats."""

from __future__ import annotations

import os
import sys

from gitflow.cli.console.exits import FAILED, OK
from gitflow.cli.console.locate import at_revision, locate_config, locate_workspace
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
    """0 without errors (warnings are allowed), 1 otherwise. Raises WorkspaceError."""
    if path is not None and os.path.isfile(path):
        raise WorkspaceError(_explain_file(path))
    found = locate_workspace(path, locate_config(os.environ, uses_store=False), os.environ)
    problems = find_problems(*at_revision(found, rev))
    root = ROOTS.get(form, _no_prefix)(found)
    sys.stdout.write(report(problems, form, root=root))
    return FAILED if any(problem.is_error for problem in problems) else OK


def choose_workspace(path: str | None, workspace: str | None) -> str | None:
    """The workspace of the argument or of ``-w``. Raises InvalidInput for both."""
    if path is not None and workspace is not None:
        raise InvalidInput(f"the workspace is given twice: {path!r}, and {workspace!r} with -w; leave one out")
    return path if workspace is None else workspace


def find_problems(workspace: Workspace, revision: Revision) -> tuple[Problem, ...]:
    """A revision that was accepted before is not checked again: its warnings are stored with it."""
    snapshots = Snapshots(None, default_cache_dir(os.environ))
    try:
        return snapshots.load(workspace, revision).warnings
    except RevisionRefused as refused:
        return refused.problems


def _explain_file(path: str) -> str:
    """The files of a workspace refer to each other: one file alone cannot be checked."""
    found = find_workspace(os.path.dirname(os.path.abspath(path)))
    message = f"{path!r} is a file; a workspace is checked as a whole"
    return (
        f"{message}: gitflow validate {os.path.relpath(found)}" if found else f"{message}, and this file is not in one"
    )


def _no_prefix(workspace: Workspace) -> str:
    return ""


def _from_current_folder(workspace: Workspace) -> str:
    """So that a path can be clicked or copied where it is printed."""
    path = _folder_of(workspace)
    return os.path.relpath(path) if path else ""


def from_repository(workspace: Workspace) -> str:
    """As tools that comment on commits name files; from the current folder where there is no repository."""
    path = _folder_of(workspace)
    top = path
    while top and not os.path.exists(os.path.join(top, ".git")):
        above = os.path.dirname(top)
        top = None if above == top else above
    return os.path.relpath(path, top) if path and top else _from_current_folder(workspace)


def _folder_of(workspace: Workspace) -> str | None:
    from gitflow.workspaces.folder import FolderWorkspace

    return os.path.realpath(workspace.path) if isinstance(workspace, FolderWorkspace) else None


#: Format -> prefix of the paths in a report. Other formats have paths relative to the workspace.
ROOTS: Mapping[str, Callable[[Workspace], str]] = {
    "text": _from_current_folder,
    "github": from_repository,
    "gitlab": from_repository,
    "sarif": from_repository,
    "junit": from_repository,
    "markdown": from_repository,
}
