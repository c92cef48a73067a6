"""The receiving side of a WebSocket (RFC 6455): reads text frames, answers pings and closes."""

from __future__ import annotations

import base64
import os
from contextlib import suppress
from enum import IntEnum
from typing import TYPE_CHECKING

from gitflow.cli.backends.client import Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from socket import socket as Socket
    from typing import BinaryIO

    from gitflow.cli.backends.client import Client

OK = 1000
#: WebSocket close code -> why the server closed the connection.
_REASONS = {1001: "stops", 1013: "cannot continue at the moment"}
_FINAL, _MASKED, _OPCODE, _LENGTH = 0x80, 0x80, 0x0F, 0x7F

#: The longest message that is accepted, in bytes: a hundred times what the server sends.
MAX_LENGTH = 32 * 1024 * 1024


class Opcode(IntEnum):
    CLOSE = 8
    PING = 9
    PONG = 10


class Broken(Unreachable):
    """The connection ended before the last message."""


def read_messages(client: Client, path: str, query: Mapping[str, object]) -> Iterator[bytes]:
    """Yields each message until the server closes normally. Raises ServerRefused, Unreachable and Broken."""
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
    }
    with client.open("GET", path, query, headers) as (connection, response):
        if response.status != 101:
            raise Unreachable(f"{client.url} does not speak WebSocket; does a proxy in front of it allow that?")
        # The buffer that the headers were read with: it may hold the first frames already.
        wire = Wire(response.fp, connection.sock)
        try:
            yield from _join_frames(wire, client.url)
        except (OSError, EOFError) as error:
            raise Broken(f"the connection to {client.url} broke: {error or type(error).__name__}") from None


class Wire:
    """Reads and writes WebSocket frames."""

    def __init__(self, stream: BinaryIO, socket: Socket) -> None:
        self._stream = stream
        self._socket = socket

    def read(self) -> tuple[bool, int, bytes]:
        """Whether the frame ends its message, its opcode and its payload. Raises EOFError, OSError and Broken."""
        first, second = self._read_exactly(2)
        size = second & _LENGTH
        if size >= 126:
            size = int.from_bytes(self._read_exactly(2 if size == 126 else 8), "big")
        if second & _MASKED or size > MAX_LENGTH:
            raise Broken("the server does not speak valid WebSocket")
        return bool(first & _FINAL), first & _OPCODE, self._read_exactly(size)

    def write(self, opcode: int, payload: bytes) -> None:
        """A control frame, masked as a client's must be."""
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload[:125]))
        self._socket.sendall(bytes([_FINAL | opcode, _MASKED | len(masked)]) + mask + masked)

    def _read_exactly(self, size: int) -> bytes:
        data = self._stream.read(size)
        if len(data) < size:
            raise EOFError("it was closed without a close frame")
        return data


def _join_frames(wire: Wire, url: str) -> Iterator[bytes]:
    parts: list[bytes] = []
    while True:
        is_final, opcode, payload = wire.read()
        match opcode:
            case Opcode.CLOSE:
                _close(wire, payload, url)
                return
            case Opcode.PING:
                wire.write(Opcode.PONG, payload)
            case Opcode.PONG:
                pass
            case _:
                parts.append(payload)
                if is_final:
                    yield b"".join(parts)
                    parts = []


def _close(wire: Wire, payload: bytes, url: str) -> None:
    """Raises Broken for an abnormal close, after which the caller may connect again."""
    code = int.from_bytes(payload[:2], "big")
    with suppress(OSError):
        wire.write(Opcode.CLOSE, payload[:2])
    if code != OK:
        raise Broken(f"{url} {_REASONS.get(code, f'closed the connection ({code})')}")
