"""The files of a revision on disk: a read-only checkout made once, and working copies made from it.

``<state>/checkouts/<identity>/<revision>/`` holds ``files`` (all but ``.git`` and ``.workflows``) and ``workflows``.
It is written under another name, synced and renamed: a checkout that exists is complete, even after a crash.
"""

from __future__ import annotations

import os
from functools import lru_cache

from gitflow.core.errors import WorkspaceError
from gitflow.core.language.sources import DEFINITIONS_FOLDER
from gitflow.core.record import record
from gitflow.workspaces.copying import copy_tree, make_read_only, remove_tree, sync, sync_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from contextlib import AbstractContextManager

    from gitflow.core.language.sources import Revision
    from gitflow.workspaces.base import Workspace

__all__ = ["Checkout", "Checkouts", "remove_tree"]

_PARTIAL = ".partial-"
_YOUNG_S = 3600.0  #: a checkout used this recently may belong to a job that is just being created


@record
class Checkout:
    """A revision's files, read-only. They stay until ``reap``."""

    path: str

    @property
    def files(self) -> str:
        """The folder of all files but ``.workflows``: the working directory of ``checkout: shared`` steps."""
        return os.path.join(self.path, "files")

    @property
    def workflows(self) -> str:
        """The folder with the content of ``.workflows``."""
        return os.path.join(self.path, "workflows")

    @property
    def empty(self) -> bool:
        """Whether there is nothing to copy."""
        with os.scandir(self.files) as members:
            return next(members, None) is None


class Checkouts:
    def __init__(self, state_dir: str) -> None:
        self.folder = os.path.join(os.path.realpath(state_dir), "checkouts")

    def ensure(self, workspace: Workspace, revision: Revision) -> Checkout:
        """The revision's checkout; creates it if it does not exist. Raises WorkspaceError."""
        path = os.path.join(self.folder, _safe(workspace.identity), _safe(revision.id))
        if not _touch(path):
            self._make(workspace, revision, path)
        return Checkout(path)

    def at(self, identity: str, revision_id: str) -> Checkout:
        """The checkout that ``ensure`` has made for a job."""
        return Checkout(os.path.join(self.folder, _safe(identity), _safe(revision_id)))

    def use(self, identity: str, revision_id: str) -> Checkout:
        """The checkout that a stored job keeps, for another job. Raises WorkspaceError if it is gone."""
        checkout = self.at(identity, revision_id)
        if not _touch(checkout.path):
            raise WorkspaceError(
                f"the files of workspace {identity!r} at revision {revision_id} are gone; use the newest revision"
            )
        return checkout

    def working_copy(self, checkout: Checkout, target: str) -> None:
        """A fresh, writable copy of the files in ``target``, which may exist if it is empty. Raises WorkspaceError."""
        try:
            copy_tree(checkout.files, target)
        except OSError as error:
            raise WorkspaceError(f"the working copy {target!r} cannot be made: {error.strerror}") from error

    def reap(self, keep: AbstractSet[tuple[str, str]], younger_than_s: float = _YOUNG_S) -> list[str]:
        """Removes every checkout whose (identity, revision) is not in ``keep`` and that was not used recently.
        Returns the paths. The next call tries again what cannot be removed."""
        kept = {(_safe(identity), _safe(revision)) for identity, revision in keep}
        removed: list[str] = []
        for identity in _names(self.folder):
            for revision in _names(os.path.join(self.folder, identity)):
                path = os.path.join(self.folder, identity, revision)
                if (identity, revision) not in kept and self._remove(path, younger_than_s):
                    removed.append(path)
        return removed

    def _make(self, workspace: Workspace, revision: Revision, path: str) -> None:
        parent = os.path.dirname(path)
        with _lock(parent):
            if _touch(path):
                return  # another process created it while this one waited
            _remove_partial(parent)
            partial = os.path.join(parent, _PARTIAL + os.urandom(8).hex())
            try:
                _fill(workspace, revision, partial)
                os.rename(partial, path)
                sync(parent)
            except OSError as error:
                raise WorkspaceError(f"the checkout {path!r} cannot be written: {error.strerror}") from error
            finally:
                remove_tree(partial)

    def _remove(self, path: str, younger_than_s: float) -> bool:
        """Renames it in one step, under the lock that ``_make`` takes, and deletes it after that."""
        from time import time

        parent, name = os.path.split(path)
        try:
            with _lock(parent):
                if name.startswith(_PARTIAL):
                    remove_tree(path)
                    return False
                if time() - os.stat(path).st_mtime < younger_than_s:
                    return False
                partial = os.path.join(parent, _PARTIAL + os.urandom(8).hex())
                os.rename(path, partial)
                remove_tree(partial)
        except (OSError, WorkspaceError):
            return False
        return True


def _lock(parent: str) -> AbstractContextManager[int]:
    from gitflow.workspaces.locks import locked

    return locked(os.path.join(parent, ".lock"))


def _touch(path: str) -> bool:
    """Whether the checkout exists; records that it was used."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    except OSError:
        return os.path.isdir(path)  # for example on a read-only disk
    return True


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
    """Removes what processes that died have left; the lock keeps others out."""
    for name in _names(parent):
        if name.startswith(_PARTIAL):
            remove_tree(os.path.join(parent, name))


def _names(folder: str) -> list[str]:
    try:
        return [name for name in os.listdir(folder) if name != ".lock"]
    except OSError:
        return []


@lru_cache(maxsize=1024)
def _safe(name: str) -> str:
    """The name as a safe file name; unsafe characters are written as ``%`` and their bytes in hex."""
    if name and not name.startswith(".") and all(letter.isalnum() or letter in "._@-" for letter in name):
        return name
    safe = (letter if letter.isalnum() or letter in "_@-" else f"%{os.fsencode(letter).hex()}" for letter in name)
    return "".join(safe) or "%"
