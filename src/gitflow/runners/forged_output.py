"""Decides whether a printed line ``OUTPUT:`` may come from an input value instead of the step's author.

Programs print the values that they get. If a value has several lines and one begins with ``OUTPUT:``, it would set
the step's output. So such a line counts only if no value of the attempt could have produced it: neither as it is, nor
as a shell's ``echo`` writes it, which turns ``\\n`` in a value into a line end. Other transformations, and data that a
program reads elsewhere, cannot be detected here; SECURITY.md says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.patterns import pattern
from gitflow.core.templates.texts import has_template
from gitflow.core.values import is_list, is_object

if TYPE_CHECKING:
    from collections.abc import Iterator
    from re import Match

    from gitflow.core.values import Json
    from gitflow.runners.base import StepContext

#: Written to the log when the line is ignored.
NOTE = (
    "gitflow: the line OUTPUT: is ignored, because an input value of this attempt contains such a line; "
    'write a file for each key to the folder "$GITFLOW_OUTPUTS" instead\n'
)
PREFIX = "OUTPUT:"
#: Every character that some program takes for a line end (Python's splitlines takes them all), and the quote that
#: begins a text inside a JSON value.
_BEGINNINGS = pattern('[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"]')
#: Characters that programs may drop: a shell drops NUL, others drop bytes that are not text.
_DROPPED = pattern("[\0-\x08\x0e-\x1b\x1f\x7f\ufeff\ud800-\udfff]")
#: The escape sequences of ``echo`` in dash, ``echo -e`` and ``printf %b``.
_ESCAPES = pattern(r"\\(?:0([0-7]{0,3})|([1-7][0-7]{0,2})|x([0-9a-fA-F]{1,2})|[uU]([0-9a-fA-F]{1,8})|([abeEfnrtv\\]))")
_LETTERS = {"a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def may_be_forged(context: StepContext) -> bool:
    """Whether a value of the attempt contains a line that begins with ``OUTPUT:``, or two values together form one."""
    readings = [reading for text in _texts(context) for reading in _readings(text)]
    return any(_begins_lines(reading) for reading in readings) or _can_be_joined(readings)


def _texts(context: StepContext) -> Iterator[str]:
    """Every text that reached the attempt as a value, without the texts that its author wrote."""
    yield from _words(context.input)
    yield from context.values.values()
    yield from context.masks
    yield from context.pass_env.values()
    written = context.action
    for name, text in context.env.items():
        yield from _filled_in(written.env.get(name), text)
    for name, value in context.fields.items():
        yield from _filled_in(written.fields.get(name), value)
    if written.script is not None and written.script.raw:
        yield from _added_lines(written.script.text, context.script or "")


def _words(value: Json) -> Iterator[str]:
    """The texts and keys of a value, at any depth."""
    if isinstance(value, str):
        yield value
    elif is_object(value):
        yield from value
        for inner in value.values():
            yield from _words(inner)
    elif is_list(value):
        for inner in value:
            yield from _words(inner)


def _filled_in(template: Json, value: Json) -> Iterator[str]:
    """The rendered texts of a field whose author used templates."""
    if isinstance(value, str):
        if not isinstance(template, str):
            yield value
        elif has_template(template):
            yield from _added_lines(template, value)
    elif is_list(value):
        written = template if is_list(template) and len(template) == len(value) else [None] * len(value)
        for inner, one in zip(written, value, strict=True):
            yield from _filled_in(inner, one)
    elif is_object(value):
        for key, one in value.items():
            yield from _filled_in(template.get(key) if is_object(template) else None, one)


def _added_lines(template: str, text: str) -> Iterator[str]:
    """The text without the ``OUTPUT:`` lines that its author wrote."""
    written = sum(map(_count_beginnings, _readings(template)))
    if sum(map(_count_beginnings, _readings(text))) > written:
        yield PREFIX


def _readings(text: str) -> Iterator[str]:
    """The text as it is and as ``echo`` writes it."""
    yield _DROPPED.sub("", text)
    if "\\" in text:
        yield _DROPPED.sub("", _ESCAPES.sub(_unescaped, text))


def _unescaped(found: Match[str]) -> str:
    zero, octal, hexadecimal, unicode, letter = found.groups()
    if letter is not None:
        return _LETTERS.get(letter, letter)
    code = int(hexadecimal or unicode, 16) if hexadecimal or unicode else int(zero or octal or "0", 8)
    return chr(code) if code < 0x110000 else ""


def _begins_lines(reading: str) -> bool:
    return PREFIX in reading and _count_beginnings(reading) > 0


def _count_beginnings(reading: str) -> int:
    if PREFIX not in reading:
        return 0
    return sum(line.lstrip().startswith(PREFIX) for line in _BEGINNINGS.split(reading))


def _can_be_joined(readings: list[str]) -> bool:
    """Whether one value ends with a beginning of a line ``OUTPUT:`` that another one could continue."""
    for cut in range(1, len(PREFIX)):
        first, rest = PREFIX[:cut], PREFIX[cut:]
        if any(reading.startswith(rest) for reading in readings) and any(
            reading.endswith(first) and _BEGINNINGS.split(reading)[-1].lstrip() == first for reading in readings
        ):
            return True
    return False
