"""The JSON of the files of a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.views.noun import JsonField, Noun, optional, writer
from gitflow.views.schema import FLAG, TEXT, list_of, one_of, ref
from gitflow.workspaces.tree import EXECUTABLE, FOLDER, LINK, REGULAR, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gitflow.core.values import JsonObject
    from gitflow.workspaces.tree import TreeEntry


class ListedFiles(Record):
    revision: str
    entries: Sequence[TreeEntry]
    max_files: int  #: no more are shown


_KINDS: Mapping[int, str] = {REGULAR: "file", EXECUTABLE: "executable", LINK: "link", FOLDER: "folder"}

FILE = Noun(
    "WorkspaceFile",
    "A file of a workspace.",
    (
        JsonField("path", TEXT, lambda it: shown(it.path)),
        JsonField(
            "kind",
            one_of(*_KINDS.values()),
            lambda it: _KINDS[it.mode],
            about="Kind of file; `folder`: a submodule, which is empty.",
        ),
        optional("link", TEXT, lambda it: shown(it.link) if it.link else None, about="Target of a symbolic link."),
    ),
)

FILE_LIST = Noun(
    "FileList",
    "The files of a workspace at a revision.",
    (
        JsonField("revision", TEXT),
        JsonField(
            "files", list_of(ref("WorkspaceFile")), lambda it: [_file(each) for each in it.entries[: it.max_files]]
        ),
        JsonField(
            "truncated",
            FLAG,
            lambda it: len(it.entries) > it.max_files,
            about="Whether there are more files than are listed.",
        ),
    ),
)

NOUNS = (FILE_LIST, FILE)

file_list: Callable[[ListedFiles], JsonObject] = writer(FILE_LIST)
_file = writer(FILE)
