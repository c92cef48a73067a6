"""What a step hands on: read from the file it wrote, or from a line it printed.

The file holds a JSON object, or a line ``key=value`` for each value, where a value of several lines stands
between ``key<<END`` and ``END``. Without a file, the last line of stdout that begins with ``OUTPUT:`` counts.
"""

from __future__ import annotations

import os
import stat

from gitflow.core.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.core.values import Json, JsonObject

#: Of the file, and of the JSON in the line, in bytes.
LARGEST = 1024 * 1024
PREFIX = b"OUTPUT:"
_FILE = "the file $GITFLOW_OUTPUT"
_LINE = "the line OUTPUT:"


class OutputFinder:
    """Watches stdout, as it comes and in any pieces, for the last line that begins with ``OUTPUT:``."""

    __slots__ = ("_found", "_line")

    def __init__(self) -> None:
        self._found: bytes | None = None
        self._line: bytes | None = b""  # the unfinished line, while it may be such a line

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
        """What follows the prefix in the last such line; None if there was none."""
        self._end_line()
        return self._found

    def _search(self, lines: bytes) -> None:
        at = lines.rfind(b"\n" + PREFIX) + 1
        if lines.startswith(PREFIX, at):
            self._found = lines[at + len(PREFIX) : lines.index(b"\n", at)]

    def _grow(self, data: bytes) -> None:
        if self._line is None:
            return
        if len(self._line) <= LARGEST + len(PREFIX):  # one byte too many is enough to know
            self._line += data[: LARGEST + len(PREFIX) + 1]
        if not (self._line.startswith(PREFIX) or PREFIX.startswith(self._line)):
            self._line = None

    def _end_line(self) -> None:
        if self._line is not None and self._line.startswith(PREFIX):
            self._found = self._line[len(PREFIX) :]
        self._line = b""


def read_output(path: str, line: bytes | None) -> Json:
    """The step's output; None if it gave none. Raises InvalidInput."""
    data = _read_file(path)
    if data.strip():
        return parse_file(data)
    return None if line is None else _parse_json(line, _LINE)


def parse_file(data: bytes) -> JsonObject:
    """The values in an output file. Raises InvalidInput, naming a line and never a value."""
    if data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[")):
        return _parse_json(data, _FILE)
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    return dict(_pairs(iter(enumerate(text.split("\n"), 1))))


def _read_file(path: str) -> bytes:
    try:
        # The step may have put anything there: a link would name some other file, a pipe would block.
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise InvalidInput(f"{_FILE} cannot be read: {error.strerror}") from None
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise InvalidInput(f"{_FILE} is not a plain file any more")
    with open(fd, "rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise InvalidInput(f"{_FILE} is larger than 1 MiB; pass large data on as a file in $GITFLOW_ARTIFACTS")
    return data


def _parse_json(data: bytes, source: str) -> JsonObject:
    import json

    if len(data) > LARGEST:
        raise InvalidInput(f"{source} is larger than 1 MiB; pass large data on as a file in $GITFLOW_ARTIFACTS")
    text = data.decode("utf-8-sig", "replace")
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
        if "\\ud" in text or "\\uD" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise InvalidInput(f"{source} is not valid JSON: {error.msg} at {place}") from None
    except UnicodeEncodeError:
        raise InvalidInput(f"{source} is not valid JSON: it has half of a surrogate pair") from None
    except ValueError as error:
        raise InvalidInput(f"{source} is not valid JSON: {error}") from None
    except RecursionError:
        raise InvalidInput(f"{source} is nested too deeply") from None
    if not isinstance(value, dict):
        raise InvalidInput(f'{source} must hold a JSON object, such as {{"key": "value"}}')
    return value  # pyright: ignore[reportUnknownVariableType]


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _pairs(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[str, str]]:
    for number, line in lines:
        if not line.strip():
            continue
        key, equals, value = line.partition("=")
        name, block, end = line.partition("<<")
        if block and len(name) < len(key):
            yield _key(name, number), _block(lines, end.strip(), number)
        elif equals:
            yield _key(key, number), value
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
