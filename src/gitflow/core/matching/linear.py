"""Matches regular expressions of authors in time linear in the text.

Syntax and meaning are those of ``re.fullmatch``, as ``grammar.py`` parses them; the engine is that of jsonschema-rs.
``$`` matches only the end of the text, not the position before a final line feed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from gitflow.core.matching.classes import whole
from gitflow.core.matching.grammar import PatternError, PatternReader
from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

#: The largest product of a pattern's size and a text's length; the engine needs about 0.2 s for it at worst.
MAX_WORK = 20_000_000
#: The largest compiled pattern, in bytes. Enough for ``\w{1,255}``, which repeats a table of Unicode.
_MAX_COMPILED = 16 * 1024 * 1024


class LinearPattern(Record):
    """A pattern that has been compiled."""

    size: int  #: characters and classes, with every counted repetition expanded
    matches: Callable[[str], bool]  #: whether the whole text matches

    @property
    def longest(self) -> int:
        """The length of the longest text that may be matched with it, in characters."""
        return MAX_WORK // max(1, self.size)


def why_not(text: str) -> PatternError | None:
    """What is wrong with the pattern; None if it is valid."""
    try:
        linear_pattern(text)
    except PatternError as error:
        return error
    return None


@lru_cache(maxsize=256)
def linear_pattern(text: str) -> LinearPattern:
    """Raises PatternError."""
    part = PatternReader(text).read()
    return LinearPattern(part.size, compiled(part.text))


def compiled(text: str) -> Callable[[str], bool]:
    """Compiles a pattern in the engine's syntax to a function that says whether the whole text matches.

    Raises PatternError.
    """
    import jsonschema_rs  # needed only for a pattern

    schema = {"type": "string", "pattern": rf"\A(?:{text})\z"}
    options = jsonschema_rs.RegexOptions(size_limit=_MAX_COMPILED)
    try:
        is_valid = jsonschema_rs.validator_for(schema, pattern_options=options).is_valid
    except (jsonschema_rs.ValidationError, ValueError) as error:
        hint = r"repeat less, or write [A-Za-z0-9_] for \w"
        raise PatternError("is too large once its repetitions are expanded", hint) from error

    def matches(text: str) -> bool:
        return is_valid(text if text.isascii() else whole(text))

    return matches
