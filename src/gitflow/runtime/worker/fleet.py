"""All workers of a server: its own, and the agents on other machines.

An agent is a worker as long as the server hears from it. If it is silent for the lease, its attempts are lost, and
later reports of them are stale. An agent that comes back lists the attempts that it holds: an attempt that it does not
list was never started, and is assigned again. Everything runs in the engine's thread; connections pass their frames on
by ``post``.
"""

from __future__ import annotations

import logging
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from gitflow.core.errors import StoreError
from gitflow.core.logs import STREAMS, LogChunk
from gitflow.core.plain import plain
from gitflow.core.record import replace
from gitflow.dispatch import frames
from gitflow.dispatch.frames import Ended, Hello, Known, Slots, Welcome
from gitflow.runtime.worker.bell import Bell
from gitflow.runtime.worker.far_agent import Left, Resume
from gitflow.runtime.worker.far_reports import FarReports
from gitflow.runtime.worker.step_input import definitions_of
from gitflow.stores.protocols.workers import AGENT, WorkerRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.dispatch.frames import FromAgent, Held
    from gitflow.runners.base import Finished
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.worker.far_agent import FarAgent, FleetParts
    from gitflow.runtime.worker.far_worker import FarWorker, Peer
    from gitflow.runtime.worker.worker import Worker

    Key = tuple[str, str, int]

_log = logging.getLogger("gitflow.agents")

#: The name under which the fleet sets its timer.
TIMERS = "fleet"
#: The interval at which the time of the last contact with an agent is stored, in seconds.
BEAT_S = 15.0


class Fleet:
    """See StepWorker."""

    def __init__(self, own: Worker, parts: FleetParts) -> None:
        """``own``: the worker in the server's process."""
        self._own = own
        self._parts = parts
        self._orchestrator = parts.orchestrator
        self._dispatch = parts.dispatch
        self._stores = parts.stores
        self._log_writer = parts.log_writer
        self.tokens = parts.tokens
        self._clock = parts.clock
        self._lease_s = parts.lease_s
        self._agents: dict[str, FarAgent] = {}
        self._order: deque[FarAgent] = deque()  #: connected agents; the first one is offered the next step
        self._claiming: list[FarAgent] = []  #: agents with claims in the open transaction
        self._starting: Worker = own  #: the agent whose claims are being started
        self._arrived: deque[tuple[Peer, FromAgent | Left | Resume, int]] = deque()
        self._next_beat = 0.0
        self._is_watching = False
        self._known = parts.stores.workers.agents()  #: ids of agents that earlier servers knew
        for known in self._known:
            self._dispatch.know(known)
        self._reports = FarReports(parts, self._refuse)
        self._bell = Bell(parts.runner, self.take_in)
        parts.log_writer.followers.append(self)
        parts.orchestrator.observers.append(self.on_job_moved)

    # What the engine asks of a worker.

    @property
    def is_staging(self) -> bool:
        return self._own.is_staging

    @property
    def has_claimed(self) -> bool:
        return self._own.has_claimed or bool(self._claiming)

    def claim(self, transaction: Transaction) -> bool:
        """The server's own worker comes first, then the agents in turn."""
        if self._own.claim(transaction):
            return True
        if self._dispatch.is_empty:
            return False
        for _ in range(len(self._order)):
            agent = self._order[0]
            self._order.rotate(-1)
            if self._may_take(agent) and agent.worker.claim(transaction):
                self._claiming.append(agent)
                return True
        return False

    def forget_claims(self) -> None:
        self._own.forget_claims()
        for agent in self._claiming:
            agent.worker.forget_claims()
        self._claiming = [agent for agent in self._claiming if agent.worker.has_claimed]

    def start_claimed(self) -> None:
        if self._own.has_claimed:
            self._starting = self._own
            self._own.start_claimed()
        while self._claiming:
            self._starting = self._claiming[-1].worker
            self._starting.start_claimed()
            self._claiming.pop()

    def start_failed(self, error: Exception) -> None:
        self._starting.start_failed(error)

    def stop(self, job_id: str, step: str, attempt: int, grace_s: float) -> None:
        self._worker_of(job_id, step).stop(job_id, step, attempt, grace_s)

    def report(self, finished: Finished) -> None:
        self._own.report(finished)

    def fail_internally(self, key: Key, error: Exception) -> None:
        self._worker_of(key[0], key[1]).fail_internally(key, error)

    def _worker_of(self, job_id: str, step: str) -> Worker:
        job = self._orchestrator.job(job_id)
        run = None if job is None else job.steps.get(step)
        agent = None if run is None or run.worker_id is None else self._agents.get(run.worker_id)
        return self._own if agent is None else agent.worker

    def _may_take(self, agent: FarAgent) -> bool:
        """An agent that was silent for long may be gone, so it gets no more steps."""
        return agent.peer is not None and self._clock.now() - agent.heard_at() < self._lease_s / 2

    # Takeover.

    def adopt(self, job: Job, run: StepRun) -> bool:
        """Whether an agent runs the attempt, so that its report is awaited. It may be called several times."""
        if run.worker_id is None or not self._is_known(run.worker_id):
            return False
        self._agent(run.worker_id).worker.expect(job, (job.id, run.name, run.attempt))
        self._watch()
        return True

    def is_agents(self, worker_id: str | None) -> bool:
        """Whether this is the id of an agent."""
        return worker_id is not None and self._is_known(worker_id)

    def _is_known(self, worker_id: str) -> bool:
        return worker_id in self._known or worker_id in self._agents

    # What agents say.

    def post(self, peer: Peer, frame: FromAgent | Left | Resume, size: int) -> None:
        """Callable from any thread. ``size``: the size of the message, which is given back to the peer once it was
        handled (``Peer.forget``)."""
        self._arrived.append((peer, frame, size))
        self._bell.ring()

    def take_in(self) -> None:
        """Handles the frames that have arrived."""
        while self._arrived:
            peer, frame, size = self._arrived.popleft()
            try:
                self._handle(peer, frame)
            except Exception as error:  # the frames of other agents must still be handled
                _log.error("a frame of an agent could not be handled", exc_info=error)
                peer.close("internal error of the server; its log has the details", may_try_again=True)
            finally:
                peer.forget(size)

    def _handle(self, peer: Peer, frame: FromAgent | Left | Resume) -> None:
        if isinstance(frame, Hello):
            self._join(peer, frame)
            return
        agent = self._agents.get(peer.worker_id)
        if agent is not None and agent.peer is peer:  # not from a connection that was replaced
            handle = HANDLERS.get(type(frame))
            if handle is None:
                self._reports.handle(agent, frame)
            else:
                handle(self, agent, frame)

    def _join(self, peer: Peer, hello: Hello) -> None:
        agent = self._agent(peer.worker_id)
        if agent.peer is not None:
            agent.peer.close("the agent has connected again", may_try_again=False)
        self._detach(agent)
        try:
            self._log_writer.flush()
            held = {(one.job, one.step, one.attempt): one for one in hello.holding}
            known = [key for key, one in held.items() if self._is_current(agent, key, one.token)]
            counts = {key: self._stored_lines(key) for key in known}
        except StoreError as error:
            peer.close(f"the store cannot be read: {error}", may_try_again=True)
            return
        self._attach(agent, peer, hello)
        for key in known:
            for stream, count in counts[key].items():
                agent.set_arrived(key, stream, count)
        agent.worker.end.send(
            Welcome(
                min(hello.protocol, frames.PROTOCOL),
                self._stores.jobs.epoch,
                agent.id,
                self._lease_s,
                tuple(self._known_attempt(agent, held[key], counts[key]) for key in known),
                tuple(one.token for key, one in held.items() if key not in counts),
            )
        )
        agent.worker.end.send_stops()
        for key in agent.worker.attempts():
            if key not in held and peer.keeps_assignments:
                self._orchestrator.submit(partial(self._assign_again, agent, key))

    def _attach(self, agent: FarAgent, peer: Peer, hello: Hello) -> None:
        now = self._clock.wall()
        agent.connect(peer, hello, self._clock.now())
        self._order.append(agent)
        self._dispatch.join(peer.taker)
        made = WorkerRow(agent.id, hello.name, hello.tags, hello.version, now, now, slots=hello.slots, kind=AGENT)
        row = agent.keep_row(made)
        self._orchestrator.submit(lambda transaction: self._stores.workers.register(row))
        self._watch()
        _log.info("agent %s is connected: %d slots, tags %s", hello.name, hello.slots, ", ".join(hello.tags) or "none")

    def _is_current(self, agent: FarAgent, key: Key, token: str) -> bool:
        return agent.worker.has(key) and self.tokens.fits(token, key, agent.id)

    def _known_attempt(self, agent: FarAgent, held: Held, lines: Mapping[str, int]) -> Known:
        known = Known(held.token, lines["stdout"], lines["stderr"])
        job = agent.worker.job_of((held.job, held.step, held.attempt))
        if job is None or not held.has_ended:
            return known
        action = definitions_of(job, held.step)[1]
        return replace(known, key=self.tokens.key_of(held.token).hex(), action=plain(action))

    def _stored_lines(self, key: Key) -> dict[str, int]:
        """Raises StoreError."""
        job_id, step, attempt = key
        counts: dict[str, int] = dict.fromkeys(STREAMS, 0)
        for part in self._stores.logs.parts(job_id):
            if part.step == step and part.attempt == attempt:
                counts[part.stream] += part.lines
        return counts

    def _assign_again(self, agent: FarAgent, key: Key, transaction: Transaction) -> None:
        agent.worker.assign_again(transaction, key)
        self._claiming.append(agent)

    def _resume(self, agent: FarAgent, frame: Resume) -> None:
        key = self._reports.current(agent, frame.token)
        if key is None:
            return
        self._log_writer.flush()
        counts = self._stored_lines(key)
        for stream, count in counts.items():
            agent.set_arrived(key, stream, count)
        known = Known(frame.token, counts["stdout"], counts["stderr"])
        agent.worker.end.send(Welcome(frames.PROTOCOL, self._stores.jobs.epoch, agent.id, self._lease_s, (known,), ()))
        self._orchestrator.submit(partial(self._assign_again, agent, key))
        agent.worker.end.send_stops()

    is_active = False  #: see LogFollower: lines of agents are written as soon as others

    def on_logs_stored(self, chunks: Sequence[LogChunk]) -> None:
        """Tells agents that these lines need not be sent again."""
        if not self._agents:
            return
        for job_id, step, attempt, stream in {(one.job_id, one.step, one.attempt, one.stream): 0 for one in chunks}:
            job = self._orchestrator.job(job_id)
            run = None if job is None else job.steps.get(step)
            agent = None if run is None or run.worker_id is None else self._agents.get(run.worker_id)
            if agent is not None:
                self._reports.tell_stored(agent, (job_id, step, attempt), stream)

    def _set_slots(self, agent: FarAgent, frame: Slots) -> None:
        if agent.peer is None:
            return
        if frame.slots:
            agent.worker.serve(agent.peer.taker, frame.slots)
            self._dispatch.join(agent.peer.taker)
        else:
            agent.worker.serve(None)
            self._leave_dispatch(agent)
        if agent.row is not None:
            row = agent.keep_row(replace(agent.row, slots=frame.slots, last_heartbeat=self._clock.wall()))
            self._orchestrator.submit(lambda transaction: self._stores.workers.register(row))

    def on_job_moved(self, job: Job, history: Sequence[HistoryEntry]) -> None:
        """Observes jobs. At the end of a job, an agent that has its shared working copy removes it."""
        if job.ended and job.worker_id in self._agents and job.plan.task.checkout == "job":
            self._agents[job.worker_id].worker.end.send(Ended(job.id))

    def _leave(self, agent: FarAgent, frame: Left) -> None:
        self._detach(agent)

    def _refuse(self, agent: FarAgent, reason: str) -> None:
        if agent.peer is not None:
            agent.peer.close(reason, may_try_again=True)
        self._leave(agent, Left())

    def _detach(self, agent: FarAgent) -> None:
        if agent.peer is None:
            return
        agent.disconnect()
        self._order = deque(each for each in self._order if each is not agent)
        self._leave_dispatch(agent)

    def _leave_dispatch(self, agent: FarAgent) -> None:
        for offer in self._dispatch.leave(agent.id):
            self._orchestrator.report_unassigned(offer.job_id, offer.step, offer.attempt)

    # Time.

    def _watch(self) -> None:
        if not self._is_watching:
            self._is_watching = True
            self._orchestrator.timers.at(self._clock.now() + self._lease_s / 12, TIMERS, self._check)

    def _check(self, now: float) -> None:
        """Ends the attempts of silent agents, forgets agents without attempts, and stores the contact with the
        others."""
        self._is_watching = False
        for agent in list(self._agents.values()):
            if now - agent.heard_at() >= self._lease_s:
                self._give_up(agent)
        if now >= self._next_beat:
            self._next_beat = now + BEAT_S
            self._orchestrator.submit(self._beat)
        if self._agents:
            self._watch()

    def _give_up(self, agent: FarAgent) -> None:
        reason = f"interrupted: its worker was not heard of for {self._lease_s:g} s"
        if agent.peer is not None:
            agent.peer.close("the agent was silent for too long", may_try_again=True)
        self._detach(agent)
        del self._agents[agent.id]
        keys = agent.worker.attempts()
        _log.warning("agent %s was not heard of for %g s; it had %d steps", agent.name, self._lease_s, len(keys))

        def lose(transaction: Transaction) -> None:
            for key in keys:
                self._reports.lose(agent, key, reason, transaction)
            self._stores.workers.end(agent.id, self._clock.wall())

        self._orchestrator.submit(lose)

    def _beat(self, transaction: Transaction) -> None:
        at = self._clock.wall()
        for agent in self._order:
            if agent.peer is not None and self._may_take(agent):
                self._stores.workers.beat(agent.id, at, len(agent.worker.attempts()))

    # For the routes of attempts, from any thread.

    def attempt_of(self, key: Key, token: str, key_id: str) -> Job | None:
        """The job of a current attempt, if the agent with this API key and this token has it; None otherwise."""
        for agent in list(self._agents.values()):
            peer = agent.peer
            if peer is not None and peer.key_id == key_id and self._is_current(agent, key, token):
                return agent.worker.job_of(key)
        return None

    def worker_of(self, worker_id: str) -> FarWorker | None:
        """The worker of an agent that this server knows. Callable from any thread, to read its attempts."""
        agent = self._agents.get(worker_id)
        return None if agent is None else agent.worker

    def running_steps(self, worker_id: str) -> int | None:
        """How many steps an agent that this server knows runs."""
        agent = self._agents.get(worker_id)
        return None if agent is None else len(agent.worker.attempts())

    def close(self) -> None:
        """The server stops. Agents go on, and connect to the next server. Callable from any thread."""
        for agent in list(self._agents.values()):
            if agent.peer is not None:
                agent.peer.close("the server stops", may_try_again=True)

    def _agent(self, worker_id: str) -> FarAgent:
        found = self._agents.get(worker_id)
        if found is None:
            self._dispatch.know(worker_id)
            found = self._agents[worker_id] = self._parts.make_agent(worker_id)
        return found


HANDLERS: Mapping[type, Callable[[Fleet, FarAgent, Any], None]] = {
    Slots: Fleet._set_slots,  # pyright: ignore[reportPrivateUsage]
    Left: Fleet._leave,  # pyright: ignore[reportPrivateUsage]
    Resume: Fleet._resume,  # pyright: ignore[reportPrivateUsage]
}
