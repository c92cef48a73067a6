"""A LoadCache as loading a revision would have left it, made from the compiled snapshot of that revision.

The next revision is then loaded from its changed files alone, also by a process that has not loaded the first one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.language.definition import OCCASIONS
from gitflow.definitions.cache import LoadedFile
from gitflow.definitions.checks.table import surroundings_of
from gitflow.definitions.compiled import Section
from gitflow.definitions.parser import AT
from gitflow.definitions.source.ignored import is_definitions
from gitflow.definitions.source.reader import StoredDocument

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.language.sources import SourceFile
    from gitflow.core.values import JsonObject
    from gitflow.definitions.cache import LoadCache

    Members = dict[str, JsonObject]

#: Sections whose members say in which file they stand.
_PLACED = ("connection_types", "connections", "actions", "tasks", "triggers")


def remember(memory: LoadCache, snapshot: Snapshot, files: Sequence[SourceFile]) -> None:
    """``snapshot`` as it was decoded, and those of its files that the next revision has, too."""
    members = _by_file(snapshot)
    unsure = _unsure(snapshot)
    wanted = [file for file in files if is_definitions(file.path) and file.path in members and file.path not in unsure]
    reads = [(file, _read(snapshot, file, members[file.path])) for file in wanted]
    number = memory.put(reads, surroundings_of(snapshot))
    for _, read in reads:
        read.problems[number, tuple(read.annotated)] = ()


def _by_file(snapshot: Snapshot) -> dict[str, Members]:
    """File -> section -> the members that stand there, in their order."""
    found: dict[str, Members] = {}
    for section in _PLACED:
        plain = getattr(snapshot, section)
        assert isinstance(plain, Section)
        for name, node in plain.nodes.items():
            found.setdefault(node[AT][2], {}).setdefault(section, {})[name] = node
    return found


def _unsure(snapshot: Snapshot) -> frozenset[str]:
    """Files that are read again: it is not known which of their parts their warnings came from, or they hold what has
    no place of its own."""
    hooks = (hook.where.file for occasion in OCCASIONS for hook in getattr(snapshot.hooks, occasion))
    secrets = (place.file for place in snapshot.secret_places.values())
    return frozenset({*(warning.file for warning in snapshot.warnings), *hooks, *secrets})


def _read(snapshot: Snapshot, file: SourceFile, sections: Members) -> LoadedFile:
    read = LoadedFile(StoredDocument(file.path, file.data, sections), [])
    for section, name, node in _members(sections):
        read.annotated[section, name] = node, ()
        read.parsed[section, name] = getattr(snapshot, section)[name]
    return read


def _members(sections: Members) -> Iterator[tuple[str, str, JsonObject]]:
    for section, inside in sections.items():
        yield from ((section, name, node) for name, node in inside.items())
