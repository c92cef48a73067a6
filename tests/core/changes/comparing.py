"""Compares definitions that are given as YAML, as the loader reads them."""

from __future__ import annotations

import textwrap

from gitflow.core.changes.compare import compare
from gitflow.core.changes.records import Change, Changes, Side
from gitflow.core.language.sources import SourceFile
from gitflow.definitions.loader import load

#: A Monday: 2026-01-05T00:00:00Z.
NOW = 1767571200.0


def side(files: str | dict[str, str], digests: dict[str, str] | None = None) -> Side:
    """Definitions by path, or of one file; with errors, what could be read of them."""
    texts = {"a.yaml": files} if isinstance(files, str) else files
    sources = [SourceFile(f".workflows/{name}", textwrap.dedent(text).encode()) for name, text in texts.items()]
    loaded = load(sources, workspace="w", revision="r", has_file=lambda path: True)
    if loaded.snapshot is not None:
        return Side(loaded.snapshot, digests or {})
    assert loaded.partial is not None
    return Side(loaded.partial.snapshot, digests or {}, loaded.partial.broken, loaded.partial.unreadable)


def changes(before: str | dict[str, str], after: str | dict[str, str]) -> Changes:
    return compare(side(before), side(after), NOW)


def only(before: str | dict[str, str], after: str | dict[str, str]) -> Change:
    """The one change."""
    found = changes(before, after).changes
    assert len(found) == 1, [(each.kind, each.name, each.change) for each in found]
    return found[0]


def paths(change: Change) -> dict[str, tuple[object, object]]:
    """Path -> before and after."""
    return {detail.path: (detail.before, detail.after) for detail in change.details}


def broken(change: Change) -> dict[str, list[str]]:
    """Path of a breaking detail -> who breaks."""
    return {
        detail.path: [f"{caller.kind} {caller.name}" for caller in detail.callers]
        for detail in change.details
        if detail.is_breaking
    }
