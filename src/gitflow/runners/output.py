"""Reads the output of a step from the files that it wrote or from a line that it printed.

The folder ``$GITFLOW_OUTPUTS`` has a file for each key (output_folder.py). The file ``$GITFLOW_OUTPUT`` contains a
JSON object, or a line ``key=value`` for each value, with a value of several lines between ``key<<END`` and ``END``.
Without any of them, the last line of stdout that begins with ``OUTPUT:`` counts.
A key that is given twice is refused, because the second one may come from an input value.
"""

from __future__ import annotations

import os
import stat

from gitflow.core.errors import InvalidInput
from gitflow.runners.output_folder import MAX_SIZE, read_folder, too_large

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitflow.core.language.definition import Field
    from gitflow.core.values import Json, JsonObject

PREFIX = b"OUTPUT:"
_FILE = "the file $GITFLOW_OUTPUT"
_LINE = "the line OUTPUT:"


class OutputFinder:
    """Finds the last line of stdout that begins with ``OUTPUT:``, in chunks of any size."""

    __slots__ = ("_line", "_text")

    def __init__(self) -> None:
        self._text: bytes | None = None
        self._line: bytes | None = b""  # the incomplete line, as long as it may be such a line

    def feed(self, data: bytes) -> None:
        start = 0
        if self._line != b"":
            end = data.find(b"\n")
            self._grow(data if end < 0 else data[:end])
            if end < 0:
                return
            self._end_line()
            start = end + 1
        last = data.rfind(b"\n") + 1
        if last > start:
            self._search(data[start:last])
            start = last
        self._line = b""
        self._grow(data[start:])

    def text(self) -> bytes | None:
        """The text after the prefix in the last such line; None if there was none."""
        self._end_line()
        return self._text

    def _search(self, lines: bytes) -> None:
        at = lines.rfind(b"\n" + PREFIX) + 1
        if lines.startswith(PREFIX, at):
            self._text = lines[at + len(PREFIX) : lines.index(b"\n", at)]

    def _grow(self, data: bytes) -> None:
        if self._line is None:
            return
        if len(self._line) <= MAX_SIZE + len(PREFIX):  # one byte over the limit is enough to refuse it
            self._line += data[: MAX_SIZE + len(PREFIX) + 1]
        if not (self._line.startswith(PREFIX) or PREFIX.startswith(self._line)):
            self._line = None

    def _end_line(self) -> None:
        if self._line is not None and self._line.startswith(PREFIX):
            self._text = self._line[len(PREFIX) :]
        self._line = b""


def read_output(
    path: str, line: bytes | None, folder: str | None = None, declared: Mapping[str, Field] | None = None
) -> Json:
    """The step's output; None if it gave none. ``declared`` are the fields of the action's output.

    Raises InvalidInput.
    """
    data = _read_file(path)
    pairs = parse_file(data) if data.strip() else None
    files = read_folder(folder, MAX_SIZE - len(data), declared or {}) if folder is not None else {}
    if not files:
        return pairs if pairs is not None or line is None else _parse_json(line, _LINE)
    for key in files:
        if pairs and key in pairs:
            raise InvalidInput(f"the key {key!r} is given twice: in {_FILE} and in the folder $GITFLOW_OUTPUTS")
    return {**(pairs or {}), **files}


def parse_file(data: bytes) -> JsonObject:
    """The values of an output file. Raises InvalidInput with the line but never a value."""
    if data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[")):
        return _parse_json(data, _FILE)
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    found: JsonObject = {}
    for number, key, value in _pairs(iter(enumerate(text.split("\n"), 1))):
        if key in found:
            raise InvalidInput(f"{_FILE}, line {number}: the key {key!r} is given twice")
        found[key] = value
    return found


def _read_file(path: str) -> bytes:
    try:
        # The step may have put anything there: a link would lead to another file, a pipe would block.
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise InvalidInput(f"{_FILE} cannot be read: {error.strerror}") from None
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise InvalidInput(f"{_FILE} is no longer a regular file")
    with open(fd, "rb") as file:
        data = file.read(MAX_SIZE + 1)
    if len(data) > MAX_SIZE:
        raise too_large(_FILE)
    return data


def _parse_json(data: bytes, source: str) -> JsonObject:
    from gitflow.core.strict_json import NotJson, read_json

    if len(data) > MAX_SIZE:
        raise too_large(source)
    try:
        value = read_json(data.decode("utf-8-sig", "replace"), unique=True)
    except NotJson as error:
        raise InvalidInput(f"{source} is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise InvalidInput(f'{source} must hold a JSON object, such as {{"key": "value"}}')
    return value  # pyright: ignore[reportUnknownVariableType]


def _pairs(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str, str]]:
    for number, line in lines:
        if not line.strip():
            continue
        key, equals, value = line.partition("=")
        name, block, end = line.partition("<<")
        if block and len(name) < len(key):
            yield number, _key(name, number), _block(lines, end.strip(), number)
        elif equals:
            yield number, _key(key, number), value
        else:
            raise InvalidInput(f"{_FILE}, line {number}: expected key=value, key<<END or a JSON object")


def _key(text: str, number: int) -> str:
    key = text.strip()
    if not key:
        raise InvalidInput(f"{_FILE}, line {number}: there is no key before the value")
    return key


def _block(lines: Iterator[tuple[int, str]], end: str, number: int) -> str:
    if not end:
        raise InvalidInput(f"{_FILE}, line {number}: write key<<END, then the lines of the value, then END")
    found: list[str] = []
    for _, line in lines:
        if line == end:
            return "\n".join(found)
        found.append(line)
    raise InvalidInput(f"{_FILE}, line {number}: the value has no end; its last line must be the word after <<")
