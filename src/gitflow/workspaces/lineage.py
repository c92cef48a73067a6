"""How commits follow each other: a walk through those that changed some paths, and questions about ancestors."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gitflow.core.errors import WorkspaceError
from gitflow.workspaces import git_commands
from gitflow.workspaces.isolation import repository_at

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from gitflow.core.language.snapshot import Commit

    #: Commit -> its parents, in the order of the walk.
    Parents = dict[str, tuple[str, ...]]

_LITERAL = "--literal-pathspecs"
_MAX_COMMIT_BYTES = 1 << 20


def walk(git_dir: str, tips: Sequence[str], without: str | None, paths: Collection[str]) -> Parents:
    """The commits up to ``tips`` that changed one of the paths, children before parents; not those up to ``without``.

    History is simplified as git does: where a merge took one side as it was, the other side is not followed. The
    parents of a commit are the nearest ones of the walk, and the edge of it. Raises WorkspaceError.
    """
    if not paths:
        return {}
    ends = [*tips, *(() if without is None else (f"^{without}",))]
    listed = sorted(os.fsdecode(path.encode("utf-8", "surrogateescape")) for path in paths)
    command = (_LITERAL, "rev-list", "--topo-order", "--parents", *ends, "--", *listed)
    said = git_commands.run(*command, repository=git_dir)
    return _parents(said)


def heads(walked: Parents) -> tuple[str, ...]:
    """Those that are the parents of no other."""
    inner = {parent for parents in walked.values() for parent in parents}
    return tuple(sha for sha in walked if sha not in inner)


def parents(git_dir: str, shas: Collection[str]) -> Parents:
    """The parents that each of the commits has in this clone; those that a shallow clone lacks are left out."""
    if not shas:
        return {}
    source = "\n".join(shas).encode()
    said = git_commands.run("rev-list", "--no-walk=unsorted", "--parents", "--stdin", repository=git_dir, source=source)
    return _parents(said)


def _parents(said: bytes) -> dict[str, tuple[str, ...]]:
    lines = (line.split() for line in said.decode().splitlines())
    return {words[0]: tuple(words[1:]) for words in lines}


def commits(git_dir: str, shas: Sequence[str]) -> dict[str, Commit]:
    """Raises WorkspaceError."""
    blobs = git_commands.objects(git_dir, shas)
    return {
        sha: git_commands.parse_commit(sha, blob.head(_MAX_COMMIT_BYTES)) for sha, blob in zip(shas, blobs, strict=True)
    }


def count(git_dir: str, tip: str, without: str) -> int:
    """How many commits lead from one to the other: all up to ``tip`` that are not up to ``without``."""
    return int(git_commands.run("rev-list", "--count", tip, f"^{without}", repository=git_dir))


def are_ancestors(git_dir: str, older: Sequence[str], newer: str) -> bool:
    """Whether ``newer`` leads to all of them, itself included. Raises WorkspaceError for what is no commit here."""
    return not git_commands.run("rev-list", "--max-count=1", *older, f"^{newer}", repository=git_dir).strip()


def is_ancestor(git_dir: str, older: str, newer: str) -> bool:
    """Also of the same commit."""
    return are_ancestors(git_dir, [older], newer)


def ids(git_dir: str, names: Sequence[str]) -> list[str | None]:
    """Of each ``<commit>:<path>`` the object that it names; None where there is none."""
    source = "\n".join(names).encode("utf-8", "surrogateescape")
    said = (
        git_commands.run("cat-file", "--batch-check=%(objectname)", repository=git_dir, source=source) if names else b""
    )
    return [None if line.endswith((b"missing", b"ambiguous")) else line.decode() for line in said.splitlines()]


def is_shallow(git_dir: str) -> bool:
    """Whether a part of the history is not in this clone."""
    found = repository_at(git_dir)
    return found is not None and os.path.isfile(os.path.join(found.common_dir, "shallow"))


UNSHALLOW = "this clone is shallow, and older commits are not here; fetch them with: git fetch --unshallow"


def check_order(git_dir: str, good: tuple[str, str], bad: tuple[str, str]) -> None:
    """``good`` and ``bad``: as they were named, and their commits. Raises WorkspaceError unless good leads to bad."""
    if good[1] == bad[1]:
        raise WorkspaceError(f"good and bad are the same commit {good[1][:12]}")
    if is_ancestor(git_dir, good[1], bad[1]):
        return
    if is_ancestor(git_dir, bad[1], good[1]):
        raise WorkspaceError(
            f"the good revision {good[0]!r} comes after the bad one {bad[0]!r}; to find what repaired the task, "
            "exchange them and read good as bad"
        )
    hint = f"; {UNSHALLOW}" if is_shallow(git_dir) else ""
    raise WorkspaceError(f"the good revision {good[0]!r} does not lead to the bad one {bad[0]!r}{hint}")
