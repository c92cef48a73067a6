"""Runs the engine of a server in a thread of its own, the only one that writes to the store."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from gitflow.core.errors import NotActive

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.runtime.engine.engine import Engine

_log = logging.getLogger("gitflow.engine")


class EngineThread:
    def __init__(self, engine: Engine, on_end: Callable[[], None]) -> None:
        """``on_end`` is called in the thread when the engine fails or has been drained, which ends the server."""
        self._engine = engine
        self._on_end = on_end
        self._is_draining = False
        self._thread = threading.Thread(target=self._run, name="engine")
        self.failure: BaseException | None = None

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def stop(self, drain_s: float) -> None:
        """Requests the stop (``Engine.stop``); called again, the sooner deadline counts. Follow it with ``join``."""
        self._engine.stop(drain_s)

    def drain(self, drain_s: float) -> None:
        """Stops it in the same way, and ends the server once it has stopped."""
        self._is_draining = True
        self.stop(drain_s)

    def join(self) -> None:
        """Blocks until it has ended."""
        self._thread.join()

    def _run(self) -> None:
        try:
            self._engine.run(lambda: False)
        except NotActive as error:
            self.failure = error
            _log.warning("another server has taken the place of this one, whose steps have ended: %s", error)
        except BaseException as error:
            self.failure = error
            _log.critical("the engine has failed, and the server ends", exc_info=error)
        if self._is_draining or self.failure is not None:
            self._on_end()
