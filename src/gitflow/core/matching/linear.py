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
#: What, in the engine's syntax, matches other places of a text of many lines than of each of its lines; ``(?-`` may
#: be followed by the flag that makes ``^`` and ``$`` such signs.
_ENDS_OF_TEXT = (r"\A", r"\z", "(?-")


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
    return _search(rf"\A(?:{text})\z")


def in_some_line(text: str) -> Callable[[str], bool] | None:
    """Compiles a pattern to a function that says whether it may match inside a line of a text of many lines.

    It looks at the whole text at once, which is many times faster than line by line. Where it says no, no line
    matches; where it says yes, the match may have begun in one line and ended in another. None for a pattern that
    asks for the ends of a text. Raises PatternError.
    """
    pattern = PatternReader(text).read().text
    return None if any(sign in pattern for sign in _ENDS_OF_TEXT) else _search(f"(?m:{pattern})")


def _search(pattern: str) -> Callable[[str], bool]:
    import jsonschema_rs  # needed only for a pattern

    schema = {"type": "string", "pattern": pattern}
    options = jsonschema_rs.RegexOptions(size_limit=_MAX_COMPILED)
    try:
        is_valid = jsonschema_rs.validator_for(schema, pattern_options=options).is_valid
    except (jsonschema_rs.ValidationError, ValueError) as error:
        hint = r"repeat less, or write [A-Za-z0-9_] for \w"
        raise PatternError("is too large once its repetitions are expanded", hint) from error

    def matches(text: str) -> bool:
        return is_valid(text if text.isascii() else whole(text))

    return matches
