"""Agents and their links as a simulation has them: a spool, what runs, and messages that take their time or get lost.

A model does what ``gitflow.agent`` does, without processes: it begins an attempt once, keeps its report until the
server has it, and ends what may be tried again when it has not heard of a server for long. ``Sim`` has the clock and
the chance.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gitflow.agent.watchdog import FIRST_PAUSE_S, Watchdog, next_pause
from gitflow.dispatch import frames
from gitflow.dispatch.base import Taker
from gitflow.dispatch.sealed import seal
from gitflow.runners.base import Outcome
from gitflow.runtime.worker.far_agent import Left
from gitflow.runtime.worker.wire import dump_outcome

if TYPE_CHECKING:
    import random
    from collections import Counter
    from collections.abc import Callable
    from typing import Protocol

    from gitflow.app import App

    Key = tuple[str, str, int]

    class Sim(Protocol):
        chance: random.Random
        figures: Counter[str]

        @property
        def now(self) -> float: ...
        def at(self, due_at: float, work: Callable[[], None]) -> None: ...
        def server(self) -> App | None:
            """One that answers who connects now; it may have been replaced."""
            ...

        def is_there(self, app: App) -> bool:
            """It has not died."""
            ...

        def is_running(self, app: App) -> bool:
            """It is not frozen."""
            ...

        def heard(self, agent: Agent) -> None:
            """A server has a message of the agent's present connection."""
            ...

        def begun(self, attempt: Attempt) -> None: ...


PING_S = 5.0
SILENT_S = 15.0  #: then an agent gives its connection up


@dataclass
class Attempt:
    """One that an agent has begun: its file in the spool."""

    key: Key
    token: str
    seal_key: bytes
    may_retry: bool
    agent: Agent
    began_at: float
    lines: int = 0
    sent: int = 0  #: lines that this connection was given
    outcome: Outcome | None = None  #: as it ended by itself, or was stopped
    lost: str | None = None  #: why nobody knows how it ended
    is_report_sent: bool = False
    kept: str | None = None  #: the answer to its report: kept or stale

    @property
    def has_ended(self) -> bool:
        return self.outcome is not None or self.lost is not None

    @property
    def held(self) -> frames.Held:
        return frames.Held(*self.key, self.token)

    def report(self) -> frames.Report:
        if self.outcome is None:
            return frames.Report(self.token, None, self.lost)
        return frames.Report(self.token, seal(dump_outcome(self.outcome, None), self.seal_key, self.token))


class Link:
    """A connection, as the server sees it (see Peer), and its messages that are under way."""

    keeps_assignments = True
    key_id = ""

    def __init__(self, sim: Sim, agent: Agent, app: App) -> None:
        fleet = app.fleet
        assert fleet is not None
        self.app, self._sim, self._agent, self._fleet = app, sim, agent, fleet
        self.worker_id = fleet.tokens.worker_id(agent.name, "")
        self.taker = Taker(self.worker_id, agent.name, frozenset(agent.tags))
        self.heard_at = sim.now
        self.running = 0
        self.is_cut = False  #: nothing goes to the agent any more
        self._loses = False  #: nor to the server
        self._to_agent: list[Any] = []
        self._to_server: list[Any] = []
        self._due = {id(self._to_agent): 0.0, id(self._to_server): 0.0}

    # From the server.

    def send(self, message: str | bytes, /) -> None:
        if not self.is_cut:
            self._under_way(self._to_agent, frames.read_from_server(message), self._reach_agent)

    def close(self, reason: str, *, may_try_again: bool) -> None:
        assert may_try_again or "again" in reason, reason
        self.is_cut = True
        self._sim.at(self._sim.now + self._sim.chance.random(), lambda: self._agent.lose(self))

    def forget(self, size: int, /) -> None:
        pass

    # From the agent.

    def say(self, frame: Any) -> None:
        self._under_way(self._to_server, frame, self._reach_server)

    def cut(self) -> None:
        """What is under way to the agent is lost; what is under way to the server may still arrive, however late."""
        self.is_cut = True
        self._loses = self._sim.chance.random() < 0.5
        if not self._loses:
            self._due[id(self._to_server)] += self._sim.chance.choice((0.0, 3.0, 40.0))
        if self._sim.chance.random() < 0.5:  # else the server finds out when the agent comes back, or falls silent
            last_due = max(self._sim.now, self._due[id(self._to_server)])
            self._sim.at(last_due + 5 * self._sim.chance.random(), self._tell_left)

    def _tell_left(self) -> None:
        if self._sim.is_there(self.app):
            self._fleet.post(self, Left(), 0)

    def _under_way(self, queue: list[Any], frame: Any, arrive: Callable[[], None]) -> None:
        """In order; now and then one is sent twice."""
        chance = self._sim.chance
        is_double = not isinstance(frame, frames.Hello | frames.Welcome) and chance.random() < 0.05
        for _ in range(2 if is_double else 1):
            delay_s = chance.choice((0.0, 0.0, 0.01, 1.0, 8.0)) * chance.random()
            self._due[id(queue)] = due = max(self._due[id(queue)], self._sim.now + delay_s)
            queue.append(frame)
            self._sim.at(due, arrive)
        self._sim.figures["messages sent twice"] += is_double

    def _reach_agent(self) -> None:
        frame = self._to_agent.pop(0)
        if self.is_cut:
            self._sim.figures["messages lost"] += 1
        elif self._agent.link is self:
            self._agent.hear(frame)

    def _reach_server(self) -> None:
        frame = self._to_server.pop(0)
        if self._loses or not self._sim.is_there(self.app):
            self._sim.figures["messages lost"] += 1
            return
        self.heard_at = self._sim.now
        if self._agent.link is self:
            self._sim.heard(self._agent)
        if isinstance(frame, frames.Ping):
            self.running = frame.running
            if self._sim.is_running(self.app):
                self.send(frames.dump(frames.Pong()))
        else:
            self._fleet.post(self, frame, 0)


@dataclass
class Agent:
    sim: Sim
    name: str
    slots: int
    tags: tuple[str, ...]
    link: Link | None = None
    is_welcome: bool = False
    epoch: int = 0  #: of the newest server that it was connected to
    heard_at: float = 0.0
    lease_s: float = 60.0
    is_dead: bool = False
    is_drained: bool = False
    life: int = 0  #: what an earlier process wanted to do is void
    accepted: dict[str, tuple[Key, bytes, bool]] = field(default_factory=dict)
    spool: dict[str, Attempt] = field(default_factory=dict)
    _pause_s: float = FIRST_PAUSE_S
    _watchdog: Watchdog = field(default_factory=lambda: Watchdog("retry"))

    def start(self) -> None:
        self.is_dead = False
        self.heard_at = self.sim.now
        for attempt in self.spool.values():
            if not attempt.has_ended:
                attempt.lost = "its agent was started again"
        self._soon(0.0, self._connect)
        self._soon(0.0, self._tick)

    def kill(self) -> None:
        """``kill -9``: what runs dies with it (its next process ends it), and the spool stays."""
        self.life += 1
        self.is_dead = True
        self.accepted.clear()
        if self.link is not None:
            self.link.cut()
            self.link = None

    def drain(self) -> None:
        """It takes nothing new, or again."""
        self.is_drained = not self.is_drained
        self._say(frames.Slots(self.free_slots))

    @property
    def free_slots(self) -> int:
        return 0 if self.is_drained else self.slots

    def lose(self, link: Link) -> None:
        """It notices that a connection has ended."""
        if self.link is link and not self.is_dead:
            self.link = None
            self._pause_s = next_pause(self._pause_s, self.lease_s)
            self._soon(self._pause_s * self.sim.chance.uniform(0.5, 1.0), self._connect)

    def _soon(self, delay_s: float, work: Callable[[], None]) -> None:
        life = self.life
        self.sim.at(self.sim.now + delay_s, lambda: work() if self.life == life else None)

    def _connect(self) -> None:
        if self.link is not None:
            return
        app = self.sim.server()
        if app is None:
            self._pause_s = next_pause(self._pause_s, self.lease_s)
            self._soon(self._pause_s, self._connect)
            return
        self.link, self.is_welcome = Link(self.sim, self, app), False
        accepted = [frames.Held(*key, token) for token, (key, _, _) in self.accepted.items()]
        held = (*accepted, *(attempt.held for attempt in self.spool.values()))
        self.link.say(frames.Hello(1, self.name, f"boot-{self.life}", self.name, "1", self.free_slots, self.tags, held))

    def _tick(self) -> None:
        """A ping; and what a silent server means."""
        silent_s = self.sim.now - self.heard_at
        if self.link is not None:
            self._say(frames.Ping(len(self.running())))
            if silent_s > SILENT_S:
                self.link.cut()
                self.lose(self.link)
        if self._watchdog.is_due(silent_s, self.lease_s):
            running = {attempt.key: attempt for attempt in self.running()}
            for key in self._watchdog.to_end({key: each.may_retry for key, each in running.items()}):
                self.sim.figures["attempts that an agent ended"] += 1
                running[key].lost = "its agent has lost its server"
        self._soon(PING_S, self._tick)

    def running(self) -> list[Attempt]:
        return [attempt for attempt in self.spool.values() if not attempt.has_ended]

    def hear(self, frame: Any) -> None:
        self.heard_at = self.sim.now
        match frame:
            case frames.Welcome():
                self._welcome(frame)
            case frames.Assign():
                self._accept(frame)
            case frames.Stop():
                self._stop(frame)
            case frames.Kept():
                self._forget(frame.token, "stale" if frame.stale else "kept")
            case _:
                pass
        self.flush()

    def _welcome(self, frame: frames.Welcome) -> None:
        link = self.link
        assert link is not None
        if frame.epoch < self.epoch:
            self.sim.figures["servers that an agent refused"] += 1
            link.cut()
            self.lose(link)
            return
        self.epoch, self.lease_s, self.is_welcome, self._pause_s = frame.epoch, frame.lease_s, True, FIRST_PAUSE_S
        stored = {known.token: known.stdout for known in frame.known}
        for attempt in self.spool.values():
            attempt.sent, attempt.is_report_sent = stored.get(attempt.token, 0), False
        for token in frame.end:
            self.accepted.pop(token, None)
            self._forget(token, "stale")

    def _accept(self, frame: frames.Assign) -> None:
        given = frame.assignment
        if frame.token in self.accepted or frame.token in self.spool:
            return
        key = (given["job_id"], given["step"], given["attempt"])
        self.accepted[frame.token] = (key, bytes.fromhex(frame.key), frame.may_retry)
        self._soon(self.sim.chance.choice((0.0, 0.0, 2.0)), lambda: self._begin(frame.token))

    def _begin(self, token: str) -> None:
        if token not in self.accepted:
            return
        key, seal_key, may_retry = self.accepted.pop(token)
        attempt = self.spool[token] = Attempt(key, token, seal_key, may_retry, self, self.sim.now, lines=1)
        self.sim.begun(attempt)
        takes_s = self.sim.chance.choice((0.0, 1.0, 20.0, 90.0)) * self.sim.chance.random()
        code = self.sim.chance.choice((0, 0, 0, 0, 1))
        outcome = Outcome(exit_code=code, error=f"Exit code: {code}" if code else None)
        self._soon(takes_s, lambda: self._end(attempt, outcome))
        self.flush()

    def _end(self, attempt: Attempt, outcome: Outcome) -> None:
        if self.spool.get(attempt.token) is attempt and not attempt.has_ended:
            attempt.lines += self.sim.chance.randint(0, 2)
            attempt.outcome = outcome
            self.flush()

    def _stop(self, frame: frames.Stop) -> None:
        if self.accepted.pop(frame.token, None) is not None:
            self._say(frames.Refuse(frame.token, "it was to end before it began", killed=True))
        elif (attempt := self.spool.get(frame.token)) is not None:
            outcome = Outcome(killed=True, error="stopped")
            self._soon(self.sim.chance.random() * frame.grace_s, lambda: self._end(attempt, outcome))

    def _forget(self, token: str, answer: str) -> None:
        attempt = self.spool.pop(token, None)
        if attempt is not None:
            attempt.kept = answer

    def flush(self) -> None:
        """Sends what the server does not have: first what a step printed, then its report."""
        if self.link is None or not self.is_welcome:
            return
        for attempt in list(self.spool.values()):
            if attempt.lines > attempt.sent:
                data = "".join(f"{number}\n" for number in range(attempt.sent + 1, attempt.lines + 1)).encode()
                count = attempt.lines - attempt.sent
                self._say(frames.Log(attempt.token, "stdout", attempt.sent, self.sim.now, count, data))
                attempt.sent = attempt.lines
            if attempt.has_ended and not attempt.is_report_sent:
                attempt.is_report_sent = True
                self._say(attempt.report())

    def _say(self, frame: Any) -> None:
        if self.link is not None and (self.is_welcome or isinstance(frame, frames.Ping)):
            self.link.say(frame)
