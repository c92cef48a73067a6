"""What a workspace provides: a revision, and the bytes of files at that revision."""

from __future__ import annotations

from gitflow.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitflow.core.language.snapshot import Commit

#: The folder of a workspace that holds its definitions.
DEFINITIONS_FOLDER = ".workflows"


class Revision(Record):
    """A commit's SHA for git, a digest of the files for a folder."""

    id: str
    commit: Commit | None = None  #: for a folder in a git work tree: its current commit
    dirty: bool = False  #: for a folder: it has uncommitted changes


class SourceFile(Record):
    """A file at a revision. ``path`` is relative to the workspace, with ``/``."""

    path: str
    data: bytes
