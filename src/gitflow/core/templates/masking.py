"""Finds secret values and hides them: in values, in messages, and in a stream of bytes however it happens to be cut.

Every occurrence of every value is found, also where two overlap, and each stretch of covered bytes becomes
one mask. No value holds a line feed (a value of several lines is masked line by line), so between
chunks only the end of an unfinished line is ever held back, and only as much as may be the start of a value.
"""

from __future__ import annotations

from gitflow.core.templates.filters import to_text
from gitflow.core.values import MASK, MIN_SECRET_LENGTH, is_list, is_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gitflow.core.language.definition import Field
    from gitflow.core.values import Json

_MASK = MASK.encode()


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
                end = at + len(value)
                yield at, end
                # The last that begins inside of this one: all between lie under these two, however many there are.
                last = data.rfind(value, at + 1, end + len(value) - 1)
                at = last if last >= 0 else data.find(value, end)

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


def masked(value: Json, secrets: tuple[str, ...]) -> Json:
    """A value as people may see it: every secret in its texts, numbers and keys is the mask."""
    return _masked(value, forms_of(secrets)) if secrets else value


def _masked(value: Json, patterns: Sequence[bytes]) -> Json:
    if isinstance(value, str):
        return mask_text(value, patterns)
    if is_object(value):
        return {mask_text(key, patterns): _masked(inner, patterns) for key, inner in value.items()}
    if is_list(value):
        return [_masked(inner, patterns) for inner in value]
    return MASK if _is_number(value) and _is_in(to_text(value), patterns) else value


def holds_any(value: Json, secrets: tuple[str, ...]) -> bool:
    """Whether a secret stands in one of its texts, numbers or keys, in any of the forms that are masked."""
    return bool(secrets) and _is_in("\n".join(_words(value)), forms_of(secrets))  # no form holds a line feed


def _words(value: Json) -> Iterator[str]:
    """Texts, numbers and keys."""
    if is_object(value):
        yield from value
    if is_object(value) or is_list(value):
        for inner in value.values() if is_object(value) else value:
            yield from _words(inner)
    elif isinstance(value, str):
        yield value
    elif _is_number(value):
        yield to_text(value)


def _is_in(text: str, patterns: Sequence[bytes]) -> bool:
    data = text.encode("utf-8", "replace")
    return any(pattern in data for pattern in patterns)


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def texts_in(value: Json) -> Iterator[str]:
    """Every text and number in a value, as it would be written."""
    if is_object(value) or is_list(value):
        for inner in value.values() if is_object(value) else value:
            yield from texts_in(inner)
    elif value is not None and not isinstance(value, bool):
        yield to_text(value)


def secret_texts(fields: Mapping[str, Field], values: Mapping[str, Json]) -> tuple[str, ...]:
    """What the fields that are marked secret hold."""
    return tuple(text for name, field in fields.items() if field.secret for text in texts_in(values.get(name)))


def united(known: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    """Both, in order, each once, without those too short to look for; the same tuple when nothing is new."""
    new = tuple(dict.fromkeys(text for text in more if len(text) >= MIN_SECRET_LENGTH and text not in known))
    return (*known, *new) if new else known


#: What has been looked for lately; most commits of a job look for the same.
_recent: dict[tuple[str, ...], tuple[bytes, ...]] = {}
_MAX_RECENT = 64


def forms_of(secrets: tuple[str, ...]) -> tuple[bytes, ...]:
    """``patterns_of``, remembered for a while."""
    found = _recent.get(secrets)
    if found is None:
        if len(_recent) >= _MAX_RECENT:
            _recent.clear()
        found = _recent[secrets] = patterns_of(secrets)
    return found


def patterns_of(values: Iterable[str]) -> tuple[bytes, ...]:
    """All that has to be looked for: each line of each value, and the forms in which programs print values."""
    values = tuple(values)
    if not values:
        return ()
    from gitflow.core.templates.secret_forms import forms_of_value

    return tuple(sorted({form for value in values for form in forms_of_value(value)}))
