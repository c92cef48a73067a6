"""How many bytes of an answer the client has not acknowledged yet.

While this number goes down the client is reading, if slowly. Neither the duration of a write nor the size of the
transport's buffer shows that, because the kernel buffers up to some megabytes itself.
"""

from __future__ import annotations

import fcntl
import sys
import termios
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio


def unacknowledged(transport: asyncio.WriteTransport | None) -> int:
    """The number of bytes in both buffers; 0 for a closed connection."""
    if transport is None:
        return 0
    connection = transport.get_extra_info("socket")
    fd = -1 if connection is None else connection.fileno()
    return transport.get_write_buffer_size() + (_in_kernel(fd) if fd >= 0 else 0)


def _in_kernel(fd: int) -> int:
    """The number of bytes in the kernel's send queue; 0 if it is unknown."""
    try:
        return int.from_bytes(fcntl.ioctl(fd, termios.TIOCOUTQ, bytes(4)), sys.byteorder)
    except OSError:
        return 0
