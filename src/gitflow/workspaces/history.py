"""The history of a repository: commits that changed a file, differences between commits, and the current branch."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gitflow.core.errors import WorkspaceError
from gitflow.workspaces import git_commands
from gitflow.workspaces.tree import shown
from gitflow.workspaces.work_trees import work_tree_around

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.core.language.snapshot import Commit

#: Paths are taken literally, not as patterns.
_LITERAL = "--literal-pathspecs"
#: A difference is shown without running programs that the repository names.
_PLAIN = ("--no-ext-diff", "--no-textconv", "--no-renames", "--ignore-submodules=all", "--name-only", "-z")
_BRANCH = "ref: refs/heads/"


def commits(git_dir: str, sha: str, paths: Sequence[str], limit: int) -> list[Commit]:
    """Commits up to ``sha`` that changed one of the paths, newest first. Paths are relative to the repository.
    Raises WorkspaceError."""
    if not paths:
        return []
    listed = (_LITERAL, "rev-list", f"--max-count={limit}", sha, "--", *map(_raw, paths))
    output = git_commands.run(*listed, repository=git_dir)
    found = git_commands.objects(git_dir, output.decode().split())
    return [git_commands.parse_commit(blob.name, blob.head(1 << 20)) for blob in found]


def commits_in_folder(folder: str, sha: str, paths: Sequence[str], limit: int) -> list[Commit]:
    """The same for a folder of a work tree; paths are relative to it."""
    real = os.path.realpath(folder)
    around = work_tree_around(real)
    if around is None:
        raise WorkspaceError(f"{folder!r} has no revisions: not a git repository")
    names = [os.path.normpath(os.path.join(os.path.relpath(real, around.top), path)) for path in paths]
    return commits(around.git_dir, sha, names, limit)


def changed_paths(git_dir: str, before: str, after: str, folder: str) -> tuple[str, ...]:
    """Files that differ between two commits, sorted; only those below ``folder``, and relative to it.
    Raises WorkspaceError."""
    below = (f"--relative={folder}/",) if folder else ()
    output = git_commands.run(_LITERAL, "diff-tree", "-r", *_PLAIN, *below, before, after, repository=git_dir)
    return tuple(sorted(shown(os.fsdecode(path)) for path in output.split(b"\0") if path))


def branch_of(folder: str) -> str | None:
    """The branch that the work tree around a folder is on; None outside git, and on no branch."""
    here = os.path.realpath(folder)
    while not os.path.lexists(os.path.join(here, ".git")):
        if here == os.path.dirname(here):
            return None
        here = os.path.dirname(here)
    return head_of(_git_folder(os.path.join(here, ".git")))


def head_of(git_dir: str) -> str | None:
    """The branch that HEAD of a repository names."""
    output = _first_line(os.path.join(git_dir, "HEAD"))
    return output[len(_BRANCH) :] if output.startswith(_BRANCH) else None


def _git_folder(path: str) -> str:
    """The git folder; a linked work tree has a file instead, which names it."""
    if os.path.isdir(path):
        return path
    output = _first_line(path)
    return os.path.join(os.path.dirname(path), output.removeprefix("gitdir: "))


def _first_line(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.readline(4096).rstrip("\n")
    except OSError:
        return ""


def _raw(path: str) -> str:
    """The path in git's bytes, from its displayed form."""
    return os.fsdecode(path.encode("utf-8", "surrogateescape"))


def distance(git_dir: str, one: str, other: str) -> tuple[int, int]:
    """How many commits only the first has, and only the second. Raises WorkspaceError."""
    output = git_commands.run("rev-list", "--count", "--left-right", f"{one}...{other}", "--", repository=git_dir)
    left, right = output.split()
    return int(left), int(right)


def is_on_branch(git_dir: str, sha: str) -> bool:
    """Whether a branch of the repository holds the commit. Raises WorkspaceError."""
    asked = ("for-each-ref", "--count=1", "--format=%(refname)", f"--contains={sha}", "refs/heads/")
    return bool(git_commands.run(*asked, repository=git_dir).strip())
