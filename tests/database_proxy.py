"""A proxy before PostgreSQL, for tests: it counts round trips, and cuts the line around a commit."""

from __future__ import annotations

import re
import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit, urlunsplit

#: As psycopg sends it the first times: a simple query, or the statement that it prepares, with its name.
COMMIT = b"COMMIT\0"
PREPARED = re.compile(rb"(_pg3_\w+)\0COMMIT\0")


class DatabaseProxy:
    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._server = (parts.hostname, parts.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.url = urlunsplit(parts._replace(netloc=f"{parts.username}@127.0.0.1:{port}"))
        self.trips = 0  #: how often the server answered after the client had said something
        self.cuts_before_commit = self.cuts_after_commit = 0  #: so many more commits are cut
        self.is_away = False  #: new connections are refused
        self._threads: list[threading.Thread] = []
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.is_away:
                client.close()
                continue
            server = socket.create_connection(self._server)
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._pairs.append((client, server))
            self._threads.append(threading.Thread(target=self._pass_on, args=(client, server)))
            self._threads[-1].start()

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        with selectors.DefaultSelector() as ready, suppress(OSError), client, server:
            ready.register(client, selectors.EVENT_READ)
            ready.register(server, selectors.EVENT_READ)
            has_asked = False
            commits = {COMMIT}  #: what the client's words hold where they commit
            while True:
                for key, _ in ready.select():
                    data = key.fileobj.recv(1 << 16)
                    if not data:
                        return
                    if key.fileobj is server:
                        self.trips += has_asked
                        has_asked = False
                        client.sendall(data)
                        continue
                    has_asked = True
                    commits.update(b"\0" + name + b"\0" for name in PREPARED.findall(data))
                    if any(words in data for words in commits) and self._cut(server, data):
                        return
                    server.sendall(data)

    def _cut(self, server: socket.socket, data: bytes) -> bool:
        if self.cuts_before_commit:
            self.cuts_before_commit -= 1
            return True
        if self.cuts_after_commit:
            self.cuts_after_commit -= 1
            server.sendall(data)
            server.recv(1 << 16)  # it is committed
            return True
        return False

    def cut_all(self) -> None:
        for pair in self._pairs:
            for one in pair:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut_all()
        self._accepting.join()
        for thread in self._threads:
            thread.join()


@contextmanager
def proxy_before(url: str) -> Iterator[DatabaseProxy]:
    proxy = DatabaseProxy(url)
    try:
        yield proxy
    finally:
        proxy.close()
