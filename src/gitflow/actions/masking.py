"""Hides secret values in a stream of bytes, however the stream happens to be cut.

Every occurrence of every value is found, also where two overlap, and each stretch of covered bytes becomes
one mask. No value holds a line feed (a value of several lines is masked line by line), so between
chunks only the end of an unfinished line is ever held back, and only as much as may be the start of a value.
"""

from __future__ import annotations

import re

from gitflow.core.patterns import pattern
from gitflow.core.values import MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_MASK = MASK.encode()
#: Shorter values would hide ordinary words.
SHORTEST = 4
#: ``base64`` breaks its output into lines of this many characters.
_BASE64_LINE = 76
_LINE_ENDS = pattern(r"[\r\n]+")


class Masker:
    """Masks one stream: ``feed`` it as it comes, ``flush`` at its end."""

    __slots__ = ("_covered", "_held", "_values")

    def __init__(self, patterns: Sequence[bytes]) -> None:
        """``patterns`` is what ``patterns_of`` gives for the secret values."""
        self._values = patterns
        self._held = b""
        self._covered = 0  # so many bytes at the front of _held stand under a mask that is already out

    def feed(self, data: bytes) -> bytes:
        """What can be said now; the rest follows with later data."""
        data = self._held + data if self._held else data
        return self._mask(data, self._start_of_doubt(data))

    def flush(self) -> bytes:
        return self._mask(self._held, len(self._held))

    def _mask(self, data: bytes, end: int) -> bytes:
        done = self._covered
        parts: list[bytes] = []
        for start, stop in sorted(self._occurrences(data)):
            if start >= end:
                break
            if start >= done:  # otherwise it only makes the mask before it cover more
                parts += (data[done:start], _MASK)
            done = max(done, stop)
        if done < end:
            parts.append(data[done:end])
        self._held = data[end:]
        self._covered = max(0, done - end)
        return b"".join(parts)

    def _occurrences(self, data: bytes) -> Iterator[tuple[int, int]]:
        for value in self._values:
            at = data.find(value)
            while at >= 0:
                yield at, at + len(value)
                at = data.find(value, at + 1)

    def _start_of_doubt(self, data: bytes) -> int:
        """Where the first value may begin whose end has not come yet."""
        line = data.rfind(b"\n") + 1
        end = len(data)
        if line == end:
            return end
        return min((_possible_start(value, data, line) for value in self._values), default=end)


def _possible_start(value: bytes, data: bytes, line: int) -> int:
    end = len(data)
    at = data.find(value[:1], max(line, end - len(value) + 1))
    while at >= 0:
        if value.startswith(data[at:]):
            return at
        at = data.find(value[:1], at + 1)
    return end


def mask_text(text: str, patterns: Sequence[bytes]) -> str:
    """A whole text at once, for messages."""
    if not patterns:
        return text
    masker = Masker(patterns)
    data = text.encode("utf-8", "replace")
    return (masker.feed(data) + masker.flush()).decode("utf-8", "replace")


def patterns_of(values: Iterable[str]) -> tuple[bytes, ...]:
    """All that has to be looked for: each line of each value, and the forms in which programs print values."""
    found = {form for value in values for form in _forms(value)}
    return tuple(sorted(form for form in found if len(form) >= SHORTEST))


def _forms(value: str) -> Iterator[bytes]:
    if len(value) < SHORTEST:
        return
    import json

    yield from (line.encode("utf-8", "replace") for line in _LINE_ENDS.split(value))
    yield json.dumps(value)[1:-1].encode()
    yield json.dumps(value, ensure_ascii=False)[1:-1].encode("utf-8", "replace")
    yield from _url_forms(value)
    yield from _base64_forms(value.encode("utf-8", "replace"))


def _url_forms(value: str) -> Iterator[bytes]:
    from urllib.parse import quote, quote_plus

    for text in (
        quote(value, safe="", errors="replace"),
        quote(value, errors="replace"),
        quote_plus(value, errors="replace"),
    ):
        yield text.encode()
        yield re.sub("%..", lambda code: code[0].lower(), text).encode()


def _base64_forms(value: bytes) -> Iterator[bytes]:
    """For each of the three places in a group of three bytes where the value may begin, the characters
    that depend on it alone; and the value encoded by itself, in one line or in several."""
    from base64 import b64encode, urlsafe_b64encode

    for encode in (b64encode, urlsafe_b64encode):
        for before, spoilt in ((0, 0), (1, 2), (2, 3)):
            whole = (before + len(value)) * 8 // 6
            yield encode(b"\0" * before + value)[spoilt:whole]
        alone = encode(value)
        yield alone
        yield from (alone[at : at + _BASE64_LINE] for at in range(0, len(alone), _BASE64_LINE))
