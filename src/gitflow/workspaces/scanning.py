"""Lists the files of a folder workspace, and everything whose change could change that list.

In a git work tree git lists the files that it does not ignore. ``Scan.inside`` and ``Scan.around`` record the stats of
all files that matter for this: as long as none of them changes, git would give the same list.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from gitflow.core.errors import WorkspaceError
from gitflow.workspaces import git_commands, git_config, stat_cache
from gitflow.workspaces.isolation import OWN, Repository, first_line
from gitflow.workspaces.work_trees import work_tree_around

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitflow.core.language.snapshot import Commit

#: Ignored outside git.
LEFT_OUT = frozenset({".git", ".venv", "node_modules"})

_STATUS = ("status", "--porcelain", "-z", "--no-renames", "--ignored=matching", "--untracked-files=all")


class Scan:
    """The result of a scan; all paths but those of ``around`` are relative to ``folder``."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.files: dict[str, os.stat_result] = {}
        self.folders: set[str] = set()  #: repositories inside, which count as empty folders
        self.inside: dict[str, os.stat_result | None] = {}
        self.around: dict[str, os.stat_result | None] = {}
        self.commit: Commit | None = None
        self.dirty = False

    def stat_of(self, path: str) -> os.stat_result | None:
        """The stat of a path inside, without following a link; recorded in ``inside``."""
        self.inside[path] = found = stat_of(os.path.join(self.folder, path))
        return found

    def note_outside(self, path: str) -> os.stat_result | None:
        """The stat of a path outside, following links; recorded in ``around``."""
        try:
            found = os.stat(path)
        except OSError:
            found = None
        self.around[path] = found
        return found


def stat_of(path: str) -> os.stat_result | None:
    """The stat without following a link; None if nothing exists. Raises WorkspaceError if access is denied."""
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise WorkspaceError(f"{path!r} cannot be read: {error.strerror}") from error


def scan(folder: str) -> Scan:
    """Scans a real path. Raises WorkspaceError if it cannot be read."""
    found = Scan(folder)
    repository = work_tree_around(folder, lambda tried: _note_git(found, tried))
    if repository is None:
        _scan_plain_folder(found)
    else:
        _scan_work_tree(found, repository)
    return found


def _scan_plain_folder(found: Scan) -> None:
    _walk(found, skipped=frozenset(), left_out=LEFT_OUT)
    _keep_files(found, [path for path, info in found.inside.items() if info and not stat.S_ISDIR(info.st_mode)])


def _note_git(found: Scan, folder: str) -> None:
    """Records where a repository could appear or disappear."""
    path = os.path.join(folder, ".git")
    info = found.note_outside(path)
    if info and stat.S_ISDIR(info.st_mode):
        del found.around[path]  # it changes with every git command; the files in it that matter are recorded by name
        found.note_outside(os.path.join(path, "HEAD"))


def _scan_work_tree(found: Scan, repository: Repository) -> None:
    listed, status, head, config, own = _ask_git(found.folder, repository, _likely_settings())
    paths = sorted({os.fsdecode(path) for path in listed.split(b"\0") if path})
    _watch_repository(found, repository, config)
    if not paths and _is_ignored(found.folder, repository, own):
        # A folder that its repository ignores as a whole is treated like a folder outside git.
        _scan_plain_folder(found)
        return
    states = list(_states(status, os.path.relpath(found.folder, repository.top)))
    repositories = {path[:-1] for path in paths if path.endswith("/")}
    _walk(found, {path for state, path in states if state == "!!"} | repositories, frozenset({".git"}))
    for path in repositories:
        _note_git(found, os.path.join(found.folder, path))
    _keep_files(found, [path.rstrip("/") for path in paths])
    found.dirty = any(state != "!!" for state, _ in states)
    found.commit = _commit(head)


def _ask_git(
    folder: str, repository: Repository, own: Mapping[str, str]
) -> tuple[bytes, bytes, bytes, bytes, Mapping[str, str]]:
    """The files, their states, the commit and the user's configuration. ``own``: the settings expected in it."""
    listed, status, head, config = git_commands.gather(
        (
            ("ls-files", "-z", "--cached", "--others", "--exclude-standard"),
            (*_STATUS, "--ignore-submodules=all", "--", "."),
            ("cat-file", "--batch"),
        ),
        repository,
        cwd=folder,
        own=own,
        source=b"HEAD\n",
        without_repository=(_OWN_CONFIG,),
    )
    settings = _settings(config)
    return (listed, status, head, config, own) if settings == own else _ask_git(folder, repository, settings)


_OWN_CONFIG = ("config", "--list", "--show-origin", "-z")


def own_settings() -> dict[str, str]:
    """The settings of the user's git configuration that decide which files count."""
    return _settings(git_commands.run(*_OWN_CONFIG))


def _settings(config: bytes) -> dict[str, str]:
    settings = (setting.partition("\n") for setting in os.fsdecode(config).split("\0")[1::2])
    return {name: value for name, is_set, value in settings if name in OWN and is_set}


def _likely_settings() -> dict[str, str]:
    """The same, read from the usual files without git, which would double the time of a scan."""
    found: dict[str, str | None] = {}
    for path in _usual_files():
        with suppress(WorkspaceError):
            found |= git_config.read(path)
    return {name: value for name, value in found.items() if name in OWN and value is not None}


def _usual_files() -> tuple[str, ...]:
    home = os.path.expanduser("~")
    folder = os.path.join(os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "git")
    return "/etc/gitconfig", os.path.join(folder, "config"), os.path.join(home, ".gitconfig")


def _is_ignored(folder: str, repository: Repository, own: Mapping[str, str]) -> bool:
    command = ("check-ignore", "--quiet", "--", folder)
    try:
        git_commands.run(*command, repository=repository, cwd=os.path.dirname(folder), own=own)
    except git_commands.GitFailed:
        return False
    return True


def _states(status: bytes, prefix: str) -> Iterator[tuple[str, str]]:
    """(two letters, path relative to the folder) of each line of ``git status``."""
    start = 0 if prefix == "." else len(prefix) + 1
    for line in os.fsdecode(status).split("\0"):
        if line:
            yield line[:2], line[3:][start:].rstrip("/")


def _commit(answer: bytes) -> Commit | None:
    """The commit from the output of ``cat-file --batch`` for HEAD; None before the first commit."""
    header, _, rest = answer.partition(b"\n")
    words = header.split()
    if len(words) != 3 or words[1] != b"commit":
        return None
    return git_commands.parse_commit(words[0].decode(), rest[: int(words[2])])


def _walk(found: Scan, skipped: frozenset[str] | set[str], left_out: frozenset[str]) -> None:
    """Records every folder and its members, except those that are left out."""
    todo = [""]
    while todo:
        folder = todo.pop()
        found.stat_of(folder)
        for name, is_folder in _members(os.path.join(found.folder, folder)):
            path = f"{folder}/{name}" if folder else name
            if name in left_out:
                continue
            if is_folder and path not in skipped:
                todo.append(path)
            elif name == ".gitignore" or path not in skipped:
                found.stat_of(path)


def _members(folder: str) -> list[tuple[str, bool]]:
    try:
        with os.scandir(folder) as members:
            return [(member.name, member.is_dir(follow_symlinks=False)) for member in members]
    except FileNotFoundError:
        return []  # deleted since its parent was read; the changed parent makes this scan invalid
    except OSError as error:
        raise WorkspaceError(f"folder {folder!r} cannot be read: {error.strerror}") from error


def _keep_files(found: Scan, paths: list[str]) -> None:
    """Keeps the paths that are files, links or folders; others have no content and are skipped."""
    real: dict[str, bool] = {"": True}
    for path in sorted(paths):
        if not _is_real_folder(found, os.path.dirname(path), real):
            continue
        info = found.inside[path] if path in found.inside else found.stat_of(path)
        if info is None:
            continue
        if stat.S_ISREG(info.st_mode) or stat.S_ISLNK(info.st_mode):
            found.files[path] = info
        elif stat.S_ISDIR(info.st_mode):
            found.folders.add(path)


def _is_real_folder(found: Scan, folder: str, known: dict[str, bool]) -> bool:
    """Whether no part of the path is a link: git still lists a tracked file whose folder was replaced by a link."""
    if folder not in known:
        if not _is_real_folder(found, os.path.dirname(folder), known):
            known[folder] = False
        else:
            info = found.inside[folder] if folder in found.inside else found.stat_of(folder)
            known[folder] = info is not None and stat.S_ISDIR(info.st_mode)
    return known[folder]


def _watch_repository(found: Scan, repository: Repository, config: bytes) -> None:
    """Records the files of the repository and of git's configuration that decide which files count or are dirty."""
    git_dir, common, top = repository.git_dir, repository.common_dir, repository.top
    excludes = repository.config().get("core.excludesfile")
    for path in (
        *(os.path.join(git_dir, name) for name in _OWN),
        *(os.path.join(common, name) for name in _COMMON),
        *_head_files(git_dir, common),
        *_ignore_files_above(found.folder, top),
        *_configured_files(config),
        *([os.path.join(top, os.path.expanduser(excludes))] if excludes else []),
    ):
        found.note_outside(path)


_OWN = ("HEAD", "index", "commondir", "config.worktree", "info/sparse-checkout")
_COMMON = ("config", "info/exclude", "info/attributes", "packed-refs", "reftable/tables.list")


def _head_files(git_dir: str, common: str) -> list[str]:
    output = first_line(os.path.join(git_dir, "HEAD"))
    if not output.startswith("ref: "):
        return []
    return [os.path.join(base, output[5:]) for base in {git_dir, common}]


def _ignore_files_above(folder: str, top: str) -> Iterator[str]:
    while folder != top:
        folder = os.path.dirname(folder)
        yield os.path.join(folder, ".gitignore")


def _configured_files(config: bytes) -> set[str]:
    """Every file of the user's configuration, existing or not, and the ignore files that it names."""
    system, shared, own = _usual_files()
    found = {system, shared, own}
    found |= {os.path.join(os.path.dirname(shared), name) for name in ("ignore", "attributes")}
    found |= {path for name in stat_cache.CONFIG_VARIABLES if (path := os.environ.get(name))}
    fields = os.fsdecode(config).split("\0")
    for origin, setting in zip(fields[::2], fields[1::2], strict=False):
        if origin.startswith("file:"):
            found.add(os.path.join("/", origin[5:]))
        name, _, value = setting.partition("\n")
        if name in ("core.excludesfile", "core.attributesfile"):
            found.add(os.path.join("/", os.path.expanduser(value)))
    return found
