"""A model of a server with many agents: what its core and the slots are busy with, and how long steps wait for each.

python -m benchmarks.model [--measure] [--agents N] [--slots N] [--jobs-a-day N] [--from HOUR] [--hours H] [--seed N]

The simulation has a clock of its own and chance from a seed: the same words give the same figures. Its costs are
measured: those of a commit by ``python -m benchmarks.engine``, those of an idle agent by ``python -m
benchmarks.links``, and those of a job by ``--measure``: with HTTP, log and frames, when an agent runs its step. One
core does all of that.
"""

from __future__ import annotations

import argparse
import heapq
import math
import random
import tempfile
from array import array
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

DAY_S, HOUR_S, MINUTE_S = 86_400.0, 3600.0, 60.0
#: The hour of the day at which people start most.
BUSIEST_HOUR = 14
#: So many jobs of schedules are started in one turn, as the scheduler does it (runtime/triggers/scheduler.py).
SCHEDULED_A_TURN = 100


@dataclass(frozen=True, slots=True)
class Costs:
    """In seconds."""

    turn_s: float = 0.0014  #: the core, for a commit on PostgreSQL, whatever is in it
    job_s: float = 0.0055  #: the core, for a job of one step
    agent: float = 0.00002  #: of the core, for each agent, by its pings
    trip_s: float = 0.0005  #: to the database and back, twice a commit
    link_s: float = 0.001  #: from the server to an agent


@dataclass(frozen=True, slots=True)
class Load:
    agents: int = 1000
    slots: int = 2  #: of each agent
    jobs_a_day: int = 1_000_000
    steps: int = 2  #: of each job, one after the other
    step_s: float = 30.0  #: of a step, on average: most are shorter, some much longer
    by_day: float = 0.8  #: how much more is started in the busiest hour than on average
    on_the_hour: float = 0.1  #: the part of all jobs that schedules start at full hours
    jitter_s: float = 0.0  #: how long after the hour the last of them starts
    days_to_death: float = 7.0  #: of an agent, on average; its steps are lost after the lease, and run again
    lease_s: float = 60.0
    first_hour: float = 0.0
    hours: float = 24.0


@dataclass(slots=True)
class Figures:
    jobs: int = 0
    attempts: int = 0
    lost: int = 0
    largest_turn: int = 0
    core_s: float = 0.0
    by_minute: Counter[int] = field(default_factory=Counter)  #: how long the core was busy in it, in µs
    decided_s: array[float] = field(default_factory=lambda: array("d"))  #: from what happened to the commit that has it
    scheduled_s: float = 0.0  #: the same of a job that a schedule starts, at most
    waited_s: array[float] = field(default_factory=lambda: array("d"))  #: from a step that is ready to its slot
    taken_s: float = 0.0  #: by steps, of all slots

    def described(self, load: Load, costs: Costs) -> str:
        span_s, pings = load.hours * HOUR_S, load.agents * costs.agent
        busiest = max(self.by_minute.values(), default=0) / 1e6 / MINUTE_S
        decided, waited = sorted(self.decided_s), sorted(self.waited_s)
        return (
            f"{load.agents:,} agents × {load.slots} slots, {load.jobs_a_day:,} jobs a day, {load.hours:g} h\n"
            f"  {self.jobs:,} jobs, {self.attempts:,} attempts, {self.lost:,} lost with their agents\n"
            f"  core: {self.core_s / span_s + pings:.1%} busy, {busiest + pings:.1%} in the busiest minute\n"
            f"  decided: p50 {_at(decided, 0.5) * 1e3:.1f} ms, p99 {_at(decided, 0.99) * 1e3:.1f} ms, "
            f"at most {_at(decided, 1) * 1e3:,.0f} ms; by schedules at most {self.scheduled_s:.1f} s; "
            f"{self.largest_turn:,} events a turn at most\n"
            f"  slots: {self.taken_s / (span_s * load.agents * load.slots):.0%} taken; "
            f"waited for p50 {_at(waited, 0.5):.3f} s, p99 {_at(waited, 0.99):.3f} s, at most {_at(waited, 1):.1f} s"
        )


def _at(found: Sequence[float], part: float) -> float:
    return found[min(len(found) - 1, int(part * len(found)))] if found else 0.0


class Model:
    """``job`` is a number, and ``step`` how many of its steps have ended before."""

    def __init__(self, load: Load, costs: Costs, seed: int) -> None:
        self._load, self._costs, self._chance = load, costs, random.Random(seed)
        self._end = load.hours * HOUR_S
        self._agenda: list[tuple[float, int, Callable[..., None], tuple[int, ...]]] = []
        self._serial, self._tokens = count(), count()
        self._inbox: list[tuple[float, int, int, int]] = []  #: since when, job, step, the agent whose slot is free
        self._due: deque[float] = deque()  #: since when, jobs that schedules start
        self._ready: deque[tuple[float, int, int]] = deque()  #: since when, job, step
        self._free = [agent for _ in range(load.slots) for agent in range(load.agents)]
        self._running: list[dict[int, tuple[int, int]]] = [{} for _ in range(load.agents)]
        self._dead: set[int] = set()
        self._is_free_at = 0.0  #: the engine
        self._jobs = count()
        self._pace = 1 / (1 - load.agents * costs.agent)  #: pings take their part of the core
        self.figures = Figures()

    def run(self) -> Figures:
        self._chance.shuffle(self._free)
        self._at(self._until_next(), self._arrive)
        for hour in range(math.ceil(self._load.hours)):
            self._at(hour * HOUR_S, self._arrive_by_schedule)
        for agent in range(self._load.agents):
            self._at(self._lifetime(), self._die, agent)
        while self._agenda and self._agenda[0][0] < self._end:
            now, _, happen, what = heapq.heappop(self._agenda)
            happen(now, *what)
        return self.figures

    def _at(self, at: float, happen: Callable[..., None], *what: int) -> None:
        heapq.heappush(self._agenda, (at, next(self._serial), happen, what))

    # jobs

    def _until_next(self) -> float:
        load = self._load
        most = load.jobs_a_day * (1 - load.on_the_hour) / DAY_S * (1 + load.by_day)
        return self._chance.expovariate(most)

    def _arrive(self, now: float) -> None:
        """As often as at the busiest hour, and then only with the chance of this hour."""
        load = self._load
        rhythm = math.cos((load.first_hour + now / HOUR_S - BUSIEST_HOUR) / 24 * 2 * math.pi)
        if self._chance.random() * (1 + load.by_day) < 1 + load.by_day * rhythm:
            self._create(now)
        self._at(now + self._until_next(), self._arrive)

    def _arrive_by_schedule(self, now: float) -> None:
        for _ in range(round(self._load.jobs_a_day / 24 * self._load.on_the_hour)):
            self._at(now + self._chance.random() * self._load.jitter_s, self._schedule)

    def _create(self, now: float) -> None:
        self.figures.jobs += 1
        self._post(now, next(self._jobs), 0, -1)

    def _schedule(self, now: float) -> None:
        self.figures.jobs += 1
        self._wake(now)
        self._due.append(now)

    # the engine: in each turn it decides about all that has happened since the last one

    def _post(self, now: float, job: int, step: int, agent: int) -> None:
        self._wake(now)
        self._inbox.append((now, job, step, agent))

    def _wake(self, now: float) -> None:
        if not self._inbox and not self._due:
            self._at(max(now, self._is_free_at), self._turn)

    def _turn(self, now: float) -> None:
        events, self._inbox = self._inbox, []
        costs, figures = self._costs, self.figures
        starting = [self._due.popleft() for _ in range(min(len(self._due), SCHEDULED_A_TURN))]
        events += [(since, next(self._jobs), 0, -1) for since in starting]
        core_s = costs.turn_s + len(events) * costs.job_s / 2  # a job of one step is two events
        self._is_free_at = done = now + core_s * self._pace + 2 * costs.trip_s
        figures.core_s += core_s
        figures.by_minute[int(now // MINUTE_S)] += round(core_s * 1e6)
        figures.largest_turn = max(figures.largest_turn, len(events))
        figures.scheduled_s = max(figures.scheduled_s, done - min(starting, default=done))
        figures.decided_s.extend(done - since for since, *_ in events[: len(events) - len(starting)])
        for _, job, step, agent in events:
            if agent >= 0:
                self._free.append(agent)
            if step < self._load.steps:
                self._ready.append((done, job, step))
        self._assign(done)
        if self._due:
            self._at(done, self._turn)

    def _assign(self, now: float) -> None:
        while self._ready and self._free:
            agent = self._free.pop()
            if agent in self._dead:
                continue  # it gets its slots back when it is there again
            since, job, step = self._ready.popleft()
            takes = self._chance.lognormvariate(math.log(self._load.step_s) - 0.5, 1.0)
            token = next(self._tokens)
            self._running[agent][token] = (job, step)
            self.figures.attempts += 1
            self.figures.waited_s.append(now - since)
            self.figures.taken_s += max(0.0, min(takes, self._end - now))
            self._at(now + takes + 2 * self._costs.link_s, self._report, agent, token)

    def _report(self, now: float, agent: int, token: int) -> None:
        if agent in self._dead:
            return
        run = self._running[agent].pop(token, None)
        if run is not None:  # otherwise it was lost when its agent died
            self._post(now, run[0], run[1] + 1, agent)

    # agents

    def _lifetime(self) -> float:
        return self._chance.expovariate(1 / (self._load.days_to_death * DAY_S))

    def _die(self, now: float, agent: int) -> None:
        self._dead.add(agent)
        self._free = [each for each in self._free if each != agent]
        self._at(now + self._load.lease_s, self._come_back, agent)

    def _come_back(self, now: float, agent: int) -> None:
        """Its lease has ended as well: what it ran is lost."""
        self._dead.discard(agent)
        lost, self._running[agent] = self._running[agent], {}
        self.figures.lost += len(lost)
        for job, step in lost.values():
            self._post(now, job, step, agent)
        self._free += [agent] * (self._load.slots - len(lost))
        self._at(now + self._lifetime(), self._die, agent)


def measure_job(jobs: int = 300) -> float:
    """What a job of one step costs a server when an agent runs it, in seconds of its processes' time."""
    from benchmarks import agents, running
    from benchmarks.peers import Program

    program = Program("gitflow", Path(__file__).resolve().parent.parent / ".venv" / "bin" / "gitflow", "")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with (
            running.gitflow(program, folder, settings={"worker": {"slots": 0}}) as server,
            agents.agent(program, folder, server, "one", 16),
        ):
            connection = server.connection()
            running.execute(connection)
            running.until_completed(connection, 1)
            before = agents.processor_s(server.pid)
            for _ in range(jobs):
                running.execute(connection)
            running.until_completed(connection, jobs + 1)
            return (agents.processor_s(server.pid) - before) / jobs


def main() -> None:
    load, costs = Load(), Costs()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.model", description=__doc__)
    parser.add_argument("--measure", action="store_true", help="only say what a job costs a server on this machine")
    parser.add_argument("--agents", type=int, default=load.agents)
    parser.add_argument("--slots", type=int, default=load.slots)
    parser.add_argument("--jobs-a-day", type=int, default=load.jobs_a_day)
    parser.add_argument("--step-s", type=float, default=load.step_s)
    parser.add_argument("--on-the-hour", type=float, default=load.on_the_hour)
    parser.add_argument("--jitter-s", type=float, default=load.jitter_s)
    parser.add_argument("--from", dest="first_hour", type=float, default=load.first_hour)
    parser.add_argument("--hours", type=float, default=load.hours)
    parser.add_argument("--job-ms", type=float, default=costs.job_s * 1e3, help="what a job costs the server")
    parser.add_argument("--seed", type=int, default=1)
    given = vars(parser.parse_args())
    if given.pop("measure"):
        print(f"a job of one step on an agent: {measure_job() * 1e3:.2f} ms of the server")
        return
    seed, costs = given.pop("seed"), Costs(job_s=given.pop("job_ms") / 1e3)
    load = Load(**given)
    print(Model(load, costs, seed).run().described(load, costs))


if __name__ == "__main__":
    main()
