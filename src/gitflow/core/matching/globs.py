"""Matches globs over paths, branches and the tasks of permission rules in linear time.

``*`` and ``?`` match within one part of a path, ``**`` matches any number of parts, and ``**/`` also none.
``[…]`` matches one of the characters, ``[!…]`` any other. Every other character matches itself.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from gitflow.core.matching.classes import escaped
from gitflow.core.matching.linear import compiled

if TYPE_CHECKING:
    from collections.abc import Callable

_PART = re.compile(r"\*\*/|\*\*|\*|\?|\[[^\]]+\]|.", re.DOTALL)
_MEANING = {"**/": "(?:(?s:.)*/)?", "**": "(?s:.)*", "*": "[^/]*", "?": "[^/]"}
_RANGE = re.compile(r"(.)-(.)|(.)", re.DOTALL)
_NOTHING = r"[^\x{0}-\x{10ffff}]"


@lru_cache(maxsize=4096)
def glob(text: str, *, through_none: bool = True) -> Callable[[str], bool]:
    """Whether the whole name matches. Without ``through_none``, ``**/`` matches at least one part."""
    meaning = _MEANING if through_none else {**_MEANING, "**/": "(?s:.)*/"}
    return compiled("".join(meaning.get(part) or _literal(part) for part in _PART.findall(text)))


def _literal(part: str) -> str:
    return _class(part[1:-1]) if len(part) > 2 and part[0] == "[" else escaped(part)


def _class(inner: str) -> str:
    """Parses […]. A hyphen between two characters is a range; a range whose end is before its start is empty."""
    negated = len(inner) > 1 and inner[0] in "!^"
    members = ""
    for first, last, single in _RANGE.findall(inner[negated:]):
        if single:
            members += escaped(single)
        elif first <= last:
            members += f"{escaped(first)}-{escaped(last)}"
    if negated:
        return f"[^{members}]" if members else "(?s:.)"
    return f"[{members}]" if members else _NOTHING
