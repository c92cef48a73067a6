"""An interrupt ends a test with real steps at the next turn of its engine, and never while a process is being started:
the engine would not know of it, and could not end it."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """While inside, an interrupt wakes the engine, and ``check`` raises it."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._is_requested = False
        self._before: dict[int, object] = {}

    def check(self) -> None:
        """Raises KeyboardInterrupt."""
        if self._is_requested:
            raise KeyboardInterrupt

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():  # signals are handled in no other
            self._before = {number: signal.signal(number, self._interrupt) for number in SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self._is_requested = True
        self._wake()
