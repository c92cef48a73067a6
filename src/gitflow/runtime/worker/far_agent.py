"""What the fleet knows of one agent, and how connections reach the engine's thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.dispatch.base import Taker
from gitflow.runtime.worker.attempt_tokens import AttemptTokens
from gitflow.runtime.worker.far_worker import FarEnd, FarWorker
from gitflow.runtime.worker.worker import WorkerSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitflow.dispatch.frames import Hello
    from gitflow.dispatch.shared import SharedDispatch
    from gitflow.runners.runner import Runner
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.engine.log_writer import LogWriter
    from gitflow.runtime.engine.orchestrator import Orchestrator
    from gitflow.runtime.worker.far_worker import Peer
    from gitflow.runtime.worker.step_dirs import StepDirs
    from gitflow.runtime.worker.step_input import Renderer
    from gitflow.stores.protocols.workers import WorkerRow
    from gitflow.stores.registry import Stores

    Key = tuple[str, str, int]


class Left(Record):
    """The connection of an agent has ended."""


class Resume(Record):
    """A frame of a cluster, which keeps no assignments: the attempt, which an earlier server may have started, is to be
    sent again, after the number of its stored lines."""

    token: str


class FleetParts(Record):
    """The parts of the engine that the fleet uses."""

    orchestrator: Orchestrator
    dispatch: SharedDispatch
    stores: Stores
    log_writer: LogWriter
    runner: Runner
    renderer: Renderer
    step_dirs: StepDirs
    clock: Clock
    chance: Callable[[], float]
    tokens: AttemptTokens
    lease_s: float  #: after so many seconds of silence, the attempts of an agent are lost
    is_traced: bool

    def make_agent(self, worker_id: str) -> FarAgent:
        settings = WorkerSettings(worker_id, slots=0, is_traced=self.is_traced)
        given = (self.orchestrator, self.runner, self.renderer, self.step_dirs, self.clock, settings, self.chance)
        worker = FarWorker(*given, dispatch=self.dispatch, end=FarEnd(worker_id, self.tokens))
        return FarAgent(worker, self.clock.now())


class FarAgent:
    """An agent that this server knows. It is connected, or expected to come back."""

    def __init__(self, worker: FarWorker, now: float) -> None:
        self.worker = worker
        self.name = "agent"
        self._row: WorkerRow | None = None  #: its row in the store; None: it has not connected to this server yet
        self._known_since = now
        self._arrived: dict[tuple[Key, str], int] = {}  #: (attempt, stream) -> number of lines that have arrived

    @property
    def id(self) -> str:
        return self.worker.end.worker_id

    @property
    def peer(self) -> Peer | None:
        return self.worker.end.peer

    def heard_at(self) -> float:
        return self._known_since if self.peer is None else max(self._known_since, self.peer.heard_at)

    def connect(self, peer: Peer, hello: Hello, now: float) -> None:
        self.name, self._known_since = hello.name, now
        self.worker.end.connect(peer)
        self.worker.serve(peer.taker, hello.slots)

    @property
    def row(self) -> WorkerRow | None:
        return self._row

    def keep_row(self, row: WorkerRow) -> WorkerRow:
        """Call it before the row is stored."""
        self._row = row
        return row

    def disconnect(self) -> None:
        self._known_since = self.heard_at()
        self.worker.end.connect(None)
        self.worker.serve(None)

    def has_arrived(self, key: Key, stream: str) -> int | None:
        """How many lines of a stream of an attempt have arrived; None if none has."""
        return self._arrived.get((key, stream))

    def set_arrived(self, key: Key, stream: str, lines: int) -> None:
        self._arrived[key, stream] = lines

    def forget_lines(self, keys: Sequence[Key]) -> None:
        self._arrived = {place: count for place, count in self._arrived.items() if place[0] not in keys}

    def drop(self, keys: Sequence[Key]) -> None:
        """These attempts do not count any more."""
        self.worker.drop(keys)
        self.forget_lines(keys)


def taker_of(worker_id: str, hello: Hello, workspaces: frozenset[str] | None) -> Taker:
    return Taker(worker_id, hello.name, frozenset(hello.tags), workspaces, hello.exclusive)
