"""How other threads reach the engine's: it waits in the runner."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.runners.runner import Runner


class Bell:
    """Calls back in the engine's thread once somebody has rung in another."""

    def __init__(self, runner: Runner, callback: Callable[[], None]) -> None:
        self._fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._callback = callback
        self._runner = runner
        runner.register(self._fd, self._answer)

    def ring(self) -> None:
        os.eventfd_write(self._fd, 1)

    def _answer(self) -> None:
        os.eventfd_read(self._fd)
        self._callback()
        self._runner.wake()  # there may be something to commit now
