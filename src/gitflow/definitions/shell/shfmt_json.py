"""Members of the JSON that shfmt prints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    Json = dict[str, Any]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_END_OF_LINE = re.compile(rb"(?<!\\)\n")


def node_in(found: Json, key: str) -> Json:
    """A member that is an object; an empty one where it is missing."""
    return found.get(key) or {}


def list_in(found: Json, key: str) -> list[Json]:
    return found.get(key) or []


def lines_of(statements: list[Json], text: bytes) -> tuple[int, ...]:
    """For each statement of a script which line it stands on, as bash counts what it reads at one time."""
    line, lines, last = 0, list[int](), None
    for each in statements:
        start = each["Pos"]["Offset"]
        line += last is not None and _END_OF_LINE.search(text, last, max(last, start)) is not None
        lines.append(line)
        last = each["End"]["Offset"]
    return tuple(lines)


def names_in(found: Any) -> set[str]:
    """The names that stand as plain words in an arithmetic expression; those behind a ``$`` are parameters."""
    if isinstance(found, list):
        return {name for each in found for name in names_in(each)}  # type: ignore[reportUnknownVariableType]
    if not isinstance(found, dict):
        return set()
    node: Json = found  # type: ignore[reportUnknownVariableType]
    names = set(_NAME.findall(node["Value"])) if isinstance(node.get("Value"), str) else set[str]()
    return names | {name for key, each in node.items() if key != "Param" for name in names_in(each)}
