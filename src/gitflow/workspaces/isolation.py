"""A git repository on this machine: where it is, and how git reads it without its configuration.

``$GIT_COMMON_DIR`` is where git finds a repository's configuration, hooks, refs and objects. For each git process it
is a private folder: a configuration that gitflow wrote, with the few settings that say how the repository is stored,
and links to the refs and objects. The repository's own configuration is never read by git, so that nothing in it can
name a program, whatever the setting is called.
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from gitflow.core.errors import WorkspaceError
from gitflow.core.record import Record
from gitflow.workspaces import git_config
from gitflow.workspaces.copying import remove_tree
from gitflow.workspaces.git_process import NO_REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping

#: Settings that are taken over from a repository's own configuration, and their values (None: a boolean).
_FACTS: Mapping[str, tuple[str, ...] | None] = {
    "core.repositoryformatversion": ("0", "1"),
    "extensions.objectformat": ("sha1", "sha256"),
    "extensions.refstorage": ("files", "reftable"),
    "core.filemode": None,
    "core.symlinks": None,
    "core.ignorecase": None,
    "core.precomposeunicode": None,
    "core.sparsecheckout": None,
    "core.sparsecheckoutcone": None,
    "core.trustctime": None,
    "core.checkstat": ("default", "minimal"),
    "core.autocrlf": ("true", "false", "input"),
    "core.eol": ("lf", "crlf", "native"),
}
#: Settings of the user's own configuration that decide which files count.
OWN = (*_FACTS, "core.excludesfile", "core.attributesfile")

_LINKED_FOLDERS = ("objects", "refs", "reftable")
_LINKED_FILES = ("packed-refs", "shallow", "info/exclude", "info/attributes")
_HEAD = re.compile(rb"ref: refs/|[0-9a-f]{40}")


class Repository(Record):
    git_dir: str
    common_dir: str  #: that of the main work tree, where ``git_dir`` belongs to a linked one
    top: str = ""  #: of its work tree

    def config(self) -> dict[str, str | None]:
        """Raises WorkspaceError."""
        found = git_config.read(os.path.join(self.common_dir, "config"))
        if git_config.as_bool(found.get("extensions.worktreeconfig", "false")):
            found |= git_config.read(os.path.join(self.git_dir, "config.worktree"))
        return found


def repository_at(path: str) -> Repository | None:
    """The repository that is the folder ``path``, or a ``.git`` that points to one."""
    path = _pointed_to(path) if os.path.isfile(path) else path
    pointer = first_line(os.path.join(path, "commondir"))
    common = os.path.normpath(os.path.join(path, pointer)) if pointer else path
    is_one = all(os.path.isdir(os.path.join(common, name)) for name in ("objects", "refs"))
    return Repository(path, common) if is_one and _has_head(path) else None


@contextmanager
def isolated(repository: Repository | None, own: Mapping[str, str] | None = None) -> Generator[Mapping[str, str]]:
    """The variables for git processes that read the repository inside the block. ``own``: settings of the user that
    apply unless the repository overrides them. Raises WorkspaceError if they cannot be prepared."""
    if repository is None:
        yield NO_REPOSITORY
        return
    folder = private_folder()
    try:
        try:
            _fill(folder, repository, own or {})
        except OSError as error:
            raise WorkspaceError(f"{repository.git_dir!r} cannot be read: {error.strerror}") from error
        variables = {"GIT_DIR": repository.git_dir, "GIT_COMMON_DIR": folder}
        yield {**variables, "GIT_WORK_TREE": repository.top} if repository.top else variables
    finally:
        with suppress(OSError):
            remove_tree(folder)


def first_line(path: str) -> str:
    """Empty when there is no such file."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            return os.fsdecode(file.readline(65536).rstrip(b"\r\n"))
    except OSError:
        return ""


def _pointed_to(path: str) -> str:
    """Where a ``.git`` that is a file says that the repository is."""
    said = first_line(path)
    return os.path.normpath(os.path.join(os.path.dirname(path), said[8:])) if said.startswith("gitdir: ") else path


def _has_head(git_dir: str) -> bool:
    path = os.path.join(git_dir, "HEAD")
    if os.path.islink(path):
        return os.readlink(path).startswith("refs/")
    return bool(_HEAD.match(os.fsencode(first_line(path))))


def private_folder() -> str:
    """Created in memory if possible: that works even if the disk is full or read-only."""
    name = f"gitflow-git-{os.urandom(8).hex()}"
    why = "there is none"
    for place in ("/dev/shm", os.environ.get("TMPDIR", ""), "/tmp", "/var/tmp"):
        try:
            if place and os.path.isdir(place):
                os.mkdir(os.path.join(place, name), 0o700)
                return os.path.join(place, name)
        except OSError as error:
            why = f"{place!r}: {error.strerror}"
    raise WorkspaceError(f"git cannot be started, it needs a folder for temporary files: {why}")


def _fill(folder: str, repository: Repository, own: Mapping[str, str]) -> None:
    with open(os.path.join(folder, "config"), "w", encoding="utf-8", errors="surrogateescape") as file:
        file.writelines(_lines({**own, **dict(_facts(repository))}))
    os.mkdir(os.path.join(folder, "info"))
    for name in _LINKED_FOLDERS:
        os.symlink(os.path.join(repository.common_dir, name), os.path.join(folder, name))
    for name in _LINKED_FILES:
        goal = os.path.join(repository.common_dir, name)
        if _is_regular(goal):
            os.symlink(goal, os.path.join(folder, name))


def _facts(repository: Repository) -> Iterator[tuple[str, str]]:
    config = repository.config()
    for name, values in _FACTS.items():
        if name not in config:
            continue
        value, truth = config[name], git_config.as_bool(config[name])
        if values is not None and value in values:
            yield name, value
        elif truth is not None and (values is None or "true" in values):
            yield name, "true" if truth else "false"
    excludes = config.get("core.excludesfile")
    if excludes and _is_regular(os.path.join(repository.top, os.path.expanduser(excludes))):
        yield "core.excludesfile", excludes


def _lines(settings: Mapping[str, str]) -> Iterable[str]:
    for name, value in settings.items():
        section, _, key = name.partition(".")
        yield f"[{section}]\n\t{key} = {git_config.quoted(value)}\n"


def _is_regular(path: str) -> bool:
    """True for a missing file, too: git may create it."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        return True
    except OSError:
        return False
