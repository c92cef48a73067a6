"""Whether the API of a server has made a commit: its signature is then the server's, and never an owner's."""

from __future__ import annotations

from gitflow.core.trailers import is_made_by_api
from gitflow.workspaces import git_commands
from gitflow.workspaces.signatures.objects import MAX_OBJECT


def made_by_api(git_dir: str, sha: str) -> bool:
    """Raises WorkspaceError if the commit cannot be read."""
    [data] = [blob.head(MAX_OBJECT) for blob in git_commands.objects(git_dir, [sha])]
    head, _, message = data.partition(b"\n\n")
    committers = [line[10:] for line in head.split(b"\n") if line.startswith(b"committer ")]
    names = [_text(line.rpartition(b">")[0]) + ">" for line in committers]
    return any(is_made_by_api(_text(message), name) for name in names)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
