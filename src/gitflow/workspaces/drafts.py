"""Changes that the server makes itself: committed in a repository of their own, judged there, and pushed.

As a head of a pull request (pull_heads.py), a change that nobody has accepted never comes into the mirror from which
revisions are served: its repository borrows the mirror's objects and is removed afterwards. What was pushed comes back
by the next fetch, and by nothing else. So a change that is refused, or a server that dies in between, leaves nothing.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gitflow.core.errors import Conflict, NotFound, WorkspaceError
from gitflow.core.record import Record
from gitflow.workspaces import git_commands, tree_edits
from gitflow.workspaces.copying import remove_tree
from gitflow.workspaces.git import GitWorkspace
from gitflow.workspaces.isolation import repository_at
from gitflow.workspaces.locks import locked
from gitflow.workspaces.signatures.signing import add_signature

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from gitflow.core.language.sources import Revision
    from gitflow.workspaces.fetch import Ran, Remote

#: Below the state directory.
FOLDER = "changes"
#: How long a push may take, with the hooks of the remote.
PUSH_S = 120.0
#: What is repeated of a remote's words.
_MAX_SAID = 500

_PUSH = ("--porcelain", "--atomic", "--no-verify", "--no-follow-tags", "--no-signed", "--recurse-submodules=no")
#: How git says that a ref is not where it was expected, here or at the remote.
_MOVED = ("stale info", "fetch first", "non-fast-forward", "already exists", "incorrect old value", "cannot lock ref")


class Moved(Conflict):
    """A branch of the remote is not where it was expected."""


class Person(Record):
    """An author or a committer. Accepts any text, and leaves out characters that git cannot write."""

    name: str
    email: str

    def __str__(self) -> str:
        return f"{_written(self.name) or _written(self.email) or 'unknown'} <{_written(self.email)}>"


class Committing(Record):
    """How the server commits to a workspace."""

    is_direct: bool  #: on the served branch, not on one of each change
    committer: Person
    key_file: str | None = None  #: signs the commits


class Message(Record):
    """What a commit says besides its tree."""

    text: str
    author: Person
    committer: Person
    at: int  #: seconds since the epoch


class Push(Record):
    """Where a change goes. On the served branch itself ``branch`` and ``served`` are the same."""

    sha: str
    branch: str
    served: str  #: the branch that it is a change of
    base: str  #: where that branch must still be


class Drafts:
    """Those of one workspace."""

    def __init__(self, known: GitWorkspace, state_dir: str) -> None:
        """``known`` is the workspace, whose objects a draft borrows."""
        self._folder = os.path.join(os.path.realpath(state_dir), FOLDER, known.identity)
        self._remote = known.remote()
        self._known = known

    @contextmanager
    def open(self, base: Revision) -> Generator[Draft]:
        """A draft on top of a revision; it is removed when the block is left. Blocks. Raises WorkspaceError."""
        path = os.path.join(self._folder, f"{os.urandom(8).hex()}.git")
        with locked(f"{self._folder}.lock"):
            os.makedirs(path, mode=0o700)
            handle = _hold(path)
        assert handle is not None
        try:
            self._prepare(path, base.id, handle)
            yield Draft(path, base, self._known, self._remote, handle)
        finally:
            os.close(handle)
            remove_tree(path)

    def clear(self) -> None:
        """Removes the leftovers of killed processes, and nothing that a live process uses. Blocks."""
        if not os.path.isdir(self._folder):
            return
        with locked(f"{self._folder}.lock"):
            for name in os.listdir(self._folder):
                path = os.path.join(self._folder, name)
                handle = _hold(path) if name.endswith(".git") else None
                if handle is not None:
                    os.close(handle)
                    remove_tree(path)

    def close(self) -> None:
        """Ends running pushes, and prevents further ones."""
        self._remote.close()

    def _prepare(self, path: str, base: str, handle: int) -> None:
        found = repository_at(self._known.git_dir)
        if found is None:
            raise WorkspaceError(f"{self._known.source!r} is not a git repository")
        form = "sha256" if len(base) == 64 else "sha1"
        self._remote.run(path, handle, "init", "--quiet", "--bare", "--template=", f"--object-format={form}", ".")
        with open(os.path.join(path, "objects", "info", "alternates"), "w", encoding="utf-8") as file:
            file.write(f"{os.path.join(found.common_dir, 'objects')}\n")


class Draft:
    """One change, in a bare repository at ``path``."""

    def __init__(self, path: str, base: Revision, known: GitWorkspace, remote: Remote, handle: int) -> None:
        self.path = path
        self.base = base
        #: Reads the revisions of the draft as the workspace reads its own.
        self.workspace = GitWorkspace(path, base.id, known.subpath, known.identity)
        self._remote = remote
        self._handle = handle

    def write(self, path: str, data: bytes | None) -> str:
        """The tree of the base with this content of a file of the workspace; None: without the file. Raises NotFound,
        Conflict for what is no regular file, and WorkspaceError."""
        place = place_of(self.workspace, self.base, path)
        if data is None and place.file is None:
            raise NotFound("file", path)
        return tree_edits.write(self.path, place, data)

    def differs(self, tree: str) -> bool:
        """Whether it is another tree than that of the base."""
        return bool(tree_edits.changes(self.path, self.base.id, tree))

    def commit(self, tree: str, message: Message, sign: Callable[[bytes], bytes | None]) -> Revision:
        """``sign``: returns no signature if commits are not signed. Raises WorkspaceError."""
        payload = _payload(tree, self.base.id, message)
        signature = sign(payload)
        data = add_signature(payload, signature, self.base.id) if signature is not None else payload
        said = git_commands.run("hash-object", "-t", "commit", "-w", "--stdin", repository=self.path, source=data)
        return self.workspace.resolve(said.decode().strip())

    def changes(self, revision: Revision) -> list[tuple[str, str, str]]:
        """See tree_edits.changes; of the whole repository."""
        return tree_edits.changes(self.path, self.base.id, revision.id)

    def push(self, push: Push) -> None:
        """All or nothing. Blocks. Raises Moved or Conflict where the remote has not taken it, and WorkspaceError where
        it cannot be reached."""
        lease = (f"--force-with-lease=refs/heads/{push.served}:{push.base}",)
        refspecs = [f"{push.sha}:refs/heads/{push.branch}"]
        if push.branch != push.served:
            lease += (f"--force-with-lease=refs/heads/{push.branch}:",)  # it must be new
            refspecs.append(f"{push.base}:refs/heads/{push.served}")  # sends nothing: it must be there already
        words = (*_PUSH, *lease, "--", self._remote.url, *refspecs)
        ran = self._remote.push(self.path, self._handle, *words, max_s=PUSH_S)
        if ran.status:
            self._explain(ran, push)

    def _explain(self, ran: Ran, push: Push) -> None:
        """Returns if the remote has taken it all the same: a connection may break after that. Raises Conflict."""
        refused = [line for line in ran.out.split("\n") if line.startswith("!")]
        if not refused and self._tip(push.branch) == push.sha:
            return
        if any(word in line for line in refused for word in _MOVED):
            raise Moved(
                f"branch {push.served!r} is not at {push.base} any more, so that nothing was changed: "
                "look at what is there now, and try again"
            )
        why = _shown(_words_of(ran, refused))
        raise Conflict(f"the remote refused the push to {push.branch!r}, so that nothing was changed: {why}")

    def _tip(self, branch: str) -> str | None:
        """Raises WorkspaceError if the remote cannot be reached."""
        words = ("ls-remote", "--quiet", "--", self._remote.url, f"refs/heads/{branch}")
        return self._remote.run(self.path, self._handle, *words, max_s=PUSH_S).partition("\t")[0] or None


def place_of(workspace: GitWorkspace, revision: Revision, path: str) -> tree_edits.Place:
    """Where a file of a workspace is in its repository. Raises Conflict and WorkspaceError."""
    return tree_edits.find_place(workspace.git_dir, revision.id, full_path(workspace, path).split("/"))


def full_path(workspace: GitWorkspace, path: str) -> str:
    """From the top of the repository."""
    return f"{workspace.subpath}/{path}" if workspace.subpath else path


def _written(text: str) -> str:
    """The name on one line, without the characters that separate names from addresses, and trimmed as git trims it."""
    return "".join(letter for letter in text if letter.isprintable() and letter not in "<>").strip(" .,:;\"'\\")


def _hold(path: str) -> int | None:
    """A lock on the folder, which the kernel releases when its holder dies; None if another process has it."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def _payload(tree: str, parent: str, message: Message) -> bytes:
    lines = (
        f"tree {tree}",
        f"parent {parent}",
        f"author {message.author} {message.at} +0000",
        f"committer {message.committer} {message.at} +0000",
        "",
        message.text,
    )
    return "\n".join(lines).encode()


def _words_of(ran: Ran, refused: list[str]) -> str:
    """The message of git about the ref, and that of the remote's hook."""
    reasons = [line.rpartition("\t")[2] for line in refused] or [git_commands.first_words(ran.err)]
    said = [line.removeprefix("remote:").strip() for line in ran.err.splitlines() if line.startswith("remote:")]
    return "; ".join(dict.fromkeys([*reasons, *filter(None, said)]))


def _shown(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())[:_MAX_SAID]
