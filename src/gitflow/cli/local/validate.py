"""``gitflow validate``: reports every problem of a workspace, in one of several formats."""

from __future__ import annotations

import os
import sys

from gitflow import __version__
from gitflow.cli.console.exits import FAILED, OK
from gitflow.cli.console.locate import at_revision, locate_config, locate_workspace
from gitflow.cli.console.reports import report
from gitflow.config import default_cache_dir
from gitflow.config.paths import CONFIG_NAME
from gitflow.core.errors import InvalidInput, RevisionRefused, WorkspaceError
from gitflow.core.standard import suppress
from gitflow.runtime.workspaces.snapshots import Snapshots
from gitflow.workspaces.registry import find_workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.language.sources import Revision
    from gitflow.core.problems import Problem
    from gitflow.workspaces.base import Workspace

#: Counts up with every new check of test files.
TESTS_FORMAT = 1


def validate(path: str | None, form: str, rev: str | None) -> int:
    """The exit status: 0 without errors (warnings are allowed), 1 otherwise. Raises WorkspaceError."""
    if path is not None and os.path.isfile(path):
        if is_server_config(path):
            from gitflow.cli.local.validate_config import validate_config

            return validate_config(path, form)
        raise WorkspaceError(_explain_file(path))
    found = locate_workspace(path, locate_config(os.environ, uses_store=False), os.environ)
    problems = find_problems(*at_revision(found, rev))
    root = ROOTS.get(form, no_prefix)(found)
    sys.stdout.write(report(problems, form, root=root))
    return FAILED if any(problem.is_error for problem in problems) else OK


def is_server_config(path: str) -> bool:
    """By its name: ``server-config.yaml``, also with more before or after the words."""
    return CONFIG_NAME.partition(".")[0] in os.path.basename(path)


def choose_workspace(path: str | None, workspace: str | None) -> str | None:
    """The workspace of the argument or of ``-w``. Raises InvalidInput for both."""
    if path is not None and workspace is not None:
        raise InvalidInput(f"the workspace is given twice: {path!r}, and {workspace!r} with -w; leave one out")
    return path if workspace is None else workspace


def find_problems(workspace: Workspace, revision: Revision) -> tuple[Problem, ...]:
    """A revision that was accepted before is not checked again: its warnings are stored with it."""
    cache_dir = default_cache_dir(os.environ)
    snapshots = Snapshots(None, cache_dir)
    try:
        snapshot = snapshots.load(workspace, revision)
    except RevisionRefused as refused:
        return refused.problems + _check_tests(workspace, revision, None)
    return snapshot.warnings + _of_tests(workspace, revision, snapshot, cache_dir)


def _of_tests(workspace: Workspace, revision: Revision, snapshot: Snapshot, cache_dir: str) -> tuple[Problem, ...]:
    """What is wrong with the test files. An empty file beside the compiled definitions says that it is nothing."""
    name = f"{workspace.identity}-{revision.id}-{__version__}-tests-{TESTS_FORMAT}"
    path = os.path.join(cache_dir, "compiled", name)
    try:
        if os.stat(path).st_uid == os.geteuid():
            os.utime(path)  # so that it is not pruned
            return ()
    except OSError:
        pass
    found = _check_tests(workspace, revision, snapshot)
    if not found:
        with suppress(OSError):  # a cache that cannot be written is only slower
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    return found


def _check_tests(workspace: Workspace, revision: Revision, snapshot: Snapshot | None) -> tuple[Problem, ...]:
    """``snapshot`` None: the definitions have errors. Raises WorkspaceError."""
    from gitflow.definitions.source.ignored import is_tests

    files = [file for file in workspace.definition_files(revision) if is_tests(file.path)]
    if not files:
        return ()
    from gitflow.definitions.test_files.suite import load_suite

    return load_suite(files, snapshot).problems


def _explain_file(path: str) -> str:
    """The files of a workspace refer to each other: one file alone cannot be checked."""
    found = find_workspace(os.path.dirname(os.path.abspath(path)))
    message = f"{path!r} is a file; a workspace is checked as a whole"
    return (
        f"{message}: gitflow validate {os.path.relpath(found)}" if found else f"{message}, and this file is not in one"
    )


def no_prefix(workspace: Workspace) -> str:
    return ""


def from_current_folder(workspace: Workspace) -> str:
    """The path from the current folder, so that it can be clicked or copied from the output."""
    path = folder_of(workspace)
    return os.path.relpath(path) if path else ""


def from_repository(workspace: Workspace) -> str:
    """The path from the top of the repository, as tools that comment on commits need it.

    Without a repository, the path from the current folder.
    """
    path = folder_of(workspace)
    top = path
    while top and not os.path.exists(os.path.join(top, ".git")):
        above = os.path.dirname(top)
        top = None if above == top else above
    return os.path.relpath(path, top) if path and top else from_current_folder(workspace)


def folder_of(workspace: Workspace) -> str | None:
    from gitflow.workspaces.folder import FolderWorkspace

    return os.path.realpath(workspace.path) if isinstance(workspace, FolderWorkspace) else None


#: Format -> prefix of the paths in a report. Other formats have paths relative to the workspace.
ROOTS: Mapping[str, Callable[[Workspace], str]] = {
    "text": from_current_folder,
    "github": from_repository,
    "gitlab": from_repository,
    "sarif": from_repository,
    "junit": from_repository,
    "markdown": from_repository,
}
