"""The engine of a server: in a thread of its own, which alone writes to the store, until the server stops.

A stop first lets what runs come to its end, and starts nothing new. What has not ended in time is ended; its jobs stay
open, and whoever opens the store next goes on with them.
"""

from __future__ import annotations

import logging
import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.runtime.engine import Engine

_log = logging.getLogger("gitflow.engine")


class _Stopped(BaseException):
    """What still runs is to be ended."""


class EngineThread:
    def __init__(self, engine: Engine, on_death: Callable[[], None]) -> None:
        """``on_death`` is called in the thread when the engine fails: nothing can be done any more."""
        self._engine = engine
        self._on_death = on_death
        self._stop_by: float | None = None  #: monotonic; from now on nothing new is started
        self._thread = threading.Thread(target=self._run, name="engine")
        self.failure: BaseException | None = None

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def stop(self, drain_s: float) -> None:
        """Asks it to end; called again, it takes the sooner moment. Follow it with ``join``."""
        by = time.monotonic() + drain_s
        self._stop_by = by if self._stop_by is None else min(by, self._stop_by)
        self._engine.worker.is_closed = True
        self._engine.runner.wake()

    def join(self) -> None:
        """Returns when it has ended; whoever calls this waits."""
        while self._thread.is_alive():
            self._thread.join(0.2)
            self._engine.runner.wake()

    def _run(self) -> None:
        try:
            self._engine.run(self._is_over)
        except _Stopped:
            return
        except BaseException as error:
            self.failure = error
            _log.critical("the engine has failed, and the server ends", exc_info=error)
            self._on_death()

    def _is_over(self) -> bool:
        if self._stop_by is None:
            return False
        if not self._engine.runner.running and not self._engine.office.has_work():
            return True
        if time.monotonic() >= self._stop_by:
            raise _Stopped
        return False
