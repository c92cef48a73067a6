"""The fleet in a real engine with a real store; agents are models that a test drives frame by frame."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gitflow.app
from gitflow.app import App
from gitflow.core.jobs.events import CancelRequested
from gitflow.dispatch import frames
from gitflow.dispatch.base import Taker
from gitflow.dispatch.sealed import seal
from gitflow.runners.base import Outcome
from gitflow.runtime.worker.far_agent import Left, Resume
from gitflow.runtime.worker.wire import dump_outcome
from house import House, LeapingClock, statuses

FLOW = """
tasks:
  t:
    flow:
      a: {type: shell, cmd: 'echo a', retry: {max_attempts: 3, delay: 0s}}
      b: {type: shell, depends_on: [a], cmd: 'echo b', retry: {max_attempts: 3, delay: 0s}}
  tagged: {flow: {s: {action: needs_gpu}}}
actions:
  needs_gpu: {type: shell, tags: [gpu], cmd: 'true'}
"""


class Peer:
    """A connection to a model of an agent."""

    keeps_assignments = True

    def __init__(self, app: App, agent: str, tags: tuple[str, ...] = (), slots: int = 2) -> None:
        fleet = app.fleet
        assert fleet is not None
        self.key_id = ""
        self.worker_id = fleet.tokens.worker_id(agent, "")
        self.taker = Taker(self.worker_id, agent, frozenset(tags))
        self.running = 0
        self.sent: list[Any] = []
        self.closed: str | None = None
        self._app, self._fleet = app, fleet
        self._agent, self._tags, self._slots = agent, tags, slots
        self.heard_at = app.opened.clock.now()

    def hello(self, *holding: frames.Held) -> Peer:
        self.say(frames.Hello(1, self._agent, "boot", self._agent, "1", self._slots, self._tags, holding))
        return self

    def say(self, frame: Any) -> None:
        self.heard_at = self._app.opened.clock.now()
        self._fleet.post(self, frame, 0)

    def send(self, message: str | bytes, /) -> None:
        self.sent.append(frames.read_from_server(message))

    def close(self, reason: str, *, may_try_again: bool) -> None:
        self.closed = reason

    def forget(self, size: int, /) -> None:
        pass

    def got(self, kind: type) -> list[Any]:
        return [frame for frame in self.sent if isinstance(frame, kind)]


def turn(app: App) -> None:
    """Everything that has arrived is handled and committed."""
    for _ in range(4):
        app.engine.settle()
        app.engine.runner.wake()
        app.engine.wait()
    app.engine.settle()


def report_of(assign: frames.Assign, outcome: Outcome = Outcome(exit_code=0)) -> frames.Report:  # noqa: B008
    return frames.Report(assign.token, seal(dump_outcome(outcome, None), bytes.fromhex(assign.key), assign.token))


@pytest.fixture
def far(house: House) -> House:
    house.slots = 0
    house.write(FLOW)
    return house


def test_an_attempt_whose_assignment_was_lost_is_assigned_again_and_begins_once(far: House) -> None:
    with far.serve() as app:
        lost = Peer(app, "one").hello()
        job = far.execute(app, "t")
        turn(app)
        [never_arrived] = lost.got(frames.Assign)
        again = Peer(app, "one").hello()
        turn(app)
        [assign] = again.got(frames.Assign)
        assert assign.token == never_arrived.token
        assert again.got(frames.Welcome)[0].known == ()
        again.say(report_of(assign))
        again.say(report_of(assign))
        turn(app)
        assert app.orchestrator.job(job.id).steps["a"].status == "completed"
        assert app.orchestrator.job(job.id).steps["a"].attempt == 1
        assert again.got(frames.Kept)[0].token == assign.token


def test_what_an_agent_holds_is_not_assigned_again_and_what_ended_is_to_be_forgotten(far: House) -> None:
    with far.serve() as app:
        peer = Peer(app, "one").hello()
        job = far.execute(app, "t")
        turn(app)
        [assign] = peer.got(frames.Assign)
        holding = frames.Held(job.id, "a", 1, assign.token)
        other = frames.Held(job.id, "a", 2, "f" * 64)
        again = Peer(app, "one").hello(holding, other)
        turn(app)
        [welcome] = again.got(frames.Welcome)
        assert [known.token for known in welcome.known] == [assign.token]
        assert welcome.end == (other.token,)
        assert again.got(frames.Assign) == []


def test_a_server_that_takes_over_waits_for_the_agent_and_then_loses_its_steps(far: House) -> None:
    with far.serve() as app:
        Peer(app, "one").hello()
        job = far.execute(app, "t")
        turn(app)
    with far.serve() as app:
        turn(app)
        assert app.orchestrator.job(job.id).steps["a"].status == "running"
        app.opened.clock.leapt += 61
        turn(app)
        step = app.orchestrator.job(job.id).steps["a"]
        assert step.status != "running"
        assert step.error_message == "interrupted: its worker was not heard of for 60 s"


def test_a_worker_that_keeps_no_assignments_gets_them_again_after_what_is_stored(far: House) -> None:
    """A cluster, after a restart of the server."""
    with far.serve() as app:
        peer = Peer(app, "cluster").hello()
        job = far.execute(app, "t")
        turn(app)
        [first] = peer.got(frames.Assign)
        peer.say(frames.Log(first.token, "stdout", 0, 1.0, 2, b"one\ntwo\n"))
        turn(app)
        app.log_writer.flush()
    with far.serve() as app:
        assert app.fleet is not None
        again = Peer(app, "cluster")
        again.keeps_assignments = False
        again.hello()
        turn(app)
        assert again.got(frames.Assign) == []
        worker = app.fleet.worker_of(again.worker_id)
        assert worker is not None
        assert worker.expected() == [(job.id, "a", 1)]
        again.say(Resume(first.token))
        again.say(Resume("f" * 64))
        turn(app)
        [assign] = again.got(frames.Assign)
        assert assign.token == first.token
        known = again.got(frames.Welcome)[-1].known
        assert [(each.token, each.stdout, each.stderr) for each in known] == [(first.token, 2, 0)]
        assert worker.expected() == []
        assert [(kept.token, kept.stale) for kept in again.got(frames.Kept)] == [("f" * 64, True)]
        again.say(frames.Log(first.token, "stdout", 2, 1.0, 1, b"three\n"))
        again.say(report_of(assign))
        turn(app)
        assert app.orchestrator.job(job.id).steps["a"].status == "completed"
        assert again.closed is None


def test_a_cancel_reaches_an_agent_that_comes_back_after_it(far: House) -> None:
    with far.serve() as app:
        peer = Peer(app, "one").hello()
        job = far.execute(app, "t")
        turn(app)
        [assign] = peer.got(frames.Assign)
        peer.say(Left())
        app.orchestrator.post_event(job.id, CancelRequested(app.opened.clock.now(), "ada"))
        turn(app)
        again = Peer(app, "one").hello(frames.Held(job.id, "a", 1, assign.token))
        turn(app)
        assert [stop.token for stop in again.got(frames.Stop)] == [assign.token]
        again.say(report_of(assign, Outcome(killed=True, error="stopped")))
        turn(app)
        assert app.opened.job(job.id).status == "cancelled"


def test_a_step_without_a_worker_says_so_once_the_last_agent_with_its_tags_has_left(far: House) -> None:
    with far.serve() as app:
        busy = Peer(app, "gpu", ("gpu",), slots=0).hello()
        Peer(app, "plain").hello()
        job = far.execute(app, "tagged")
        turn(app)
        app.opened.clock.leapt += 20
        busy.say(frames.Ping(0))
        turn(app)
        busy.say(Left())
        turn(app)
        app.opened.clock.leapt += 31
        turn(app)
    [entry] = [each for each in far.history(job.id) if each.what == "step.unassigned"]
    assert "no agent has all of gpu" in entry.details["reason"]


def test_a_wrong_report_ends_the_step_and_not_the_server(far: House) -> None:
    with far.serve() as app:
        peer = Peer(app, "one").hello()
        job = far.execute(app, "t")
        turn(app)
        [assign] = peer.got(frames.Assign)
        peer.say(frames.Report(assign.token, "bm90IHNlYWxlZA=="))
        turn(app)
        assert "cannot be read" in app.opened.job(job.id).steps["a"].error_message


def test_lines_that_were_sent_twice_are_stored_once_and_a_gap_ends_the_link(far: House) -> None:
    with far.serve() as app:
        peer = Peer(app, "one").hello()
        job = far.execute(app, "t")
        turn(app)
        [assign] = peer.got(frames.Assign)
        line = frames.Log(assign.token, "stdout", 0, 1.0, 1, b"one\n")
        for _ in range(3):
            peer.say(line)
        turn(app)
        peer.say(frames.Log(assign.token, "stdout", 5, 1.0, 1, b"six\n"))
        turn(app)
        assert peer.closed is not None
        assert "line 2 of a step is missing" in peer.closed
        again = Peer(app, "one").hello(frames.Held(job.id, "a", 1, assign.token))
        turn(app)
        assert again.got(frames.Welcome)[0].known[0].stdout == 1
    assert far.log(job.id) == "one"


class Model:
    """An agent with a spool: what it has begun, and the reports that the server has not kept."""

    def __init__(self) -> None:
        self.begun: list[str] = []  #: tokens, each time that an attempt began
        self.spool: dict[str, tuple[frames.Held, frames.Report]] = {}
        self.peer: Peer | None = None
        self.read = 0

    def connect(self, app: App) -> None:
        self.peer, self.read = Peer(app, "one").hello(*(held for held, _ in self.spool.values())), 0

    def deliver(self) -> None:
        """The next frame of the server arrives."""
        if self.peer is None or self.read >= len(self.peer.sent):
            return
        frame = self.peer.sent[self.read]
        self.read += 1
        if isinstance(frame, frames.Assign) and frame.token not in self.spool:
            given = frame.assignment
            self.begun.append(frame.token)
            self.spool[frame.token] = (
                frames.Held(given["job_id"], given["step"], given["attempt"], frame.token),
                report_of(frame),
            )
        elif isinstance(frame, frames.Kept):
            self.spool.pop(frame.token, None)
        elif isinstance(frame, frames.Welcome):
            for token in frame.end:
                self.spool.pop(token, None)

    def send(self) -> None:
        """It sends a report, again and again until it is kept."""
        if self.peer is not None and self.spool:
            self.peer.say(next(iter(self.spool.values()))[1])

    def cut(self, *, is_noticed: bool) -> None:
        if self.peer is not None and is_noticed:
            self.peer.say(Left())
        self.peer = None


HAPPENINGS = st.lists(
    st.sampled_from(["deliver", "deliver", "deliver", "send", "send", "cut", "lose", "connect", "restart", "expire"]),
    max_size=25,
)


@contextmanager
def place() -> Iterator[House]:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(gitflow.app, "Clock", LeapingClock)
        made = House(Path(folder))
        made.slots = 0
        made.write(FLOW)
        yield made


@settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))
@given(HAPPENINGS)
def test_an_attempt_begins_at_most_once_and_its_job_ends_whatever_is_cut(happenings: list[str]) -> None:
    agent = Model()
    with place() as house:
        pending = [*happenings, "connect", *["deliver", "send", "deliver", "deliver"] * 12]
        job_id = ""
        while pending:
            with house.serve() as app:
                agent.cut(is_noticed=False)
                if not job_id:
                    job_id = house.execute(app, "t").id
                    turn(app)
                    agent.connect(app)
                while pending:
                    happening = pending.pop(0)
                    if happening == "restart":
                        pending.insert(0, "connect")
                        break
                    happen(happening, agent, app)
        jobs = house.jobs()
    [job] = jobs
    assert len(agent.begun) == len(set(agent.begun))
    assert job.ended
    assert set(statuses(job).values()) <= {"completed", "failed", "skipped"}
    if "expire" not in happenings:
        assert statuses(job) == {"a": "completed", "b": "completed"}
        assert len(agent.begun) == 2


def happen(happening: str, agent: Model, app: App) -> None:
    match happening:
        case "deliver":
            agent.deliver()
        case "send":
            agent.send()
        case "cut":
            agent.cut(is_noticed=True)
        case "lose":
            agent.cut(is_noticed=False)
        case "connect":
            agent.connect(app)
        case "expire":
            app.opened.clock.leapt += 61  # type: ignore[attr-defined]
    turn(app)
