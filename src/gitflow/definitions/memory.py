"""What loading has made of each file, so that the next revision pays for what has changed alone.

Everything is kept by the content it was made from; nothing that depends on other files is kept. What a load does not
use is let go, so the memory holds one revision.
"""

from __future__ import annotations

from gitflow.core.record import record
from gitflow.definitions import compiled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from gitflow.core.problems import Problem
    from gitflow.core.sources import SourceFile
    from gitflow.core.values import JsonObject
    from gitflow.definitions.reader import Document
    from gitflow.definitions.schemas import Finding

    Made = tuple[JsonObject, tuple[Problem, ...]]
    Key = tuple[str, str]


@record
class Read:
    """A file: its values, what its schema has against it, and its members as they were placed and parsed."""

    document: Document
    findings: list[Finding]
    placed: dict[Key, Made]
    parsed: dict[Key, Any]


class Memory:
    """For the loads of one workspace, one after the other."""

    def __init__(self) -> None:
        self._before: dict[tuple[str, bytes], Read] = {}
        self._now: dict[tuple[str, bytes], Read] = {}

    def begin(self) -> None:
        """A load begins: what the last one has used is at hand."""
        self._before, self._now = self._now, {}

    def end(self) -> None:
        self._before = {}

    def read(self, file: SourceFile, make: Callable[[SourceFile], tuple[Document, list[Finding]]]) -> Read:
        key = (file.path, file.data)
        found = self._before.get(key)
        if found is None:
            found = Read(*make(file), {}, {})
        self._now[key] = found
        return found


def placed(read: Read, section: str, name: str, make: Callable[[], Made]) -> Made:
    """A member with its places and safe scripts, and the problems that came up on the way."""
    found = read.placed.get((section, name))
    if found is None:
        found = read.placed[section, name] = make()
    return found


def parsed(read: Read, section: str, name: str, node: JsonObject) -> Any:
    """A placed member as a definition."""
    found = read.parsed.get((section, name))
    if found is None:
        found = read.parsed[section, name] = compiled.PARSERS[section](name, node)
    return found
