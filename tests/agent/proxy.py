"""A network before a server that can be cut, or fall silent, and be mended."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Proxy:
    """``cut`` breaks every connection and refuses new ones; ``freeze`` keeps them, and nothing passes any more, as on a
    line that is down. ``mend`` ends both."""

    def __init__(self, address: str) -> None:
        host, _, port = address.removeprefix("http://").rpartition(":")
        self._target = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self._is_cut = False
        self._passes = threading.Event()
        self._passes.set()
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._is_cut = True
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._ends.clear()

    def freeze(self) -> None:
        self._passes.clear()

    def mend(self) -> None:
        self._is_cut = False
        self._passes.set()

    def close(self) -> None:
        self.mend()
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self._is_cut:
                    near.close()
                    continue
                far = socket.create_connection(self._target)
                self._ends += [near, far]
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=self._copy, args=(source, target), daemon=True).start()

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._passes.wait()
                target.sendall(data)
        self._passes.wait()  # the end of a connection does not pass either
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
