"""``type: push``: another revision of the workspace became active."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.matching.globs import glob

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gitflow.core.language.definition import Trigger
    from gitflow.core.values import JsonObject

SOURCE = "trigger"
ALLOWED_EXTRA_INPUT: frozenset[str] = frozenset()
USES_WALL_CLOCK = False

#: How many changed files a job gets at most.
MAX_PATHS = 1000


def shape(trigger: Trigger) -> str | None:
    return None


def is_wanted(trigger: Trigger, branch: str | None, paths: Sequence[str] | None) -> bool:
    """``paths``: the changed files; None if unknown, which matches everything."""
    branches, wanted = trigger.fields.get("branches"), trigger.fields.get("paths")
    if branches and not (branch is not None and matches(branches, branch)):
        return False
    return not wanted or paths is None or any(matches(wanted, path) for path in paths)


def matches(globs: Iterable[str], name: str) -> bool:
    """The last glob that matches decides; one that begins with ``!`` excludes the name.

    ``core/matching/globs.py`` has the syntax.
    """
    found = False
    for text in globs:
        if glob(text.removeprefix("!"))(name):
            found = not text.startswith("!")
    return found


def scope_of(revision: str, before: str | None, branch: str | None, paths: Sequence[str] | None) -> JsonObject:
    """The names that the trigger's input can use."""
    changed = None if paths is None else list(paths[:MAX_PATHS])
    return {"event": {"revision": revision, "before": before, "branch": branch, "paths": changed}}


def key_of(revision: str) -> str:
    return f"revision:{revision}"
