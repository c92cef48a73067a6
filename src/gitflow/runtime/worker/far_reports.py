"""Handles what an agent reports about its attempts: output, results and refusals. It runs in the engine's thread."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from gitflow.core.errors import StoreError
from gitflow.core.jobs.events import StepLost
from gitflow.core.logs import LogChunk
from gitflow.dispatch import frames
from gitflow.dispatch.frames import Kept, Log, Missing, Refuse, Started, Stored
from gitflow.dispatch.sealed import NotSealed, unseal
from gitflow.runners.base import Outcome
from gitflow.runtime.worker.agent import Report
from gitflow.runtime.worker.wire import load_outcome
from gitflow.stores.protocols.artifacts import Artifact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.worker.far_agent import FarAgent, FleetParts

    Key = tuple[str, str, int]


class FarReports:
    def __init__(self, parts: FleetParts, refuse: Callable[[FarAgent, str], None]) -> None:
        """``refuse`` closes the link of an agent, which may try again."""
        self._orchestrator = parts.orchestrator
        self._dispatch = parts.dispatch
        self._stores = parts.stores
        self._log_writer = parts.log_writer
        self._tokens = parts.tokens
        self._clock = parts.clock
        self._refuse = refuse

    def handle(self, agent: FarAgent, frame: object) -> None:
        HANDLERS[type(frame)](self, agent, frame)

    def current(self, agent: FarAgent, token: str) -> Key | None:
        """The attempt of a token. If the token is not valid any more, it answers the agent that the attempt is stale,
        and returns None."""
        key = agent.worker.end.key_of(token)
        if key is not None and agent.worker.has(key):
            return key
        agent.worker.end.send(Kept(token, stale=True))
        return None

    def started(self, agent: FarAgent, frame: Started) -> None:
        self.current(agent, frame.token)

    def take_log(self, agent: FarAgent, frame: Log) -> None:
        key = self.current(agent, frame.token)
        if key is None:
            return
        arrived = agent.has_arrived(key, frame.stream) or 0
        if frame.after + frame.lines <= arrived:
            return  # the agent has sent these lines before
        if frame.after != arrived:
            self._refuse(agent, f"line {arrived + 1} of a step is missing")
            return
        agent.set_arrived(key, frame.stream, frame.after + frame.lines)
        chunk = LogChunk(*key, frame.stream, frame.ts, frame.lines, frame.data)
        try:
            self._log_writer.take(chunk)
        except StoreError as error:
            self._refuse(agent, f"the store cannot be written: {error}")

    def tell_stored(self, agent: FarAgent, key: Key, stream: str) -> None:
        if (count := agent.has_arrived(key, stream)) is not None:
            agent.worker.end.send(Stored(agent.worker.end.token_of(key), stream, count))

    def take_report(self, agent: FarAgent, frame: frames.Report) -> None:
        key = self.current(agent, frame.token)
        if key is None:
            return
        missing = [file.digest for file in frame.artifacts if not self._stores.artifacts.has(file.digest)]
        if missing:
            agent.worker.end.send(Missing(frame.token, tuple(missing)))
        elif frame.sealed is None:
            reason = frame.lost or "its agent does not know how it ended"
            self._orchestrator.submit(partial(self.lose, agent, key, f"interrupted: {reason}"))
        else:
            self._end(agent, key, frame, frame.sealed)

    def _end(self, agent: FarAgent, key: Key, frame: frames.Report, sealed: str) -> None:
        try:
            outcome, mistake = load_outcome(unseal(sealed, self._tokens.key_of(frame.token), frame.token))
        except NotSealed as error:
            outcome, mistake = Outcome(error=f"its agent's report cannot be read: {error}"), None
        staged = [
            (Artifact(file.name, file.size, file.mode, file.digest), self._stores.artifacts.upload_path(file.digest))
            for file in frame.artifacts
        ]
        agent.forget_lines([key])
        agent.worker.handle_report(Report(key, outcome, staged, mistake))
        if mistake is not None:
            self._orchestrator.submit(lambda transaction: transaction.after.append(lambda: agent.worker.end.clear(key)))

    def lose(self, agent: FarAgent, key: Key, reason: str, transaction: Transaction) -> None:
        """The attempt has ended, and its result is not known."""
        job_id, step, attempt = key
        lost = StepLost(self._clock.now(), step, attempt, reason, _jitter())
        self._orchestrator.try_apply(transaction, job_id, lost)
        self._dispatch.freed(job_id)
        agent.drop([key])
        transaction.after.append(partial(agent.worker.end.send, Kept(self._tokens.token(key, agent.id))))

    def take_refusal(self, agent: FarAgent, frame: Refuse) -> None:
        key = self.current(agent, frame.token)
        if key is not None:
            outcome = Outcome(error=frame.reason, killed=frame.killed, may_pass=not frame.killed)
            agent.worker.handle_report(Report(key, outcome))


def _jitter() -> float:
    """A random delay, so that steps that were lost together do not all start again at the same time."""
    return int.from_bytes(os.urandom(4), "big") / (1 << 32)


HANDLERS: Mapping[type, Callable[[FarReports, FarAgent, Any], None]] = {
    Started: FarReports.started,
    Log: FarReports.take_log,
    frames.Report: FarReports.take_report,
    Refuse: FarReports.take_refusal,
}
