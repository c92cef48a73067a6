"""The repository whose work tree a folder is in, unless it belongs to another user."""

from __future__ import annotations

import os
from shlex import quote
from typing import TYPE_CHECKING

from gitflow.core.errors import WorkspaceError
from gitflow.workspaces import git_config
from gitflow.workspaces.git_commands import GitFailed, run
from gitflow.workspaces.isolation import Repository, repository_at

if TYPE_CHECKING:
    from collections.abc import Callable


def work_tree_around(folder: str, visit: Callable[[str], object] = os.path.lexists) -> Repository | None:
    """The repository whose work tree the folder is in. ``visit`` is called with each folder that is tried: a repository
    that appears or disappears there changes the result. Raises WorkspaceError if it belongs to another user."""
    here, device = folder, _device(folder)
    while True:
        visit(here)
        found = repository_at(os.path.join(here, ".git"))
        if found is not None:
            _refuse_strangers(found, here)
            is_bare = found.git_dir == found.common_dir and git_config.as_bool(found.config().get("core.bare", "false"))
            return None if is_bare else Repository(found.git_dir, found.common_dir, here)
        parent = os.path.dirname(here)
        if parent == here or repository_at(here) is not None or _device(parent) != device:
            return None  # what lies inside a bare repository is in no work tree
        here = parent


def _device(folder: str) -> int:
    try:
        return os.stat(folder).st_dev
    except OSError:
        return 0


def _refuse_strangers(found: Repository, top: str) -> None:
    """Refuses another user's repository, as git does: its settings decide which files count."""
    us = {os.geteuid()}
    if os.geteuid() == 0 and os.environ.get("SUDO_UID", "").isdigit():
        us.add(int(os.environ["SUDO_UID"]))
    places = (found.git_dir, top, os.path.join(top, ".git"))
    if all(_owner(path) in us for path in places) or _is_declared_safe(top):
        return
    raise WorkspaceError(
        f"{top!r} cannot be read by git: the repository belongs to another user; if you trust it, run "
        f"git config --global --add safe.directory {quote(top)}"
    )


def _owner(path: str) -> int:
    try:
        return os.lstat(path).st_uid
    except OSError:
        return -1


def _is_declared_safe(top: str) -> bool:
    try:
        output = os.fsdecode(run("config", "--type=path", "-z", "--get-all", "safe.directory"))
    except GitFailed:
        return False  # nothing is declared
    declared: set[str] = set()
    for name in output.split("\0")[:-1]:
        declared = declared | {name.rstrip("/") or "/"} if name else set()
    above = top
    while above != os.path.dirname(above):
        if {above if above == top else "", f"{os.path.dirname(above)}/*".replace("//", "/"), "*"} & declared:
            return True
        above = os.path.dirname(above)
    return False
