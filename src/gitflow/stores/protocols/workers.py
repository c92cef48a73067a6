"""Workers. Synchronous, like stores/protocols/jobs.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record

if TYPE_CHECKING:
    from typing import Protocol


#: Kinds of workers: inside a server, or an agent on any machine.
EMBEDDED, AGENT = "embedded", "agent"


class WorkerRow(Record):
    """Times are seconds since the epoch."""

    id: str
    name: str
    tags: tuple[str, ...]
    version: str
    registered_at: float
    last_heartbeat: float
    running: int = 0  #: how many steps it runs now
    ended_at: float | None = None  #: when it ended
    slots: int | None = None  #: how many steps it may run at once; None: an older version has registered it
    kind: str = EMBEDDED


if TYPE_CHECKING:

    class WorkerStore(Protocol):
        def register(self, worker: WorkerRow) -> None:
            """Adds a worker. An agent that comes back is active again, with its former id."""
            ...

        def agents(self) -> set[str]:
            """The ids of all agents."""
            ...

        def beat(self, id: str, at: float, running: int) -> None:
            """Stores a heartbeat, with the number of running steps."""
            ...

        def end(self, id: str, at: float) -> None: ...

        def forget(self, before: float) -> None:
            """Deletes workers that have sent no heartbeat since then."""
            ...

        def workers(self, limit: int = 50, offset: int = 0) -> list[WorkerRow]:
            """Newest first."""
            ...

        def worker(self, id: str) -> WorkerRow:
            """Raises NotFound."""
            ...
