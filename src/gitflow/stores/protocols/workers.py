"""What a store keeps of workers. Synchronous, like stores/protocols/jobs.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import record

if TYPE_CHECKING:
    from typing import Protocol


@record
class WorkerRow:
    """Times are seconds since the epoch."""

    id: str
    name: str
    tags: tuple[str, ...]
    version: str
    registered_at: float
    last_heartbeat: float
    running: int = 0  #: steps it runs
    ended_at: float | None = None  #: it has said good-bye


if TYPE_CHECKING:

    class WorkerStore(Protocol):
        def register(self, worker: WorkerRow) -> None: ...

        def beat(self, id: str, at: float, running: int) -> None:
            """It lives, and runs so many steps."""
            ...

        def end(self, id: str, at: float) -> None: ...

        def forget(self, before: float) -> None:
            """Those that were not heard of since."""
            ...

        def workers(self, limit: int = 50, offset: int = 0) -> list[WorkerRow]:
            """Newest first."""
            ...

        def worker(self, id: str) -> WorkerRow:
            """Raises NotFound."""
            ...
