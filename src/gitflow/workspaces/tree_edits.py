"""One file of a revision: found folder by folder in git's trees, and replaced.

Only the trees on the way are read and written. Nothing is followed: a way through a symbolic link or a submodule, or a
name that differs from another one only by case or Unicode form, is refused.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gitflow.core.errors import Conflict
from gitflow.core.record import Record
from gitflow.workspaces import git_commands
from gitflow.workspaces.editable_paths import folded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FOLDER, _LINK, _SUBMODULE = "040000", "120000", "160000"
#: A new file; and how git writes in a comparison that there is none.
REGULAR, ABSENT = "100644", "000000"
#: What stands in the way, by its mode.
_OTHERS = {_FOLDER: "a folder", _LINK: "a symbolic link", _SUBMODULE: "a submodule"}


class Entry(Record):
    """A line of a tree."""

    mode: str  #: as git writes it, in octal
    kind: str  #: blob, tree or commit
    id: str

    @property
    def is_regular(self) -> bool:
        return self.mode not in _OTHERS


class Place(Record):
    """Where a file is, or would be."""

    names: tuple[str, ...]
    trees: tuple[Mapping[str, Entry], ...]  #: of each folder on the way, the root first; empty for those to be made
    file: Entry | None  #: None: there is none yet


def find_place(git_dir: str, commit: str, names: Sequence[str]) -> Place:
    """``names``: the parts of the path, from the top of the repository. Raises Conflict if something else than a
    regular file is there or on the way, and WorkspaceError."""
    trees: list[Mapping[str, Entry]] = []
    treeish: str | None = commit
    for depth, name in enumerate(names, 1):
        tree = _tree(git_dir, treeish) if treeish is not None else {}
        trees.append(tree)
        found = tree.get(name)
        shown = "/".join(names[:depth])
        _refuse_twin(tree, name, shown)
        if depth == len(names):
            if found is not None and not found.is_regular:
                raise Conflict(f"{shown!r} is {_OTHERS[found.mode]}, and only regular files are changed")
            return Place(tuple(names), tuple(trees), found)
        if found is not None and found.mode != _FOLDER:
            raise Conflict(f"{shown!r} is {_OTHERS.get(found.mode, 'a file')}, not a folder of this revision")
        treeish = found.id if found is not None else None
    raise ValueError("a path has a name")


def write(git_dir: str, place: Place, data: bytes | None) -> str:
    """The SHA of the root tree with this content of the file; None: without the file. A file that is there keeps its
    mode. Raises WorkspaceError."""
    found: Entry | None = None
    if data is not None:
        blob = git_commands.run("hash-object", "-w", "--stdin", repository=git_dir, source=data).decode().strip()
        found = Entry(place.file.mode if place.file is not None else REGULAR, "blob", blob)
    for name, tree in zip(reversed(place.names), reversed(place.trees), strict=True):
        kept = {other: entry for other, entry in tree.items() if other != name}
        entries = kept if found is None else {**kept, name: found}
        is_root = tree is place.trees[0]
        found = Entry(_FOLDER, "tree", _write_tree(git_dir, entries)) if entries or is_root else None
    assert found is not None
    return found.id


def changes(git_dir: str, before: str, after: str) -> list[tuple[str, str, str]]:
    """(mode before, mode after, path) of each entry that differs between two commits or trees; a mode of zeros: it is
    not there. Raises WorkspaceError."""
    said = git_commands.run(
        *("diff-tree", "-r", "--raw", "-z", "--no-renames", "--no-ext-diff", before, after), repository=git_dir
    )
    words = [os.fsdecode(word) for word in said.split(b"\0") if word]
    return [(about.split()[0][1:], about.split()[1], path) for about, path in zip(words[::2], words[1::2], strict=True)]


def _tree(git_dir: str, treeish: str) -> dict[str, Entry]:
    listed = git_commands.run("ls-tree", "-z", "--full-tree", treeish, repository=git_dir)
    found: dict[str, Entry] = {}
    for line in filter(None, listed.split(b"\0")):
        about, _, name = line.partition(b"\t")
        mode, kind, sha = about.decode().split()
        found[os.fsdecode(name)] = Entry(mode, kind, sha)
    return found


def _refuse_twin(tree: Mapping[str, Entry], name: str, shown: str) -> None:
    if name in tree:
        return
    wanted = folded(name)
    twin = next((other for other in tree if folded(other) == wanted), None)
    if twin is not None:
        raise Conflict(f"{shown!r} and the {twin!r} that is there are one name to some file systems")


def _write_tree(git_dir: str, entries: Mapping[str, Entry]) -> str:
    """``--missing``: what the entries name need not be here, as in a clone that lacks some objects."""
    lines = (f"{entry.mode} {entry.kind} {entry.id}\t".encode() + os.fsencode(name) for name, entry in entries.items())
    source = b"".join(line + b"\0" for line in lines)
    return git_commands.run("mktree", "-z", "--missing", repository=git_dir, source=source).decode().strip()
