"""Requests as no client of good will sends them: bytes over a socket, and what comes back for them."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from running import TIMEOUT_S, Running

EXECUTE = "/api/workspaces/default/tasks/hello-world/execute"


class RawResponse:
    """One answer, as it stood on the wire."""

    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        return next((value for given, value in self.headers if given.lower() == name.lower()), None)

    def __repr__(self) -> str:
        return f"{self.status} {self.headers} {self.body[:300]!r}"


@contextmanager
def connected(server: Running) -> Iterator[socket.socket]:
    with socket.create_connection(server.address, timeout=TIMEOUT_S) as client:
        yield client


def read_responses(client: socket.socket) -> list[RawResponse]:
    """Every answer until the server closes the connection."""
    with client.makefile("rb") as file:
        return list(_answers(file))


def attack(server: Running, sent: bytes) -> list[RawResponse]:
    """The responses to these bytes; the server must close the connection by itself in the end."""
    with connected(server) as client:
        with suppress(BrokenPipeError, ConnectionResetError):  # refused before all of it was sent
            client.sendall(sent)
        return read_responses(client)


def get(path: str, *headers: str, method: str = "GET", body: bytes = b"", closing: bool = True) -> bytes:
    """A request, the last of its connection unless ``closing`` is False."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    if closing:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _answers(file: Any) -> Iterator[RawResponse]:
    while line := _line(file):
        assert line.startswith("HTTP/1."), line
        headers: list[tuple[str, str]] = []
        while header := _line(file):
            name, _, value = header.partition(": ")
            headers.append((name, value))
        answer = RawResponse(int(line.split()[1]), headers, b"")
        length = answer.header("Content-Length")
        answer.body = file.read(int(length)) if length else b""
        yield answer


def _line(file: Any) -> str:
    try:
        return file.readline().decode("latin-1").rstrip("\r\n")
    except ConnectionResetError:
        return ""
