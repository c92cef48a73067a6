"""``type: push``: the workspace has come to another revision."""

from __future__ import annotations

import re
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gitflow.core.definition import Trigger
    from gitflow.core.values import JsonObject

SOURCE = "trigger"
UNDECLARED: frozenset[str] = frozenset()
BY_THE_WALL = False

#: A job is told of so many changed files at most.
MOST_PATHS = 1000

_GLOB = re.compile(r"\*\*/|\*\*|\*|\?|\[[^\]]+\]|.", re.DOTALL)
_MEANING = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def shape(trigger: Trigger) -> str | None:
    return None


def is_wanted(trigger: Trigger, branch: str | None, paths: Sequence[str] | None) -> bool:
    """``paths`` are what changed; None, where that cannot be told, counts as anything."""
    branches, wanted = trigger.fields.get("branches"), trigger.fields.get("paths")
    if branches and not (branch is not None and matches(branches, branch)):
        return False
    return not wanted or paths is None or any(matches(wanted, path) for path in paths)


def matches(globs: Iterable[str], name: str) -> bool:
    """The last glob that matches decides; one that begins with ``!`` takes the name out again.

    ``*`` and ``?`` stay within one part of a path, ``**`` goes through any number of them.
    """
    found = False
    for glob in globs:
        if _pattern(glob.removeprefix("!")).fullmatch(name):
            found = not glob.startswith("!")
    return found


def scope_of(revision: str, before: str | None, branch: str | None, paths: Sequence[str] | None) -> JsonObject:
    """What the trigger's input may name."""
    changed = None if paths is None else list(paths[:MOST_PATHS])
    return {"event": {"revision": revision, "before": before, "branch": branch, "paths": changed}}


def key_of(revision: str) -> str:
    return f"revision:{revision}"


@lru_cache(maxsize=1024)
def _pattern(glob: str) -> re.Pattern[str]:
    return re.compile("".join(map(_part, _GLOB.findall(glob))), re.DOTALL)


def _part(part: str) -> str:
    if part in _MEANING:
        return _MEANING[part]
    if len(part) > 2 and part[0] == "[":
        negated = part[1] in "!^"
        return f"[{'^' if negated else ''}{_in_class(part[1 + negated : -1])}]"
    return re.escape(part)


def _in_class(text: str) -> str:
    """Only a hyphen between two characters keeps its meaning."""
    return re.sub(r"[\\\[\]^&~|]", r"\\\g<0>", text) or r"\0"
