"""The types of workspaces, and how to open one: from the configuration, or from a folder inside it."""

from __future__ import annotations

import os

from gitflow.core.errors import InvalidInput, WorkspaceError
from gitflow.core.language.sources import DEFINITIONS_FOLDER
from gitflow.core.names import closest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from gitflow.workspaces.base import Workspace
    from gitflow.workspaces.folder import FolderWorkspace

    Opener = Callable[[Mapping[str, Any], str | None, str, str, str], Workspace]


def _folder(config: Mapping[str, Any], name: str | None, state_dir: str, cache_dir: str, base: str) -> Workspace:
    from gitflow.workspaces.folder import FolderWorkspace

    return FolderWorkspace(_from(base, config["path"]), name, cache_dir)


def _git(config: Mapping[str, Any], name: str | None, state_dir: str, cache_dir: str, base: str) -> Workspace:
    from gitflow.workspaces.credentials import is_path
    from gitflow.workspaces.git import GitWorkspace

    url = config["url"]
    source = _from(base, url) if is_path(url) else url
    auth = {key: _from(base, value) if key in _FILES else value for key, value in config.get("auth", {}).items()}
    return GitWorkspace(source, config.get("ref", "main"), config.get("path", ""), name, state_dir, auth)


#: Settings of ``auth`` that are paths.
_FILES = frozenset({"token_file", "key_file", "known_hosts"})


#: A new kind of workspace is one line here.
WORKSPACES: Mapping[str, Opener] = {
    "folder": _folder,
    "git": _git,
}


def open_workspace(
    config: Mapping[str, Any], identity: str | None = None, *, state_dir: str, cache_dir: str, base: str = "."
) -> Workspace:
    """Opens a ``workspaces.<name>`` section of the configuration; relative paths start at ``base``.
    Reads nothing yet. Raises InvalidInput for an invalid section, WorkspaceError for an invalid url."""
    kind = config.get("type", "")
    opener = WORKSPACES.get(kind)
    if opener is None:
        raise InvalidInput(
            f"there is no type of workspace named {kind!r}; {closest(str(kind), WORKSPACES)}".rstrip("; ")
        )
    try:
        return opener(config, identity, state_dir, cache_dir, base)
    except KeyError as missing:
        raise InvalidInput(f"a workspace of type {kind!r} needs {missing.args[0]!r}") from None


def find_workspace(path: str) -> str | None:
    """The real path of the nearest folder, from ``path`` upwards, that holds ``.workflows``."""
    here = os.path.realpath(path)
    while not os.path.isdir(os.path.join(here, DEFINITIONS_FOLDER)):
        if here == os.path.dirname(here):
            return None
        here = os.path.dirname(here)
    return here


def workspace_at(path: str, cache_dir: str | None = None) -> FolderWorkspace:
    """The workspace that contains a folder. Raises WorkspaceError if there is none."""
    from gitflow.workspaces.folder import FolderWorkspace

    found = find_workspace(path)
    if found is None:
        raise WorkspaceError(f"there is no {DEFINITIONS_FOLDER} folder in {os.path.realpath(path)!r} or above it")
    return FolderWorkspace(found, cache_dir=cache_dir)


def _from(base: str, path: str) -> str:
    return os.path.join(base, os.path.expanduser(path))
