"""How much of what was sent a client has not taken yet.

A slow client is told from one that takes nothing by this number going down: neither the time that one write takes nor
whether the transport still holds something says so, since the kernel holds up to some megabytes of its own.
"""

from __future__ import annotations

import fcntl
import sys
import termios
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio


def untaken(transport: asyncio.WriteTransport | None) -> int:
    """In bytes; 0 for a connection that is gone."""
    if transport is None:
        return 0
    connection = transport.get_extra_info("socket")
    fd = -1 if connection is None else connection.fileno()
    return transport.get_write_buffer_size() + (_in_kernel(fd) if fd >= 0 else 0)


def _in_kernel(fd: int) -> int:
    """What was sent and not acknowledged. 0 where the kernel does not tell."""
    try:
        return int.from_bytes(fcntl.ioctl(fd, termios.TIOCOUTQ, bytes(4)), sys.byteorder)
    except OSError:
        return 0
