"""Reads the log of a step's container, each line exactly once, across broken connections and restarts of the server.

The API server puts a time stamp before each line. After a break, everything since the second of the last stamp is read
again, and the lines that were read before are dropped. After a restart of the server, the log is read from its
beginning, and as many lines are dropped as the store has. That works because a container's log never changes, and masks
and limits are the same.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime
from itertools import takewhile
from typing import TYPE_CHECKING

from gitflow.dispatch.kubernetes.client import Refused, Unreachable
from gitflow.dispatch.kubernetes.manifests import STEP_CONTAINER

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gitflow.dispatch.kubernetes.client import Client

#: The length of a time stamp such as 2026-11-30T13:00:00.000000000Z.
_LENGTH = 30
#: The pause before the log is asked for again, in seconds.
AGAIN_S = 0.3


class LineCounter:
    """Takes pieces of a log with time stamps, and returns the text of new lines."""

    def __init__(self) -> None:
        self._rest = b""
        self._last = b""  #: the stamp of the last line
        self._at_last = 0  #: how many lines with this stamp were taken
        self._to_drop = 0  #: how many lines with this stamp will be read again

    @property
    def since(self) -> str | None:
        """The second of the last stamp; None if there was no line yet."""
        return self._last[:19].decode() + "Z" if self._last else None

    def begin(self) -> None:
        """Call it before the log is read again from ``since``."""
        self._rest, self._to_drop = b"", self._at_last

    def feed(self, data: bytes) -> bytes:
        *lines, self._rest = (self._rest + data).split(b"\n")
        return b"".join(text + b"\n" for line in lines if (text := self._take(line)) is not None)

    def end(self) -> bytes:
        """The last line, which may lack its line end."""
        last, self._rest = self._rest, b""
        return (self._take(last) or b"") if last else b""

    def _take(self, line: bytes) -> bytes | None:
        given, _, text = line.partition(b" ")
        stamp = normal(given)
        if stamp < self._last:
            return None
        if stamp == self._last:
            if self._to_drop:
                self._to_drop -= 1
                return None
            self._at_last += 1
        else:
            self._last, self._at_last, self._to_drop = stamp, 1, 0
        return text


def normal(stamp: bytes) -> bytes:
    """A time stamp in UTC with nine digits, so that stamps can be compared as text. Nodes may use another time zone."""
    if len(stamp) == _LENGTH and stamp.endswith(b"Z"):
        return stamp
    text = stamp.decode("ascii", "replace")
    try:
        at = datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return stamp
    fraction = "".join(takewhile(str.isdigit, text.partition(".")[2]))
    return f"{at:%Y-%m-%dT%H:%M:%S}.{fraction:0<9.9}Z".encode()


class PodLog:
    """``feed`` takes the text, and may wait. ``has_ended`` returns whether the container has ended."""

    def __init__(
        self, client: Client, pod: str, feed: Callable[[bytes], Awaitable[None]], has_ended: Callable[[], bool]
    ) -> None:
        self._client = client
        self._pod = pod
        self._feed = feed
        self._has_ended = has_ended
        self._counter = LineCounter()

    async def follow(self) -> None:
        """Returns once the whole log was read: the container had ended before the last read began."""
        while True:
            had_ended = self._has_ended()
            try:
                await self._read(follow=not had_ended)
            except Refused as refused:
                if refused.status == 404 or had_ended:  # the pod is gone
                    break
            except Unreachable:
                had_ended = False
            if had_ended:
                break
            await asyncio.sleep(AGAIN_S)
        await self._feed(self._counter.end())

    async def _read(self, *, follow: bool) -> None:
        self._counter.begin()
        log = self._client.log(self._pod, STEP_CONTAINER, since=self._counter.since, follow=follow)
        async with aclosing(log) as pieces:
            async for piece in pieces:
                text = self._counter.feed(piece)
                if text:
                    await self._feed(text)
