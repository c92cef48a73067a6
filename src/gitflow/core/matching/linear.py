"""Regular expressions of authors, matched in time that grows with the text and never explodes.

The syntax and its meaning are those of Python's ``re``, whole text against whole pattern, as ``pattern_grammar`` reads
it; the engine is that of jsonschema-rs. ``$`` is the end of the text, and not also the place before a last line feed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from gitflow.core.matching.classes import whole
from gitflow.core.matching.grammar import PatternError, PatternReader
from gitflow.core.record import record

if TYPE_CHECKING:
    from collections.abc import Callable

#: Size of a pattern times length of a text: the engine needs about 0.2 s for so much at worst.
MAX_WORK = 20_000_000
#: Bytes of a compiled pattern. Enough for ``\w{1,255}``, whose every step is a table of Unicode.
_MAX_COMPILED = 16 * 1024 * 1024


@record
class LinearPattern:
    """A pattern that has been compiled."""

    size: int  #: characters and classes, with every counted repetition written out
    matches: Callable[[str], bool]  #: whether the whole text matches

    @property
    def longest(self) -> int:
        """Characters of the longest text that may be matched with it."""
        return MAX_WORK // max(1, self.size)


def why_not(text: str) -> PatternError | None:
    """What is wrong with a pattern."""
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
    """For a pattern in the engine's own syntax: whether all of a text matches. Raises PatternError."""
    import jsonschema_rs  # only where there is a pattern

    schema = {"type": "string", "pattern": rf"\A(?:{text})\z"}
    options = jsonschema_rs.RegexOptions(size_limit=_MAX_COMPILED)
    try:
        is_valid = jsonschema_rs.validator_for(schema, pattern_options=options).is_valid
    except (jsonschema_rs.ValidationError, ValueError) as error:
        hint = r"repeat less, or write [A-Za-z0-9_] for \w"
        raise PatternError("is too large once its repetitions are written out", hint) from error

    def matches(text: str) -> bool:
        return is_valid(text if text.isascii() else whole(text))

    return matches
