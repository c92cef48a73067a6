"""Masks secrets in values, in messages, and in byte streams regardless of their chunks.

Every occurrence of every secret is found, also if two overlap, and each covered range becomes one mask.
No pattern contains a line feed (a value of several lines is masked line by line). So between chunks only the end of
an unfinished line is held back, and only as much as may be the start of a secret.
"""

from __future__ import annotations

from gitflow.core.templates.texts import to_text
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
        """``patterns`` is the result of ``patterns_of`` for the secret values."""
        self._values = patterns
        self._held = b""
        self._covered = 0  # this many bytes at the start of _held belong to a mask that was already written

    def feed(self, data: bytes) -> bytes:
        """The masked bytes that are certain now; the rest follows with later data."""
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
            if start >= done:  # otherwise it only extends the mask before it
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
                # The last occurrence that begins inside this one; together they cover all occurrences between them.
                last = data.rfind(value, at + 1, end + len(value) - 1)
                at = last if last >= 0 else data.find(value, end)

    def _start_of_doubt(self, data: bytes) -> int:
        """The offset of the first possible start of a secret whose end has not arrived yet."""
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
    """Masks a whole text at once, for messages."""
    if not patterns:
        return text
    masker = Masker(patterns)
    data = text.encode("utf-8", "replace")
    return (masker.feed(data) + masker.flush()).decode("utf-8", "replace")


def masked(value: Json, secrets: tuple[str, ...]) -> Json:
    """The value as people may see it: secrets in its texts, numbers and keys are masked."""
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
    """Whether one of its texts, numbers or keys contains a secret, in any of the forms that are masked."""
    return bool(secrets) and _is_in("\n".join(_words(value)), forms_of(secrets))  # no form contains a line feed


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
    """Every text and number in a value, as text."""
    if is_object(value) or is_list(value):
        for inner in value.values() if is_object(value) else value:
            yield from texts_in(inner)
    elif value is not None and not isinstance(value, bool):
        yield to_text(value)


def secret_texts(fields: Mapping[str, Field], values: Mapping[str, Json]) -> tuple[str, ...]:
    """The values of the fields that are marked secret."""
    return tuple(text for name, field in fields.items() if field.secret for text in texts_in(values.get(name)))


def united(known: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    """Merges new texts into the known ones, without duplicates and short texts.

    Returns the same tuple if nothing is new.
    """
    new = tuple(dict.fromkeys(text for text in more if len(text) >= MIN_SECRET_LENGTH and text not in known))
    return (*known, *new) if new else known


#: The patterns of recent calls; most commits of a job mask the same secrets.
_recent: dict[tuple[str, ...], tuple[bytes, ...]] = {}
_MAX_RECENT = 64


def forms_of(secrets: tuple[str, ...]) -> tuple[bytes, ...]:
    """``patterns_of`` with a small cache."""
    found = _recent.get(secrets)
    if found is None:
        if len(_recent) >= _MAX_RECENT:
            _recent.clear()
        found = _recent[secrets] = patterns_of(secrets)
    return found


def patterns_of(values: Iterable[str]) -> tuple[bytes, ...]:
    """The patterns to mask: each line of each secret, and the forms in which programs print values."""
    values = tuple(values)
    if not values:
        return ()
    from gitflow.core.templates.secret_forms import forms_of_value

    return tuple(sorted({form for value in values for form in forms_of_value(value)}))
