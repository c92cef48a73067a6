"""Waits for descriptors that can be read, as ``selectors`` does; importing that takes 3 million instructions."""

from __future__ import annotations

import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Callback = Callable[[], object]


class Selector:
    """Descriptors, each with what is called when it can be read, or when its other end is closed."""

    def __init__(self) -> None:
        self._callbacks: dict[int, Callback] = {}
        self._epoll = select.epoll() if hasattr(select, "epoll") else None
        self._poll = select.poll() if self._epoll is None else None  # systems other than Linux

    def register(self, fd: int, callback: Callback) -> None:
        if fd in self._callbacks:
            raise KeyError(f"descriptor {fd} is registered already")
        if self._epoll is not None:
            self._epoll.register(fd, select.EPOLLIN)
        elif self._poll is not None:
            self._poll.register(fd, select.POLLIN)
        self._callbacks[fd] = callback

    def unregister(self, fd: int) -> None:
        """Raises KeyError for one that is not registered. It may be closed already."""
        del self._callbacks[fd]
        try:
            if self._epoll is not None:
                self._epoll.unregister(fd)
            elif self._poll is not None:
                self._poll.unregister(fd)
        except OSError:
            pass  # the kernel has let go of a closed one

    def serve(self, timeout_s: float | None) -> None:
        """Waits at most so long until descriptors are ready, and calls back once for each of them."""
        ready = [(fd, self._callbacks[fd]) for fd in self._ready(timeout_s)]
        for fd, callback in ready:
            if self._callbacks.get(fd) is callback:  # no earlier callback has unregistered it
                callback()

    def _ready(self, timeout_s: float | None) -> list[int]:
        if self._epoll is not None:
            return [fd for fd, _ in self._epoll.poll(timeout_s, max(len(self._callbacks), 1))]
        assert self._poll is not None
        return [fd for fd, _ in self._poll.poll(None if timeout_s is None else timeout_s * 1000)]

    def close(self) -> None:
        if self._epoll is not None:
            self._epoll.close()
