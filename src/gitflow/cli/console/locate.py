"""Finds the workspace and the state directory that a command acts on."""

from __future__ import annotations

import os

from gitflow.cli.console.streams import write_stderr
from gitflow.config import default_cache_dir, default_state_dir, find_config, read_config
from gitflow.core.errors import WorkspaceError
from gitflow.core.language.sources import DEFINITIONS_FOLDER
from gitflow.core.record import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.config import Config
    from gitflow.core.language.sources import Revision
    from gitflow.workspaces.base import Workspace


def locate_config(environ: Mapping[str, str], state_dir: str | None = None, *, uses_store: bool = True) -> Config:
    """The server-config.yaml of this folder or of one above it, else the defaults."""
    found = read_config(find_config(_current_folder()), environ, default_cache_dir(environ))
    if uses_store and state_dir is None and (conflict := find_state_conflict(found)):
        write_stderr(f"gitflow: {conflict}\n")
    return replace(found, state_dir=state_dir or found.state_dir or default_state_dir(environ))


def find_state_conflict(config: Config) -> str:
    """A sentence that names both if the environment and the configuration name different state directories, or ""."""
    if config.ignored_state_dir is None:
        return ""
    ignored = f"{config.ignored_state_dir} (state_dir of {config.path})"
    return f"the state directory is {config.state_dir} ($GITFLOW_STATE), not {ignored}"


def _current_folder() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError:
        raise WorkspaceError("the current folder no longer exists; change to another one") from None


def locate_workspace(name: str | None, config: Config, environ: Mapping[str, str]) -> Workspace:
    """A path, a configured name, or by default the workspace of this folder, else ``default``.

    Raises WorkspaceError.
    """
    from gitflow.workspaces.registry import find_workspace

    if name is None:
        found = find_workspace(os.getcwd())
        if found is None and "default" not in config.workspaces:
            raise WorkspaceError(
                f"this folder is not in a workspace (no {DEFINITIONS_FOLDER}/ here or above); name one with -w, "
                "or create one with: gitflow init"
            )
        return _open_folder(found, environ) if found else _open_configured("default", config, environ)
    if name in config.workspaces and not os.path.isdir(os.path.join(name, DEFINITIONS_FOLDER)):
        return _open_configured(name, config, environ)
    if os.path.isdir(name):
        return _open_folder(name, environ)
    raise WorkspaceError(f"{name!r} is neither a folder nor a configured workspace{_suggest_name(name, config)}")


def at_revision(workspace: Workspace, rev: str | None) -> tuple[Workspace, Revision]:
    """The workspace as its files are now, or at a branch, tag or SHA. Raises WorkspaceError."""
    from gitflow.workspaces.folder import FolderWorkspace

    if rev == "":  # most likely a variable that was not set
        raise WorkspaceError("the revision is empty; name a branch, tag or commit, or leave --rev out")
    if rev is None or not isinstance(workspace, FolderWorkspace):
        return workspace, workspace.resolve(rev)
    from gitflow.workspaces.git import at_revision as in_git

    return in_git(workspace.path, rev, workspace.identity)


def needs_check(config: Config, workspace: Workspace) -> bool:
    """Whether the configuration says whose signatures the revisions of the workspace need."""
    found = config.workspaces.get(workspace.identity)
    return found is not None and found.verify is not None


def _open_folder(path: str, environ: Mapping[str, str]) -> Workspace:
    from gitflow.workspaces.folder import FolderWorkspace

    if not os.path.isdir(os.path.join(path, DEFINITIONS_FOLDER)):
        raise WorkspaceError(f"{path!r} is not a workspace: it has no {DEFINITIONS_FOLDER}/; {_suggest(path)}")
    return FolderWorkspace(path, cache_dir=default_cache_dir(environ))


def _suggest(path: str) -> str:
    from gitflow.workspaces.registry import find_workspace

    above = find_workspace(path)
    return f"it is in the workspace {above}" if above else "create one with: gitflow init"


def _open_configured(name: str, config: Config, environ: Mapping[str, str]) -> Workspace:
    from gitflow.workspaces.registry import open_workspace

    found = config.workspaces[name]
    section = {"type": found.type, **found.settings}
    base = os.path.dirname(config.path) if config.path else "."
    return open_workspace(section, name, state_dir=config.state_dir, cache_dir=default_cache_dir(environ), base=base)


def _suggest_name(name: str, config: Config) -> str:
    from gitflow.core.names import closest

    near = closest(name, config.workspaces)
    if near:
        return f"; {near}"
    return f"; configured: {', '.join(sorted(config.workspaces))}" if config.workspaces else ""
