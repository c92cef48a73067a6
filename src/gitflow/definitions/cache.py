"""What loading has made of each file, so that the next revision pays for what has changed alone.

Everything is kept by the content it was made from. What depends on other files too, the problems that checks have
found, is kept by what was seen of those. What a load does not use is let go, so the memory holds one revision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.language.definition import all_but_places
from gitflow.core.record import field, record
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
    #: Of which surroundings, and which of the file's members count: another file may define one of them, too.
    Checked = tuple[int, tuple[Key, ...]]


@record
class Read:
    """A file: its values, what its schema has against it, and its members as they were placed and parsed."""

    document: AnyDocument
    findings: list[Finding]
    placed: dict[Key, Made] = field(default_factory=dict["Key", "Made"])
    parsed: dict[Key, Any] = field(default_factory=dict["Key", "Any"])
    encoded: dict[Key, str] = field(default_factory=dict["Key", "str"])  #: as JSON, once placed
    checked: dict[Checked, tuple[Problem, ...]] = field(default_factory=dict["Checked", "tuple[Problem, ...]"])


class Memory:
    """For the loads of one workspace, one after the other."""

    def __init__(self) -> None:
        self._before: dict[tuple[str, bytes], Read] = {}
        self._now: dict[tuple[str, bytes], Read] = {}
        self._surroundings: object = None
        self._number = 0

    def begin(self) -> None:
        """A load begins: what the last one has used is at hand."""
        self._before, self._now = self._now, {}

    def end(self) -> None:
        self._before = {}

    def put(self, files: Iterable[tuple[SourceFile, Read]], surroundings: object) -> int:
        """As if a load had made these of the files, in these surroundings; gives their number."""
        self._now = {(file.path, file.data): read for file, read in files}
        return self.number_of(surroundings)

    def read(self, file: SourceFile, make: Callable[[SourceFile], tuple[Document, list[Finding]]]) -> Read:
        key = (file.path, file.data)
        found = self._before.get(key)
        if found is None:
            found = Read(*make(file))
        self._now[key] = found
        return found

    def number_of(self, surroundings: object) -> int:
        """The same for as long as they are equal; where they stand in their files does not matter."""
        known = self._surroundings
        if known is None or (surroundings != known and all_but_places(surroundings) != all_but_places(known)):
            self._surroundings = surroundings
            self._number += 1
        return self._number


def placed(read: Read, section: str, name: str, make: Callable[[], Made]) -> Made:
    """A member with its places and safe scripts, and the problems that came up on the way."""
    return _kept(read.placed, (section, name), make)


def parsed(read: Read, section: str, name: str, node: JsonObject) -> Any:
    """A placed member as a definition."""
    return _kept(read.parsed, (section, name), lambda: compiled.PARSERS[section](name, node))


def encoded(read: Read, section: str, name: str, node: JsonObject) -> str:
    """A placed member as it is written into a compiled snapshot."""
    return _kept(read.encoded, (section, name), lambda: compiled.dumps(node))


def _kept(known: dict[Key, T], key: Key, make: Callable[[], T]) -> T:
    found = known.get(key)
    if found is None:
        found = known[key] = make()
    return found


def checked(read: Read, which: Checked, problems: Iterable[Problem]) -> None:
    """Keeps what was found of a file, in place of what was found before."""
    read.checked.clear()
    read.checked[which] = tuple(problems)
