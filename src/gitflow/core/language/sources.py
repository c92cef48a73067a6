"""What a workspace hands over: a revision, and the bytes of files at it."""

from __future__ import annotations

from gitflow.core.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.language.snapshot import Commit

#: The folder of a workspace that holds its definitions.
DEFINITIONS_FOLDER = ".workflows"


@record
class Revision:
    """A commit's SHA for git, a digest of the files for a folder."""

    id: str
    commit: Commit | None = None  #: of a folder in a git work tree: the commit it stands on
    dirty: bool = False  #: of a folder: there are changes that are not committed


@record
class SourceFile:
    """One file as it stands at a revision. ``path`` is relative to the workspace, with ``/``."""

    path: str
    data: bytes
