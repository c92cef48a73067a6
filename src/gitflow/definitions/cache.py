"""Caches the results of loading each file, so that the next revision costs only what has changed.

Results are keyed by the content of their file. The problems that checks found also depend on other files, so they are
keyed by the parts of those that the checks can see. A load drops what it does not use, so the cache holds one revision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.language.definition import all_but_places
from gitflow.core.record import Record, field
from gitflow.definitions import compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeVar

    from gitflow.core.language.sources import SourceFile
    from gitflow.core.problems import Problem
    from gitflow.core.values import JsonObject
    from gitflow.definitions.source.reader import AnyDocument, Document
    from gitflow.definitions.source.schemas import Finding

    T = TypeVar("T")
    Made = tuple[JsonObject, tuple[Problem, ...]]
    Key = tuple[str, str]
    #: The number of the surroundings, and the members of the file that count: another file may define one of them, too.
    CheckedPart = tuple[int, tuple[Key, ...]]


class LoadedFile(Record):
    """A file: its values, its schema's problems, and its members, annotated and parsed."""

    document: AnyDocument
    findings: list[Finding]
    annotated: dict[Key, Made] = field(default_factory=dict["Key", "Made"])
    parsed: dict[Key, Any] = field(default_factory=dict["Key", "Any"])
    encoded: dict[Key, str] = field(default_factory=dict["Key", "str"])  #: the annotated members as JSON
    problems: dict[CheckedPart, tuple[Problem, ...]] = field(default_factory=dict["CheckedPart", "tuple[Problem, ...]"])


class LoadCache:
    """The cache for the loads of one workspace, which run one after the other."""

    def __init__(self) -> None:
        self._before: dict[tuple[str, bytes], LoadedFile] = {}
        self._now: dict[tuple[str, bytes], LoadedFile] = {}
        self._surroundings: object = None
        self._number = 0

    def begin(self) -> None:
        """Begins a load, which may use what the last one used."""
        self._before, self._now = self._now, {}

    def end(self) -> None:
        self._before = {}

    def put(self, files: Iterable[tuple[SourceFile, LoadedFile]], surroundings: object) -> int:
        """As if a load had made these of the files, in these surroundings; gives their number."""
        self._now = {(file.path, file.data): read for file, read in files}
        return self.number_of(surroundings)

    def read(self, file: SourceFile, make: Callable[[SourceFile], tuple[Document, list[Finding]]]) -> LoadedFile:
        key = (file.path, file.data)
        found = self._before.get(key)
        if found is None:
            found = LoadedFile(*make(file))
        self._now[key] = found
        return found

    def number_of(self, surroundings: object) -> int:
        """A number for the surroundings, the same as long as they are equal but for their places."""
        known = self._surroundings
        if known is None or (surroundings != known and all_but_places(surroundings) != all_but_places(known)):
            self._surroundings = surroundings
            self._number += 1
        return self._number


def get_annotated(read: LoadedFile, section: str, name: str, make: Callable[[], Made]) -> Made:
    """The member with its places and safe scripts, and the problems found while they were added."""
    return _get_or_make(read.annotated, (section, name), make)


def get_definition(read: LoadedFile, section: str, name: str, node: JsonObject) -> Any:
    """The annotated member as a definition."""
    return _get_or_make(read.parsed, (section, name), lambda: compiled.PARSERS[section](name, node))


def get_encoded(read: LoadedFile, section: str, name: str, node: JsonObject) -> str:
    """The annotated member as it is written into a compiled snapshot."""
    return _get_or_make(read.encoded, (section, name), lambda: compiled.dumps(node))


def _get_or_make(known: dict[Key, T], key: Key, make: Callable[[], T]) -> T:
    found = known.get(key)
    if found is None:
        found = known[key] = make()
    return found


def keep_problems(read: LoadedFile, which: CheckedPart, problems: Iterable[Problem]) -> None:
    """Stores the problems of a file, in place of those that were stored before."""
    read.problems.clear()
    read.problems[which] = tuple(problems)
