"""The files of a revision on disk: a read-only checkout made once, and working copies made from it.

``<state>/checkouts/<identity>/<revision>/`` holds ``files`` (all but ``.git`` and ``.workflows``) and ``workflows``.
It is written under another name, synced and renamed: a checkout that exists is complete, even after a crash.
"""

from __future__ import annotations

import os

from gitflow.core.errors import WorkspaceError
from gitflow.core.record import Record
from gitflow.core.standard import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from typing import Protocol

    from gitflow.core.language.sources import Revision
    from gitflow.workspaces.base import Workspace


_YOUNG_S = 3600.0  #: a checkout used this recently may belong to a job that is just being created


class Checkout(Record):
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


if TYPE_CHECKING:

    class SharedRevisions(Protocol):
        """The files of revisions that several servers have; by workspace and revision. Every method may take long."""

        def share(self, checkout: Checkout, name: tuple[str, str], /) -> None: ...

        def restore(self, name: tuple[str, str], path: str, /) -> bool:
            """Makes the checkout ``path``; whether the files are there. Raises WorkspaceError."""
            ...


class Checkouts:
    def __init__(self, state_dir: str, shared: SharedRevisions | None = None) -> None:
        """``shared``: where other servers have the files of revisions, too."""
        self.folder = os.path.join(os.path.realpath(state_dir), "checkouts")
        self._shared = shared

    def ensure(self, workspace: Workspace, revision: Revision) -> Checkout:
        """The revision's checkout; creates it if it does not exist. Raises WorkspaceError."""
        path = os.path.join(self.folder, _safe(workspace.identity), _safe(revision.id))
        if not _touch(path):
            from gitflow.workspaces import checkout_writer

            try:
                checkout_writer.make(workspace, revision, path)
            except WorkspaceError:
                if self._shared is None or not self._shared.restore((workspace.identity, revision.id), path):
                    raise
        if self._shared is not None:
            self._shared.share(Checkout(path), (workspace.identity, revision.id))
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
            if checkout.empty:
                os.makedirs(target, exist_ok=True)
                return
            from gitflow.workspaces.copying import copy_tree

            copy_tree(checkout.files, target)
        except OSError as error:
            raise WorkspaceError(f"the working copy {target!r} cannot be made: {error.strerror}") from error

    def reap(self, keep: AbstractSet[tuple[str, str]], younger_than_s: float = _YOUNG_S) -> list[str]:
        """Removes every checkout whose (identity, revision) is not in ``keep`` and that was not used recently.
        Returns the paths. The next call tries again what cannot be removed."""
        from gitflow.workspaces import checkout_writer

        kept = {(_safe(identity), _safe(revision)) for identity, revision in keep}
        return checkout_writer.reap(self.folder, kept, younger_than_s)


def _touch(path: str) -> bool:
    """Whether the checkout exists; records that it was used."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    except OSError:
        return os.path.isdir(path)  # for example on a read-only disk
    return True


@lru_cache(maxsize=1024)
def _safe(name: str) -> str:
    """The name as a safe file name; unsafe characters are written as ``%`` and their bytes in hex."""
    if name and not name.startswith(".") and all(letter.isalnum() or letter in "._@-" for letter in name):
        return name
    safe = (letter if letter.isalnum() or letter in "_@-" else f"%{os.fsencode(letter).hex()}" for letter in name)
    return "".join(safe) or "%"
