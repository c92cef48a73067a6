"""The two revisions of a comparison: those that ``gitflow plan BASE HEAD`` names, and the defaults of both.

``WORKTREE`` is the files as they lie, ``INDEX`` what would be committed now, ``EMPTY`` nothing at all; everything else
is what git calls so. Only git's objects are read: nothing is checked out.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gitflow.core.errors import NoRevision, WorkspaceError
from gitflow.core.language.sources import Revision
from gitflow.core.record import Record, replace
from gitflow.workspaces import git_commands
from gitflow.workspaces.expressions import without_expression
from gitflow.workspaces.folder import FolderWorkspace, identity_of
from gitflow.workspaces.git import GitWorkspace
from gitflow.workspaces.index import IndexWorkspace
from gitflow.workspaces.isolation import repository_at
from gitflow.workspaces.work_trees import work_tree_around

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitflow.core.language.sources import SourceFile
    from gitflow.workspaces.base import Source, Workspace

WORKTREE, INDEX, EMPTY = "WORKTREE", "INDEX", "EMPTY"

#: What may be the default branch, the first that is there: where the remote says so, else by its usual names.
_DEFAULT_BRANCHES = (
    "refs/remotes/origin/HEAD",
    "refs/heads/main",
    "refs/remotes/origin/main",
    "refs/heads/master",
    "refs/remotes/origin/master",
)


class Chosen(Record):
    """A requested revision, and the workspace that reads it."""

    name: str  #: as it was asked for
    source: Source
    revision: Revision

    @property
    def is_empty(self) -> bool:
        """Whether there is no workspace: before the first commit, or before the commit that adds its folder."""
        return isinstance(self.source, EmptyWorkspace)


class EmptyWorkspace:
    """No files: the base of a first commit."""

    identity = "empty"

    def definition_files(self, revision: Revision) -> Sequence[SourceFile]:
        return ()

    def definition_ids(self, revision: Revision) -> Mapping[str, str]:
        return {}

    def offer(self, files: Sequence[SourceFile], ids: Mapping[str, str]) -> None:
        """Nothing."""

    def has_file(self, revision: Revision, path: str) -> bool:
        return False

    def digests(self, revision: Revision, paths: Sequence[str]) -> Mapping[str, str]:
        return {}


_NOTHING = Chosen(EMPTY, EmptyWorkspace(), Revision("empty"))


def choose(workspace: Workspace, base: str | None, head: str | None) -> tuple[Chosen, Chosen]:
    """Base and head. Raises WorkspaceError, also for a base that a shallow clone lacks."""
    at = _repository_of(workspace)
    chosen = at.find(head or at.usual_head)
    return (at.find(base) if base else at.default_base(chosen)), chosen


def choose_change(workspace: Workspace, base: str | None, head: str | None) -> tuple[Chosen, Chosen]:
    """The same for a plan: where the base does not have the folder of the workspace yet, everything is added."""
    before, after = choose(workspace, base, head)
    source = before.source
    if isinstance(source, GitWorkspace) and not source.has_folder(before.revision):
        before = replace(before, source=EmptyWorkspace())
    return before, after


def _repository_of(workspace: Workspace) -> _Repository:
    if isinstance(workspace, GitWorkspace):
        return _Repository(workspace, None, workspace.ref)
    if not isinstance(workspace, FolderWorkspace):
        raise WorkspaceError(f"{workspace.identity!r} has no revisions: not a git repository")
    real = workspace.path
    around = work_tree_around(real)
    if around is None and repository_at(real) is None:
        raise WorkspaceError(f"{real!r} has no revisions: not a git repository")
    top = around.top if around else real
    below = os.path.relpath(real, top)
    in_git = GitWorkspace(top, "HEAD", "" if below == "." else below, workspace.identity or identity_of(real))
    return _Repository(in_git, workspace, WORKTREE)


class _Repository:
    """Where the revisions of one workspace are; ``folder`` is its work tree, where it has one."""

    def __init__(self, in_git: GitWorkspace, folder: FolderWorkspace | None, usual_head: str) -> None:
        self._git = in_git
        self._folder = folder
        self.usual_head = usual_head

    def find(self, name: str) -> Chosen:
        if name == EMPTY:
            return _NOTHING
        if name not in (WORKTREE, INDEX):
            return Chosen(name, self._git, self._commit(name))
        if self._folder is None:
            raise NoRevision(f"there is no {name} in {self._git.source!r}: name a branch, a tag or a commit")
        if name == WORKTREE:
            return Chosen(name, self._folder, self._folder.resolve())
        index = IndexWorkspace(self._git)
        return Chosen(name, index, index.resolve())

    def default_base(self, head: Chosen) -> Chosen:
        """Where the branch of ``head`` left the default branch; on that branch itself, the commit before."""
        in_files = head.name in (WORKTREE, INDEX)
        tip = self._tip(head) if in_files else head.revision
        if tip is None:
            return _NOTHING
        branch = self._default_branch()
        fork = tip.id if branch == tip.id else self._merge_base(tip.id, branch)
        if fork != tip.id:
            return Chosen(fork, self._git, self._commit(fork))
        if in_files:
            return Chosen("HEAD", self._git, tip)
        return self._parent(tip)

    def _tip(self, head: Chosen) -> Revision | None:
        """The commit of the work tree's HEAD; None before the first commit."""
        commit = head.revision.commit
        return self._git.local_revision() if commit is None else Revision(commit.sha, commit)

    def _commit(self, name: str) -> Revision:
        try:
            return self._git.resolve(without_expression(self._git.git_dir, name) if self._git.is_here else name)
        except WorkspaceError as error:
            raise self._deeper(str(error)) from None

    def _default_branch(self) -> str:
        answers = git_commands.objects(self._git.git_dir, [f"{name}^{{commit}}" for name in _DEFAULT_BRANCHES])
        for blob in answers:
            if blob.kind == "commit":
                return blob.name
        message = "there is no default branch (origin/HEAD, main or master) to compare with: name the base"
        raise self._deeper(f"{message}, as in gitflow plan BASE")

    def _merge_base(self, one: str, other: str) -> str:
        try:
            said = git_commands.run("merge-base", one, other, repository=self._git.git_dir)
        except git_commands.GitFailed:
            raise self._deeper("the revision and the default branch have no common commit; name the base") from None
        return said.decode().split()[0]

    def _parent(self, tip: Revision) -> Chosen:
        [data] = [blob.head(1 << 20) for blob in git_commands.objects(self._git.git_dir, [tip.id])]
        parents = [line[7:].decode() for line in data.partition(b"\n\n")[0].split(b"\n") if line.startswith(b"parent ")]
        return Chosen(parents[0], self._git, self._commit(parents[0])) if parents else _NOTHING

    def _deeper(self, message: str) -> WorkspaceError:
        """The error, with a remedy if the clone has only a part of the history."""
        found = repository_at(self._git.git_dir)
        is_shallow = found is not None and os.path.isfile(os.path.join(found.common_dir, "shallow"))
        hint = "; this clone is shallow and may lack it: git fetch --unshallow" if is_shallow else ""
        return WorkspaceError(f"{message}{hint}")
