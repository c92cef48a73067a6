"""Revisions that git finds by the history of a ref, a message or an upstream: ``HEAD@{1}``, ``:/fix``, ``@{u}``.

For people at this machine only. Callers of a server name branches, tags and commits.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from gitflow.core.errors import NoRevision, WorkspaceError
from gitflow.workspaces import git_commands
from gitflow.workspaces.history import head_of
from gitflow.workspaces.isolation import repository_at

if TYPE_CHECKING:
    from gitflow.workspaces.isolation import Repository

#: What no branch, tag or SHA can contain. Names are sent to git by the line.
_EXPRESSION = re.compile(r"(?=:/|.*(?:@\{|\^\{))[^\x00-\x1f\x7f]{1,1000}\Z")
_UPSTREAM = re.compile(r"([^@]*)@\{(?:u|upstream)\}(.*)", re.IGNORECASE)


def without_expression(git_dir: str, name: str) -> str:
    """The name itself if it is no such expression, else the SHA of the commit. Raises WorkspaceError."""
    if not _EXPRESSION.match(name):
        return name
    asked = _with_upstream(git_dir, name)
    try:
        [found] = git_commands.objects(git_dir, [asked])
    except WorkspaceError as error:  # git says how long the log of the ref is
        raise NoRevision(f"there is no revision {name!r}: {error}") from None
    if found.kind == "tag":
        [found] = git_commands.objects(git_dir, [f"{found.name}^{{commit}}"])
    if found.kind != "commit":
        raise NoRevision(f"there is no commit {name!r} in {git_dir!r}")
    return found.name


def _with_upstream(git_dir: str, name: str) -> str:
    """Git cannot find the upstream of a branch: it reads no configuration of the repository (isolation.py)."""
    match = _UPSTREAM.match(name)
    found = repository_at(git_dir) if match else None
    if match is None or found is None:
        return name
    branch = head_of(git_dir) if match[1] in ("", "HEAD") else match[1]
    upstream = _upstream(found, branch) if branch else None
    if upstream is None:
        raise NoRevision(f"there is no revision {name!r}: {branch or 'HEAD'} has no upstream branch")
    return upstream + match[2]


def _upstream(repository: Repository, branch: str) -> str | None:
    config = repository.config()
    remote, merged = (config.get(f"branch.{branch}.{key}") for key in ("remote", "merge"))
    if not remote or not merged or not merged.startswith("refs/heads/"):
        return None
    return merged if remote == "." else os.path.join("refs/remotes", remote, merged.removeprefix("refs/heads/"))
