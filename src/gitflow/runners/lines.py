"""Turns what a process printed, in whatever pieces it comes, into whole lines of valid UTF-8.

Ordinary text passes through by the chunk, without a look at single lines. An unfinished line waits for
its end. The result does not depend on how the stream was cut.
"""

from __future__ import annotations

#: Longer lines are split into pieces of at most so many bytes.
MAX_LINE_BYTES = 64 * 1024
#: Stands at the end of every piece of a split line but the last.
SPLIT_MARK = " … (the line goes on)".encode()


class LineCutter:
    """One stream: ``feed`` it, ``flush`` at its end. Gives bytes that are empty or end with a line feed."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> bytes:
        end = data.rfind(b"\n") + 1
        if not end:
            self._rest += data
            return _clean(self._cut_rest()) if len(self._rest) > MAX_LINE_BYTES else b""
        whole = self._rest + data[:end] if self._rest else data[:end]
        self._rest = data[end:]
        lines = _split_long_lines(whole)
        return _clean(lines + self._cut_rest() if len(self._rest) > MAX_LINE_BYTES else lines)

    def flush(self) -> bytes:
        last, self._rest = self._rest, b""
        return _clean(last + b"\n") if last else b""

    def _cut_rest(self) -> bytes:
        pieces, self._rest = _pieces(self._rest)
        return pieces


def _split_long_lines(lines: bytes) -> bytes:
    """The same lines, the long ones split. Looks at one line end in every 64 KiB as long as there is one."""
    at = 0
    while len(lines) - at > MAX_LINE_BYTES:
        end = lines.rfind(b"\n", at, at + MAX_LINE_BYTES + 1)
        if end < 0:
            return lines[:at] + _split_each(lines[at:])
        at = end + 1
    return lines


def _split_each(lines: bytes) -> bytes:
    return b"".join(b"".join(_pieces(line)) + b"\n" for line in lines[:-1].split(b"\n"))


def _pieces(line: bytes) -> tuple[bytes, bytes]:
    """The marked pieces of a long line, each a line of its own, and what remains."""
    pieces: list[bytes] = []
    at = 0
    while len(line) - at > MAX_LINE_BYTES:
        cut = _before_character(line, at + MAX_LINE_BYTES)
        pieces += (line[at:cut], SPLIT_MARK, b"\n")
        at = cut
    return b"".join(pieces), line[at:]


def _before_character(data: bytes, at: int) -> int:
    """The nearest place not after ``at`` that is not inside a character."""
    for back in range(4):
        if data[at - back] & 0xC0 != 0x80:
            return at - back
    return at


def _clean(lines: bytes) -> bytes:
    if b"\r" in lines:
        lines = lines.replace(b"\r\n", b"\n")
    if lines.isascii():
        return lines
    try:
        lines.decode()
    except UnicodeDecodeError:
        return lines.decode("utf-8", "replace").encode()
    return lines
