"""Which lines of a container have been sent to the engine, and in which pieces they go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.dispatch import frames

if TYPE_CHECKING:
    from collections.abc import Iterable


class Lines:
    """Counts the lines of one stream, and drops those that were stored before this server started."""

    def __init__(self, *, drop: int = 0, sent: int = 0) -> None:
        self._drop = drop
        self._sent = sent or drop

    def new(self, count: int, data: bytes) -> list[tuple[int, int, bytes]]:
        """``(number of lines before it, number of lines, data)`` of everything that has not been sent yet, in pieces
        that fit into a frame."""
        dropped = min(self._drop, count)
        self._drop -= dropped
        if dropped == count:
            return []
        found: list[tuple[int, int, bytes]] = []
        for piece in _pieces(data.split(b"\n", dropped)[dropped]):
            number = piece.count(b"\n")
            found.append((self._sent, number, piece))
            self._sent += number
        return found


def _pieces(data: bytes) -> Iterable[bytes]:
    while len(data) > frames.MAX_LOG_BYTES:
        end = data.rfind(b"\n", 0, frames.MAX_LOG_BYTES) + 1
        yield data[:end]
        data = data[end:]
    yield data
