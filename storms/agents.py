"""Agents under a virtual clock: the real engine, fleet and store, and models of agents whose links nobody can rely on.

Links are cut, messages come late, twice or never, agents are killed, drained and come back, servers die or are drained;
on PostgreSQL a server is also frozen, replaced and goes on. Whatever happens: an attempt begins at most once; another
one follows only where the author allows it and the history says why; an end that a server has kept is in the history as
it was, and one that it has not is there with a reason; no agent is given up before its lease is over; lines are stored
once and in order; a server that was replaced changes nothing; and every job ends.
"""

from __future__ import annotations

import hashlib
import heapq
import os
import random
import sys
import tempfile
import traceback
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "runtime"))

import gitflow.app
from gitflow.core.errors import NotActive, StoreError
from gitflow.core.jobs.events import CancelRequested
from gitflow.runtime.clock import Clock
from house import House
from storms import agent_laws, databases
from storms.agent_laws import Record
from storms.agent_model import Agent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gitflow.app import App
    from postgres_part import Cluster
    from storms.agent_model import Attempt

JOBS = int(os.environ.get("STORM_AGENT_JOBS", "300"))
#: How often a server tries to become active, a second each.
TRIES = 30
#: A job that has not ended after so much calm never will, in seconds of the virtual clock.
CALM_S = 3600.0

WORKSPACE = """
actions:
  plain: {type: shell, cmd: 'true'}
  again: {type: shell, cmd: 'true', retry: {max_attempts: 4, delay: 1s}}
  special: {type: shell, cmd: 'true', tags: [gpu], retry: {max_attempts: 2, delay: 0s}}
tasks:
  once: {flow: {only: {action: plain}}}
  chain:
    flow:
      a: {action: again}
      b: {action: plain, depends_on: [a]}
      c: {action: again, depends_on: [b]}
  wide:
    flow:
      wave: {action: again, for_each: [1, 2, 3, 4], max_parallel: 2}
      after: {action: special, depends_on: [wave]}
  narrow:
    concurrency: {group: narrow, limit: 1}
    flow: {alone: {action: again}}
"""
TASKS = ("once", "chain", "wide", "narrow")


def storm(seed: int, jobs: int | None = None) -> tuple[list[str], dict[str, object]]:
    """What is wrong, and the figures."""
    with (
        tempfile.TemporaryDirectory(prefix="gitflow-agents-") as folder,
        databases.cluster() as cluster,
        virtual_time() as clock,
        seeded_bytes(seed),
    ):
        sim = Simulation(Path(folder), cluster, clock, random.Random(seed))
        try:
            sim.drive(JOBS if jobs is None else jobs)
            return sim.findings(), {**sim.figures, "digest": sim.digest()}
        except AssertionError as broken:
            last = "\n".join(map(str, sim.last[-12:]))
            where = traceback.extract_tb(broken.__traceback__)[-1]
            said = f"{where.name} ({where.lineno}): {broken}"
            return [f"seed {seed}, after {sim.figures['events']} events: {said}\n{last}"], {}
        finally:
            sim.close()


class VirtualClock(Clock):
    """It stands still until it is set."""

    def __init__(self) -> None:
        self.at = 1_800_000_000.0
        super().__init__(wall=lambda: self.at, monotonic=lambda: self.at)


@contextmanager
def virtual_time() -> Iterator[VirtualClock]:
    clock, before = VirtualClock(), gitflow.app.Clock
    gitflow.app.Clock = lambda: clock  # type: ignore[misc, assignment]
    try:
        yield clock
    finally:
        gitflow.app.Clock = before


@contextmanager
def seeded_bytes(seed: int) -> Iterator[None]:
    """The same ids, tokens and jitter in each run with this seed."""
    before, os.urandom = os.urandom, random.Random(seed).randbytes
    try:
        yield
    finally:
        os.urandom = before


class Simulation:
    def __init__(self, folder: Path, cluster: Cluster | None, clock: VirtualClock, chance: random.Random) -> None:
        self.chance = chance
        self.figures: Counter[str] = Counter()
        self.attempts: list[Attempt] = []  #: every one that began
        self.last: list[object] = []
        self._clock = clock
        self._cluster = cluster
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._number = 0
        self._heard: dict[str, list[float]] = {}  #: by agent: when a living server heard of it
        self._starts: list[float] = []  #: of servers
        self._stacks: dict[int, ExitStack] = {}
        self._app: App | None = None
        self._frozen: App | None = None
        self.house = _house(folder, cluster)
        self.house.slots = 0
        self.house.write(WORKSPACE)
        self.agents = [
            Agent(self, name, slots, tags)
            for name, slots, tags in (("one", 3, ()), ("two", 2, ("gpu",)), ("three", 4, ("gpu", "big")))
        ]

    # For agents.

    @property
    def now(self) -> float:
        return self._clock.at

    def at(self, due_at: float, work: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self._agenda, (max(due_at, self.now), self._number, work))

    def server(self) -> App | None:
        """Now and then an agent reaches one that was replaced and does not know it yet."""
        if self._frozen is not None and self.chance.random() < 0.3:
            return self._frozen
        return self._app

    def is_there(self, app: App) -> bool:
        return id(app) in self._stacks

    def is_running(self, app: App) -> bool:
        """A frozen one answers nothing."""
        return app is self._app

    def heard(self, agent: Agent) -> None:
        self._heard.setdefault(agent.name, []).append(self.now)

    def begun(self, attempt: Attempt) -> None:
        self.attempts.append(attempt)

    # The course.

    def drive(self, jobs: int) -> None:
        self._start_server()
        for agent in self.agents:
            agent.start()
        made = 0
        while made < jobs:
            draw = self.chance.random()
            if draw < 0.06:
                made += 1
                self._execute()
            elif draw < 0.16:
                happening = self.chance.choice(HAPPENINGS)
                self.last.append((f"{self.now:.1f}", happening.__name__))
                self.figures[happening.__name__.replace("_", " ").strip()] += 1
                happening(self)
            else:
                self._pass_time()
            self._turn()
        self._calm()

    def _calm(self) -> None:
        """Nothing happens any more but what has to: servers and agents are back, and all jobs end."""
        if self._app is None:
            self._start_server()
        if self._frozen is not None:
            _thaw(self)
        for agent in self.agents:
            if agent.is_dead:
                agent.start()
            if agent.is_drained:
                agent.drain()
        until = self.now + CALM_S
        while not (self._app.orchestrator.is_idle and all(not agent.spool for agent in self.agents)):
            assert self.now < until, f"it does not end: {self._open()}"
            self._pass_time()
            self._turn()

    def _open(self) -> object:
        assert self._app is not None
        jobs = [self._app.orchestrator.job(job_id) for job_id in self._app.orchestrator.open_ids()]
        steps = [(job.task_name, {run.name: run.status.value for run in job.steps.values()}) for job in jobs if job]
        return steps, [(agent.name, [attempt.key for attempt in agent.spool.values()]) for agent in self.agents]

    def _pass_time(self) -> None:
        """To what is due next, in the world or in the engine."""
        due = None if self._app is None else self._app.orchestrator.timers.next_due()
        if self._agenda and (due is None or self._agenda[0][0] <= due):
            at, _, work = heapq.heappop(self._agenda)
            self._clock.at = max(self.now, at)
            work()
        elif due is not None:
            self._clock.at = max(self.now, due)

    def _turn(self) -> None:
        """The server handles and commits what has arrived."""
        self.figures["events"] += 1
        app = self._app
        if app is not None:
            for _ in range(2):
                app.engine.runner.wake()
                app.engine.wait()
                app.engine.settle()

    def _execute(self) -> None:
        if self._app is not None:
            self.figures["jobs"] += 1
            task = self.chance.choice(TASKS)
            job = self.house.execute(self._app, task)
            self.last.append((f"{self.now:.1f}", "execute", task, job.id))

    # Servers.

    def _start_server(self) -> None:
        stack = ExitStack()
        app = self._opened(stack)
        self._stacks[id(app)] = stack
        self._app = app
        self._starts.append(self.now)

    def _opened(self, stack: ExitStack) -> App:
        """On a busy machine PostgreSQL takes its time to end the session of the server before."""
        for _ in range(TRIES):
            with suppress(NotActive):
                return stack.enter_context(self.house.serve())
        raise AssertionError("another server stays active")

    def _end_server(self, app: App) -> None:
        self._stacks.pop(id(app)).close()
        if app is self._app:
            self._app = None
        for agent in self.agents:
            if agent.link is not None and agent.link.app is app:
                agent.link.cut()
                self.at(self.now + self.chance.random(), lambda agent=agent, link=agent.link: agent.lose(link))

    def close(self) -> None:
        for stack in self._stacks.values():
            stack.close()

    def findings(self) -> list[str]:
        assert self._app is not None
        self._app.log_writer.flush()
        self.figures["attempts"] = len(self.attempts)
        stores = self._app.opened.stores
        return list(agent_laws.broken(self.attempts, Record(stores, self._starts, self._heard)))

    def digest(self) -> str:
        """Of what began when, and how it was reported."""
        course = [(attempt.key[1:], attempt.began_at, attempt.kept) for attempt in self.attempts]
        return hashlib.sha256(repr(course).encode()).hexdigest()[:12]


def _house(folder: Path, cluster: Cluster | None) -> House:
    if cluster is None:
        return House(folder)
    from storms import faulty_postgres

    return faulty_postgres.served_house(cluster, folder)


# What happens.


def _cut(sim: Simulation) -> None:
    agent = sim.chance.choice(sim.agents)
    if agent.link is not None:
        link = agent.link
        link.cut()
        if sim.chance.random() < 0.6:  # else it finds out by the server's silence
            sim.at(sim.now + sim.chance.choice((0.0, 20.0, 100.0)), lambda: agent.lose(link))


def _kill_agent(sim: Simulation) -> None:
    agent = sim.chance.choice(sim.agents)
    if not agent.is_dead:
        agent.kill()
        sim.at(sim.now + sim.chance.choice((1.0, 30.0, 200.0)), lambda: agent.start() if agent.is_dead else None)


def _drain_agent(sim: Simulation) -> None:
    agent = sim.chance.choice(sim.agents)
    if not agent.is_dead:
        agent.drain()


def _kill_server(sim: Simulation) -> None:
    if sim._app is not None:
        sim._end_server(sim._app)
        away_s = sim.chance.choice((0.5, 5.0, 50.0, 150.0))
        sim.at(sim.now + away_s, lambda: sim._start_server() if sim._app is None else None)


def _drain_server(sim: Simulation) -> None:
    """It is stopped, finishes what it can, and the next one starts."""
    app = sim._app
    if app is not None:
        app.engine.stop(10.0)
        for _ in range(5):
            sim._turn()
        assert app.fleet is not None
        app.fleet.close()
        sim._end_server(app)
        sim._start_server()


def _replace_server(sim: Simulation) -> None:
    """The active server is frozen, another one takes its place, and the frozen one goes on."""
    if sim._cluster is None or sim._app is None or sim._frozen is not None:
        return
    old = sim._app
    session = old.opened.stores.jobs._driver._session  # type: ignore[attr-defined]
    sim._cluster.run(f"SELECT pg_terminate_backend({session}, 10000)")
    sim.figures["servers replaced"] += 1
    sim._frozen, sim._app = old, None
    sim._start_server()
    sim.at(sim.now + sim.chance.choice((1.0, 30.0, 90.0)), lambda: _thaw(sim))


def _thaw(sim: Simulation) -> None:
    """It handles what has arrived, and must not commit any of it."""
    frozen = sim._frozen
    if frozen is None:
        return
    sim._frozen = None
    is_fenced = False
    for _ in range(5):
        try:
            frozen.engine.runner.wake()
            frozen.engine.wait()
            frozen.engine.settle()
            frozen.orchestrator.submit(lambda transaction: frozen.opened.stores.jobs.put_meta("frozen", "went on"))
        except NotActive:
            is_fenced = True
            break
        except StoreError:
            continue  # its session has ended, and it makes a new one
    assert is_fenced, "a server that was replaced went on"
    if sim._app is not None:
        assert sim._app.opened.stores.jobs.meta("frozen") is None, "a server that was replaced has committed"
    sim.at(sim.now + 10.0, lambda: sim._end_server(frozen))  # what it said before it knew still arrives


def _cancel(sim: Simulation) -> None:
    if sim._app is not None and (ids := sim._app.orchestrator.open_ids()):
        job_id = sim.chance.choice(sorted(ids)[-8:])
        sim._app.orchestrator.post_event(job_id, CancelRequested(sim.now, "ada"))


HAPPENINGS = (_cut, _cut, _cut, _kill_agent, _kill_server, _drain_agent, _drain_server, _replace_server, _cancel)
