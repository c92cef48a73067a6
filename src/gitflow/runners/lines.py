"""Converts the output of a process, in chunks of any size, to complete lines of valid UTF-8.

Ordinary text passes chunk by chunk without looking at single lines. An incomplete line waits for
its end. The result does not depend on the chunks.
"""

from __future__ import annotations

#: Longer lines are split into pieces of at most this many bytes.
MAX_LINE_BYTES = 64 * 1024
#: The end of every piece of a split line except the last.
SPLIT_MARK = " … (the line continues)".encode()


class LineCutter:
    """Cuts one stream: ``feed`` it, and ``flush`` at its end. The results are empty or end with a line feed."""

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
    """Splits long lines. It only has to find one line end in every 64 KiB."""
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
    """The pieces of a long line, each a line with the mark, and the rest."""
    pieces: list[bytes] = []
    at = 0
    while len(line) - at > MAX_LINE_BYTES:
        cut = _before_character(line, at + MAX_LINE_BYTES)
        pieces += (line[at:cut], SPLIT_MARK, b"\n")
        at = cut
    return b"".join(pieces), line[at:]


def _before_character(data: bytes, at: int) -> int:
    """The largest offset up to ``at`` that is not inside a character."""
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
