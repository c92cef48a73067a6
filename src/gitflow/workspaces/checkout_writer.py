"""Creates and removes checkouts. Most jobs use one that exists already."""

from __future__ import annotations

import os
from time import time
from typing import TYPE_CHECKING

from gitflow.core.errors import WorkspaceError
from gitflow.core.language.sources import DEFINITIONS_FOLDER
from gitflow.workspaces.copying import make_read_only, remove_tree, sync, sync_tree
from gitflow.workspaces.locks import locked

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from contextlib import AbstractContextManager

    from gitflow.core.language.sources import Revision
    from gitflow.workspaces.base import Workspace

#: How the names of checkouts begin that are not whole.
PARTIAL = ".partial-"


def make(workspace: Workspace, revision: Revision, path: str) -> None:
    """Creates the checkout of a revision in ``path``. Raises WorkspaceError."""
    parent = os.path.dirname(path)
    with _lock(parent):
        if os.path.isdir(path):
            return  # another process created it while this one waited
        _remove_partial(parent)
        partial = os.path.join(parent, PARTIAL + os.urandom(8).hex())
        try:
            _fill(workspace, revision, partial)
            os.rename(partial, path)
            sync(parent)
        except OSError as error:
            raise WorkspaceError(f"the checkout {path!r} cannot be written: {error.strerror}") from error
        finally:
            remove_tree(partial)


def reap(folder: str, kept: AbstractSet[tuple[str, str]], younger_than_s: float) -> list[str]:
    """Removes the checkouts below ``folder`` that are not ``kept`` and were not used recently. Returns the paths."""
    removed: list[str] = []
    for identity in _names(folder):
        for revision in _names(os.path.join(folder, identity)):
            path = os.path.join(folder, identity, revision)
            if (identity, revision) not in kept and _remove(path, younger_than_s):
                removed.append(path)
    return removed


def _remove(path: str, younger_than_s: float) -> bool:
    """Whether it was removed. Renames it in one step, under the lock that ``make`` takes, and deletes it after that."""
    parent, name = os.path.split(path)
    try:
        with _lock(parent):
            if name.startswith(PARTIAL):
                remove_tree(path)
                return False
            if time() - os.stat(path).st_mtime < younger_than_s:
                return False
            partial = os.path.join(parent, PARTIAL + os.urandom(8).hex())
            os.rename(path, partial)
            remove_tree(partial)
    except (OSError, WorkspaceError):
        return False
    return True


def _lock(parent: str) -> AbstractContextManager[int]:
    return locked(os.path.join(parent, ".lock"))


def _fill(workspace: Workspace, revision: Revision, partial: str) -> None:
    files, workflows = os.path.join(partial, "files"), os.path.join(partial, "workflows")
    os.makedirs(files)
    workspace.export(revision, files)
    _split(files, workflows)
    make_read_only(files)
    if not os.path.islink(workflows):
        make_read_only(workflows)
    sync_tree(partial)


def _split(files: str, workflows: str) -> None:
    """Moves ``.workflows`` beside the files, and adjusts the links in it that lead to files."""
    inside = os.path.join(files, DEFINITIONS_FOLDER)
    if not os.path.lexists(inside):
        os.mkdir(workflows)
        return
    turned = {link: goal for link in _links(inside) if not _is_below(goal := os.path.realpath(link), inside)}
    os.rename(inside, workflows)
    for link, goal in turned.items():
        moved = workflows + link[len(inside) :]
        os.unlink(moved)
        os.symlink(os.path.relpath(goal, os.path.dirname(moved)), moved)


def _links(path: str) -> list[str]:
    if os.path.islink(path):
        return [path]
    found: list[str] = []
    for folder, folders, names in os.walk(path):
        found += [full for name in (*folders, *names) if os.path.islink(full := os.path.join(folder, name))]
    return found


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + os.sep)


def _remove_partial(parent: str) -> None:
    """Removes the leftovers of dead processes; the lock keeps other processes out."""
    for name in _names(parent):
        if name.startswith(PARTIAL):
            remove_tree(os.path.join(parent, name))


def _names(folder: str) -> list[str]:
    try:
        return [name for name in os.listdir(folder) if name != ".lock"]
    except OSError:
        return []
