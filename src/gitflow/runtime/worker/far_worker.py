"""An agent on another machine, as the engine sees it: a worker whose assignments and orders to stop travel as frames.

Everything runs in the engine's thread, except ``Peer.heard_at``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import GitflowError
from gitflow.core.jobs.events import StepExited
from gitflow.core.plain import plain
from gitflow.core.status import StepStatus
from gitflow.core.strict_json import MAX_DEPTH, is_shallow
from gitflow.core.templates.texts import TemplateError
from gitflow.dispatch import frames
from gitflow.runners.base import Outcome
from gitflow.runtime.worker.agent import Report
from gitflow.runtime.worker.step_input import definitions_of
from gitflow.runtime.worker.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Protocol

    from gitflow.core.jobs.job import Job
    from gitflow.dispatch.base import Offer, Taker
    from gitflow.dispatch.frames import FromServer
    from gitflow.dispatch.shared import SharedDispatch
    from gitflow.runners.base import Assignment, Finished
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.runtime.worker.agent import Link
    from gitflow.runtime.worker.attempt_tokens import AttemptTokens

    Key = tuple[str, str, int]

    class Peer(Protocol):
        """A connection to an agent. Its methods can be called from any thread."""

        @property
        def worker_id(self) -> str: ...
        @property
        def key_id(self) -> str:
            """The API key of the agent; empty on an open server."""
            ...

        @property
        def taker(self) -> Taker: ...
        @property
        def heard_at(self) -> float:
            """When the agent was last heard of, by the engine's clock."""
            ...

        @property
        def keeps_assignments(self) -> bool:
            """Whether the agent still has its assignments when it comes back. If not, it asks for those that it
            continues (``Resume``)."""
            ...

        @property
        def running(self) -> int:
            """How many steps the agent has said that it runs."""
            ...

        def send(self, message: str | bytes, /) -> None: ...
        def close(self, reason: str, *, may_try_again: bool) -> None: ...
        def forget(self, size: int, /) -> None:
            """The engine has handled a message of this size."""
            ...


#: How deep the JSON of an assignment may be; the frame around it takes the rest.
_DEPTH_AROUND = 4


class FarEnd:
    """See AgentSide. The server's end of the link to an agent, which remembers what was sent."""

    def __init__(self, worker_id: str, tokens: AttemptTokens) -> None:
        self.worker_id = worker_id
        self._tokens = tokens
        self._peer: Peer | None = None
        self._link: Link | None = None
        self._keys: dict[str, Key] = {}  #: token -> attempt
        self._stops: dict[Key, float] = {}  #: attempt that must end -> its grace period
        self._retried: set[Key] = set()  #: attempts that another attempt may follow

    @property
    def is_staging(self) -> bool:
        return False

    @property
    def peer(self) -> Peer | None:
        return self._peer

    def attach(self, link: Link) -> FarEnd:
        self._link = link
        return self

    def connect(self, peer: Peer | None) -> None:
        self._peer = peer

    def token_of(self, key: Key) -> str:
        token = self._tokens.token(key, self.worker_id)
        self._keys[token] = key
        return token

    def key_of(self, token: str) -> Key | None:
        return self._keys.get(token)

    def send(self, frame: FromServer) -> None:
        """Sends nothing without a connection: the agent is informed when it comes back."""
        if self._peer is not None:
            self._peer.send(frames.dump(frame))

    def start_claimed(self) -> None:
        assert self._link is not None
        while (assignment := self._link.claim()) is not None:
            self._assign(self._link, assignment)

    def _assign(self, link: Link, assignment: Assignment) -> None:
        try:
            message = self._message(assignment)
        except ValueError as error:
            link.report(Report(assignment.key, Outcome(error=f"it cannot be sent to an agent: {error}", may_pass=True)))
            return
        if self._peer is not None:
            self._peer.send(message)
            self._send_stop(assignment.key)

    def _message(self, assignment: Assignment) -> str:
        """Raises ValueError for an assignment that an agent could not read."""
        token, may_retry = self.token_of(assignment.key), assignment.key in self._retried
        content = plain(assignment)
        if not is_shallow({"": {"": {"": content}}}):
            raise ValueError(f"its input is nested more than {MAX_DEPTH - _DEPTH_AROUND} levels deep")
        message = frames.dump(frames.Assign(token, self._tokens.key_of(token).hex(), may_retry, content))
        if len(message) > frames.MAX_BYTES:
            raise ValueError(f"its input is larger than {frames.MAX_BYTES >> 20} MiB")
        assert isinstance(message, str)
        return message

    def send_heartbeat(self) -> None:
        assert self._link is not None
        for stop in self._link.heartbeat(()):
            self._stops[stop.key] = stop.grace_s
            self._send_stop(stop.key)

    def send_stops(self) -> None:
        """Call it also after the agent has come back."""
        for key in list(self._stops):
            self._send_stop(key)

    def _send_stop(self, key: Key) -> None:
        if key in self._stops:
            self.send(frames.Stop(self.token_of(key), self._stops[key]))

    def finish(self, finished: Finished) -> None:
        raise AssertionError("the engine's own runner runs nothing for an agent")

    def clear(self, key: Key) -> None:
        """The attempt has ended, or does not count any more."""
        token = self.token_of(key)
        self.forget(key)
        self.send(frames.Kept(token))

    def note_retry(self, key: Key) -> None:
        self._retried.add(key)

    def forget(self, key: Key) -> None:
        self._stops.pop(key, None)
        self._retried.discard(key)
        self._keys.pop(self._tokens.token(key, self.worker_id), None)


class FarWorker(Worker):
    """The attempts of an agent. It takes offers only while the agent is connected (``serve``)."""

    def __init__(self, *given: object, dispatch: SharedDispatch, end: FarEnd) -> None:
        super().__init__(*given, connect=end.attach)  # type: ignore[arg-type]
        self._dispatch = dispatch
        self.end = end
        self._taker: Taker | None = None
        self._slots = 0
        self._expected: set[Key] = set()

    @property
    def slots(self) -> int:
        return self._slots

    @property
    def taker(self) -> Taker | None:
        return self._taker

    def serve(self, taker: Taker | None, slots: int = 0) -> None:
        """With ``taker`` None it takes nothing from now on."""
        self._taker, self._slots = taker, slots

    def _take(self, has_room: Callable[[str], bool]) -> Offer | None:
        return None if self._taker is None else self._dispatch.take_for(self._taker, has_room)

    def attempts(self) -> list[Key]:
        """The attempts that it has, except those that the open transaction claims."""
        return list(self._running)

    def has(self, key: Key) -> bool:
        return key in self._running

    def job_of(self, key: Key) -> Job | None:
        return self._running.get(key)

    def expect(self, job: Job, key: Key) -> None:
        """The agent runs this attempt of a job that this server has taken over."""
        self._running[key] = job
        self._expected.add(key)
        self.end.token_of(key)

    def expected(self) -> list[Key]:
        """The attempts that an earlier server has assigned and this one has not; see ``expect``."""
        return [key for key in list(self._expected) if key in self._running]

    def drop(self, keys: Iterable[Key]) -> None:
        """These attempts do not count any more."""
        for key in keys:
            self._running.pop(key, None)
            self._expected.discard(key)
            self.end.forget(key)

    def assign_again(self, transaction: Transaction, key: Key) -> None:
        """Sends an attempt again that the agent has never started. Its input is rendered again."""
        job_id, step, attempt = key
        self._expected.discard(key)
        pending = transaction.find(job_id)
        run = None if pending is None else pending.job.steps.get(step)
        if pending is None or run is None or run.status is not StepStatus.RUNNING or run.attempt != attempt:
            return
        at = self._clock.now()
        try:
            given = self._renderer.attempt(pending.job, step)
        except (TemplateError, GitflowError) as refused:
            error = f"step {step!r} could not start: {self._renderer.mask_error(pending.job, refused)}"
            self.drop([key])
            self._orchestrator.try_apply(
                transaction, job_id, StepExited(at, step, attempt, error=error, has_begun=False)
            )
            return
        transaction.register_secrets(job_id, given.masks)
        self._claimed[key] = (pending.job, given, run.run_token or "")

    def assign(self) -> Assignment | None:
        assignment = super().assign()
        if assignment is not None:
            job = self._running[assignment.key]
            step, action = definitions_of(job, assignment.step)
            if step.retry is not None or action.retry is not None:
                self.end.note_retry(assignment.key)
        return assignment
