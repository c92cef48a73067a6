"""A git repository as a workspace, at a branch, tag or commit.

Everything is read from git's objects, never from a work tree, which can change. A repository on this machine, given by
path, is read directly; any other is mirrored first (mirror.py). Content is exported as it was committed:
no filters, no converted line ends, nothing left out by attributes.
"""

from __future__ import annotations

import os
import re
from contextlib import closing, nullcontext
from typing import TYPE_CHECKING

from gitflow.core.errors import NoRevision, WorkspaceError
from gitflow.core.language.sources import DEFINITIONS_FOLDER, Revision, SourceFile
from gitflow.workspaces import git_commands
from gitflow.workspaces.base import DEFINITION_ENDINGS, KEPT, MAX_DEFINITION_BYTES, SourceFileCache
from gitflow.workspaces.credentials import is_path
from gitflow.workspaces.expressions import without_expression
from gitflow.workspaces.folder import digest_of_chunks, identity_of
from gitflow.workspaces.history import changed_paths, commits, head_of, is_on_branch
from gitflow.workspaces.isolation import repository_at
from gitflow.workspaces.tree import EXECUTABLE, FOLDER, LINK, REGULAR, FileContent, FileTree, TreeEntry, shown
from gitflow.workspaces.work_trees import work_tree_around

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gitflow.core.language.snapshot import Commit
    from gitflow.workspaces.fetch import Remote
    from gitflow.workspaces.mirror import Mirror, Tip

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
_EXPRESSION = re.compile(r"[~^@]|\A[0-9a-f]{4,63}\Z")  #: what only git itself can resolve
#: Excludes options, characters that refs cannot contain, and searches through messages or the history of a ref.
_REV = re.compile(r"(?!-)(?!.*(?:\^\{|@\{|\.\.))[^\x00-\x20\x7f:?*\[\\]{1,1000}\Z")
_MAX_LINK_BYTES = 4096
_MAX_TREES = 8  #: how many lists of files stay in memory


class GitWorkspace:
    """``url_or_path`` of the repository; ``subpath``: the folder in it that is the workspace.
    ``state_dir`` is needed for one that has to be mirrored. ``auth``: see mirror.py."""

    def __init__(
        self,
        url_or_path: str,
        ref: str = "main",
        subpath: str = "",
        identity: str | None = None,
        state_dir: str | None = None,
        auth: Mapping[str, str] | None = None,
    ) -> None:
        from gitflow.workspaces.mirror import Mirror

        self.ref = _checked_rev(ref)
        self._subpath = _checked_subpath(subpath)
        self._mirror: Mirror | None = None if is_path(url_or_path) else Mirror(url_or_path, state_dir, auth)
        self._path = os.path.realpath(url_or_path) if self._mirror is None else ""
        self._identity = identity or (self._mirror.identity if self._mirror else identity_of(self._path))
        self._git_dir = self._mirror.path if self._mirror else ""
        self._trees: dict[str, FileTree] = {}
        self._sources = SourceFileCache()
        self._branch: str | None = None
        self._packed: dict[
            str, tuple[int, ...]
        ] = {}  #: kept revision -> the fingerprint of the packed refs that contain it

    @property
    def identity(self) -> str:
        return self._identity

    @property
    def subpath(self) -> str:
        """The folder of the repository that is the workspace; empty for the whole."""
        return self._subpath

    @property
    def source(self) -> str:
        """The path, or the url without credentials."""
        return self._mirror.url if self._mirror else self._path

    def remote(self) -> Remote:
        """Another way to the repository; see `Mirror.remote`."""
        from gitflow.workspaces.fetch import Remote

        return self._mirror.remote() if self._mirror else Remote(f"file://{self._path}", "", {})

    @property
    def git_dir(self) -> str:
        """Raises WorkspaceError if there is no repository, or it has not been fetched yet."""
        if not self._git_dir:
            self._git_dir = find_git_dir(self._path)
        return self._git_dir

    def resolve(self, rev: str | None = None) -> Revision:
        """Fetches a mirrored repository first, unless ``rev`` is a full SHA that is already in the mirror."""
        wanted = _checked_rev(rev or self.ref)
        if self._mirror:
            known = self._commit(wanted) if _SHA.match(wanted) and self._mirror.exists else None
            if known:
                return known
            self._mirror.fetch(self._mirror.tip(wanted).head if wanted == "HEAD" else None)
        found = self._commit(wanted)
        if found is None:
            raise (NoRevision if rev else WorkspaceError)(self._no_revision(wanted))
        return found

    def _no_revision(self, wanted: str) -> str:
        return f"there is no revision {wanted!r} in {self.source!r}"

    def follow(self, known: str | None) -> Revision:
        if self._mirror is None or _SHA.match(self.ref) or _EXPRESSION.search(self.ref):
            return self.resolve()
        tip = self._mirror.tip(self.ref)
        found = self._commit(known) if known and tip.sha == known and self._mirror.exists else None
        return found or self._fetch(tip)

    def _fetch(self, tip: Tip) -> Revision:
        assert self._mirror
        try:
            self._mirror.fetch(tip.head)
            found = self._commit(self.ref)
        except WorkspaceError:
            if not self.repair():
                raise
            found = None
        if found is None:  # it was deleted a moment ago, or the mirror is damaged
            self.repair()
            self._mirror.fetch(tip.head)
            found = self._commit(self.ref)
        if found is None:
            raise WorkspaceError(self._no_revision(self.ref))
        return found

    def local_revision(self) -> Revision | None:
        try:
            return self._commit(self.ref) if self._mirror is None or self._mirror.exists else None
        except WorkspaceError:
            return None

    def branch(self) -> str | None:
        return self._branch

    def is_on_branch(self, revision: Revision) -> bool:
        return is_on_branch(self.git_dir, _checked_sha(revision))

    def changed_paths(self, before: Revision, after: Revision) -> tuple[str, ...]:
        return changed_paths(self.git_dir, _checked_sha(before), _checked_sha(after), self._subpath)

    def log(self, revision: Revision, paths: Sequence[str], limit: int = 50) -> list[Commit]:
        prefix = f"{self._subpath}/" if self._subpath else ""
        return commits(self.git_dir, _checked_sha(revision), [prefix + path for path in paths], limit)

    def repair(self) -> bool:
        """Rebuilds a damaged mirror; returns whether it was damaged. Raises WorkspaceError if that fails."""
        if self._mirror is None or not self._mirror.exists or self._mirror.is_whole():
            return False
        self._trees = {}
        self._mirror.rebuild()
        return True

    def close(self) -> None:
        if self._mirror:
            self._mirror.close()

    def definition_files(self, revision: Revision) -> Sequence[SourceFile]:
        return self.definitions_in(self._tree(revision))

    def definition_ids(self, revision: Revision) -> Mapping[str, str]:
        return ids_in(self._tree(revision))

    def offer(self, files: Sequence[SourceFile], ids: Mapping[str, str]) -> None:
        self._sources.offer(files, ids)

    def definitions_in(self, tree: FileTree) -> Sequence[SourceFile]:
        """Those of a list of files that git has the objects of."""
        found = sorted(tree.files_below(DEFINITIONS_FOLDER, DEFINITION_ENDINGS))

        def read(missing: list[int]) -> list[SourceFile]:
            blobs = git_commands.objects(self.git_dir, [found[at][1].id for at in missing])
            return [
                SourceFile(shown(found[at][0]), blob.head(MAX_DEFINITION_BYTES))
                for at, blob in zip(missing, blobs, strict=True)
            ]

        return self._sources.files([(path, entry.id) for path, entry in found], read)

    def has_file(self, revision: Revision, path: str) -> bool:
        return self._tree(revision).file(path) is not None

    def digests(self, revision: Revision, paths: Sequence[str]) -> Mapping[str, str]:
        return self.digests_in(self._tree(revision), paths)

    def digests_in(self, tree: FileTree, paths: Sequence[str]) -> Mapping[str, str]:
        found = {path: entry for path in paths if (entry := tree.file(path))}
        blobs = git_commands.objects(self.git_dir, [entry.id for entry in found.values()])
        return {
            path: f"{entry.mode:o} {digest_of_chunks(blob.chunks())}"
            for (path, entry), blob in zip(found.items(), blobs, strict=True)
        }

    def export(self, revision: Revision, target: str) -> None:
        tree = self._tree(revision)
        files = [entry for entry in tree.entries.values() if entry.is_file]
        blobs = git_commands.objects(self.git_dir, [entry.id for entry in files])
        try:
            tree.write(target, ((entry, blob.chunks()) for entry, blob in zip(files, blobs, strict=True)))
        except OSError as error:
            raise WorkspaceError(f"the files of {self.source!r} cannot be written: {error.strerror}") from error

    def files(self, revision: Revision) -> Sequence[TreeEntry]:
        return tuple(self._tree(revision).entries.values())

    def read_file(self, revision: Revision, path: str, max_bytes: int) -> FileContent | None:
        entry = self._tree(revision).file(path)
        if entry is None:
            return None
        with closing(git_commands.objects(self.git_dir, [entry.id])) as blobs:
            blob = next(blobs)
            return FileContent(blob.size, None if blob.size > max_bytes else blob.head(max_bytes))

    def keep(self, revision: Revision) -> None:
        """Writes ``refs/gitflow/keep/<sha>``; costs two ``stat`` calls if it exists."""
        name = f"{KEPT}{_checked_sha(revision)}"
        if os.path.exists(os.path.join(self.git_dir, name)):
            return
        packed = _fingerprint_of(os.path.join(self.git_dir, "packed-refs"))
        if self._packed.get(revision.id) != packed:
            if self._has_ref(name):
                self._packed = {**self._packed, revision.id: packed}
            else:
                self._update_ref(name, revision.id)

    def _has_ref(self, name: str) -> bool:
        """Asks git: a fetch may pack refs, and then they have no file of their own."""
        return next(git_commands.objects(self.git_dir, [name])).found

    @property
    def is_here(self) -> bool:
        """Whether the repository can be read on this machine already."""
        return self._mirror is None or self._mirror.exists

    def kept(self) -> set[str]:
        """The revisions that are kept. Raises WorkspaceError."""
        output = git_commands.run("for-each-ref", "--format=%(refname)", KEPT, repository=self.git_dir)
        return {name.rpartition("/")[2] for name in output.decode().split()}

    def release(self, revision: Revision) -> None:
        """Does nothing if the revision was not kept."""
        self._update_ref("-d", f"{KEPT}{_checked_sha(revision)}")
        self._packed = {sha: packed for sha, packed in self._packed.items() if sha != revision.id}

    def _update_ref(self, *arguments: str) -> None:
        with self._mirror.locked() if self._mirror else nullcontext():
            git_commands.run("update-ref", *arguments, repository=self.git_dir)

    def _commit(self, rev: str) -> Revision | None:
        """Tries a full SHA, then a branch, a tag, and what else git resolves: a tag cannot hide a branch of the same
        name. None if nothing matches, or a short SHA is ambiguous."""
        asked = [rev] if _SHA.match(rev) else [f"refs/heads/{rev}", f"refs/tags/{rev}", rev]
        answers = git_commands.objects(self.git_dir, [f"{name}^{{commit}}" for name in asked])
        for name, blob in zip(asked, answers, strict=True):
            if blob.kind == "commit":
                if rev == self.ref:
                    self._branch = self._branch_of(name)
                return Revision(blob.name, git_commands.parse_commit(blob.name, blob.head(1 << 20)))
        return None

    def _branch_of(self, name: str) -> str | None:
        return head_of(self.git_dir) if name == "HEAD" else name[11:] if name.startswith("refs/heads/") else None

    def _tree(self, revision: Revision) -> FileTree:
        tree = self._trees.get(revision.id)
        if tree is None:
            tree = FileTree(
                _entries(self.git_dir, f"{_checked_sha(revision)}:{self._subpath}", self._missing(revision))
            )
            kept = list(self._trees.items())[1 - _MAX_TREES :]
            self._trees = dict([*kept, (revision.id, tree)])  # replaced as a whole, since several threads may call this
        return tree

    def has_folder(self, revision: Revision) -> bool:
        """Whether the revision has the folder that is the workspace."""
        [found] = git_commands.objects(self.git_dir, [f"{_checked_sha(revision)}:{self._subpath}"])
        return found.kind == "tree"

    def _missing(self, revision: Revision) -> str:
        where = f"folder {self._subpath!r} at revision" if self._subpath else "revision"
        return f"there is no {where} {revision.id!r} in {self.source!r}"


def ids_in(tree: FileTree) -> Mapping[str, str]:
    """The blobs of the definition files."""
    found = tree.files_below(DEFINITIONS_FOLDER, DEFINITION_ENDINGS)
    return {shown(path): entry.id for path, entry in found}


def at_revision(folder: str, rev: str, identity: str | None = None) -> tuple[GitWorkspace, Revision]:
    """A folder of a work tree as it was committed at ``rev``, with the identity of the folder unless one is given.
    Raises WorkspaceError if it is in no repository, or the revision does not exist."""
    real = os.path.realpath(folder)
    if not os.path.isdir(real):
        raise WorkspaceError(_no_folder(real))
    around = work_tree_around(real)
    if around is None and not _git_dir_at(real):
        raise WorkspaceError(f"{real!r} has no revisions: not a git repository")
    top = around.top if around else real
    subpath = os.path.relpath(real, top)
    workspace = GitWorkspace(
        top, ref="HEAD", subpath="" if subpath == "." else subpath, identity=identity or identity_of(real)
    )
    return workspace, workspace.resolve(without_expression(workspace.git_dir, rev))


def find_git_dir(path: str) -> str:
    """The git folder of a work tree, a bare repository or a ``.git`` folder; never of a repository above it."""
    found = _git_dir_at(path)
    if not found:
        raise WorkspaceError(f"{path!r} is not a git repository" if os.path.isdir(path) else _no_folder(path))
    return found


def _no_folder(path: str) -> str:
    return f"there is no folder {path!r}"


def _git_dir_at(path: str) -> str:
    found = repository_at(os.path.join(path, ".git")) or repository_at(path)
    return found.git_dir if found else ""


def _entries(git_dir: str, treeish: str, missing: str) -> Iterator[TreeEntry]:
    try:
        listed = git_commands.run("ls-tree", "-r", "-z", "--full-tree", treeish, repository=git_dir)
    except git_commands.GitFailed:
        raise WorkspaceError(missing) from None
    yield from entries_of(git_dir, [line for line in listed.split(b"\0") if line])


def entries_of(git_dir: str, lines: Sequence[bytes]) -> Iterator[TreeEntry]:
    """From lines of ``ls-tree``; links are read."""
    entries = [_entry(line) for line in lines]
    links = [entry for entry in entries if entry.mode == LINK]
    yield from (entry for entry in entries if entry.mode != LINK)
    for entry, blob in zip(links, git_commands.objects(git_dir, [entry.id for entry in links]), strict=True):
        yield TreeEntry(entry.path, LINK, entry.id, os.fsdecode(blob.head(_MAX_LINK_BYTES)))


def _entry(line: bytes) -> TreeEntry:
    """``100644 blob 8ab6…<TAB>path``"""
    about, _, path = line.partition(b"\t")
    mode, _, sha = about.split(b" ")
    kind = _KINDS.get(int(mode, 8) & 0o170000)
    if kind is None:
        raise WorkspaceError(f"the workspace has an entry of unknown kind: {shown(os.fsdecode(path))!r}")
    executable = kind == REGULAR and int(mode, 8) & 0o100
    return TreeEntry(os.fsdecode(path), EXECUTABLE if executable else kind, sha.decode())


_KINDS = {0o100000: REGULAR, 0o120000: LINK, 0o160000: FOLDER}


def _fingerprint_of(path: str) -> tuple[int, ...]:
    try:
        found = os.stat(path)
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino


def _checked_rev(rev: str) -> str:
    if not _REV.match(rev):
        raise NoRevision(f"there is no revision {rev!r}: that cannot be a branch, a tag or a SHA")
    return rev


def _checked_sha(revision: Revision) -> str:
    if not _SHA.match(revision.id):
        raise WorkspaceError(f"there is no revision {revision.id!r}: that is not a commit's full SHA")
    return revision.id


def _checked_subpath(subpath: str) -> str:
    path = subpath.strip("/")
    if path and any(part in ("", ".", "..") or "\0" in part for part in path.split("/")):
        raise WorkspaceError(f"{subpath!r} is not a folder inside a repository")
    return path
