"""Tells systemd that the process is ready, alive, or stopping: datagrams to the socket that systemd names.

See sd_notify(3) and sd_watchdog_enabled(3). Without systemd, nothing is sent.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, MutableMapping

_log = logging.getLogger("gitflow")

#: systemd's variables. WATCHDOG_PID names the process that they are for.
SOCKET, WATCHDOG_USEC, WATCHDOG_PID = "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"

#: A process says so often that it is alive within the time that systemd waits for it.
MESSAGES = 3


class ServiceManager:
    def __init__(self, environ: MutableMapping[str, str]) -> None:
        """Removes the variables from the environment, since they are not for the processes that this one starts."""
        self._address = environ.pop(SOCKET, "")
        usec, pid = environ.pop(WATCHDOG_USEC, ""), environ.pop(WATCHDOG_PID, "")
        is_for_us = pid in ("", str(os.getpid())) and usec.isdecimal() and bool(self._address)
        self._pause_s = int(usec) / 1e6 / MESSAGES if is_for_us else 0.0  #: 0: systemd does not watch
        self._next = 0.0

    def ready(self) -> None:
        self._send("READY=1")

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def alive(self) -> None:
        """Sends something only where it is due, so that a loop can call this at each turn."""
        now = time.monotonic()
        if self._pause_s and now >= self._next:
            self._next = now + self._pause_s
            self._send("WATCHDOG=1")

    @asynccontextmanager
    async def watching_event_loop(self) -> AsyncGenerator[None]:
        """Says that the process is alive while its event loop goes on."""
        task = asyncio.create_task(self._repeat()) if self._pause_s else None
        try:
            yield
        finally:
            if task is not None:
                task.cancel()

    async def _repeat(self) -> None:
        while True:
            self.alive()
            await asyncio.sleep(self._pause_s)

    def _send(self, state: str) -> None:
        if not self._address:
            return
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connection:
                connection.setblocking(False)  # a full socket must not hold up the event loop
                connection.sendto(state.encode(), address)
        except OSError as error:
            _log.warning("cannot send %s to systemd at %s: %s", state, self._address, error.strerror or error)
