"""The agent's main loop: begins attempts that are ready, runs them, and writes their output to the spool.

It runs in the main thread. The link has its own thread and passes frames on by ``post``.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import time
from collections import deque
from functools import partial
from hmac import compare_digest
from typing import TYPE_CHECKING

from gitflow.actions.registry import prepare
from gitflow.agent.ended import RESTARTED, EndedContainers
from gitflow.agent.folders import AgentFolders
from gitflow.agent.link import Link, LinkEnded, LinkParts, Ready
from gitflow.agent.spool import SPOOL_IS_FULL, Begun, Spool
from gitflow.agent.watchdog import Watchdog
from gitflow.core.record import replace
from gitflow.dispatch.frames import Ended, Kept, LeftFile, Stop, Welcome
from gitflow.dispatch.sealed import seal
from gitflow.runners.container_settings import ContainerSettings
from gitflow.runners.process_tree import kill_marked
from gitflow.runners.runner import Runner
from gitflow.runtime.clock import Clock
from gitflow.runtime.worker.agent import Agent, AgentSettings
from gitflow.runtime.worker.agent import Stop as StopOrder
from gitflow.runtime.worker.wire import dump_outcome
from gitflow.workspaces.checkouts import Checkouts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from gitflow.agent.options import AgentOptions
    from gitflow.core.logs import LogChunk
    from gitflow.dispatch.frames import FromServer
    from gitflow.runners.base import Assignment
    from gitflow.runtime.worker.agent import Report

    Key = tuple[str, str, int]

_log = logging.getLogger("gitflow.agent")

#: How often the loop looks at the time, in seconds.
TICK_S = 1.0
#: How long processes have to end when the agent ends or their attempt does not count any more, in seconds.
END_S = 5.0
#: How long an ending agent tries to send its last reports, in seconds.
FLUSH_S = 10.0
#: An agent with less free disk space than this takes no steps.
MIN_FREE_BYTES = 1 << 20
#: Checkouts that no step has used for a day are removed, at most once an hour.
REAP_S, UNUSED_S = 3600.0, 86_400.0


class AgentLoop:
    """To the runner's agent, it takes the place of the engine: see Link in runtime/worker/agent.py."""

    def __init__(self, options: AgentOptions, agent_id: str) -> None:
        self._options = options
        self._arrived: deque[Any] = deque()
        self._clock = Clock()
        self._ready: deque[Ready] = deque()
        self._ready_keys: dict[str, Key] = {}
        self._seals: dict[Key, bytes] = {}
        self._may_retry: dict[Key, bool] = {}  #: running attempt -> whether another one may follow it
        self._stops: dict[str, float] = {}  #: token of an attempt that has not begun -> its grace period
        self._lost: dict[Key, str] = {}  #: attempt that this agent has ended -> the reason
        self._orders: list[StopOrder] = []
        self._watchdog = Watchdog(options.on_lost_server)
        self._is_full = False
        self._stopping: float | None = None  #: when running steps will be ended, by the monotonic clock
        self._reaped_at = time.monotonic()
        self.refused: str | None = None  #: why the server does not accept this agent
        checkouts = Checkouts(options.state_dir)
        self._checkouts = checkouts
        self._folders = AgentFolders(options.state_dir, checkouts, agent_id)
        self._spool = Spool(
            os.path.join(options.state_dir, "spool"), lambda: self._link.notify(), on_full=self._set_full
        )
        self._ended = EndedContainers(options.state_dir, self._folders, self._spool)
        self._runner = Runner(prepare, self._spool.log, self._clock.now, partial(_container_settings, options))
        self._agent = Agent(self._runner, self._folders, self, _agent_settings(options))
        parts = LinkParts(
            self._spool,
            self._folders,
            checkouts,
            self.post,
            lambda: self._runner.running,
            self._ended.held,
            self._set_full,
        )
        self._link = Link(options, agent_id, parts)

    def recover(self) -> None:
        """Ends what an earlier process of this agent left running, and reports it as lost. Containers that have ended
        are reported with their exit codes once the server has been reached."""
        held = self._spool.load()
        self._ended.find(held)
        lost = [file for file in held if file.report is None and not self._ended.has(file)]
        if lost:
            kill_marked({file.begun.mark for file in lost}, END_S)
        self._folders.clear_left_over({file.key[0] for file in held})
        for file in lost:
            self._spool.end(file.key, None, RESTARTED)

    def run(self, on_turn: Callable[[], None] = lambda: None) -> None:
        """Returns once the agent was stopped, or refused. ``on_turn`` is called at least each ``TICK_S`` until then."""
        self._link.start()
        while not self._is_over():
            on_turn()
            for finished in self._runner.wait(TICK_S):
                self._agent.finish(finished)
            self._take_in()
            self._check_disk()
            self._agent.start_claimed()
            self._end_lost()
            self._agent.send_heartbeat()
            self._reap()
        self._finish()

    def stop(self) -> None:
        """For signal handlers. The first call lets running steps end and begins no others; the second ends them."""
        self._stopping = time.monotonic() + (self._options.drain_s if self._stopping is None else 0.0)
        self._runner.wake()

    def post(self, frame: FromServer | Ready | LinkEnded) -> None:
        """From the link's thread."""
        self._arrived.append(frame)
        self._runner.wake()

    # What the runner's agent asks.

    def claim(self) -> Assignment | None:
        while self._ready:
            ready = self._ready[0]
            key, token = ready.assignment.key, ready.token
            if token in self._stops:
                self._ready.popleft()
                self._stops.pop(token)
                self._link.refuse(token, "cancelled before it began", killed=True)
                continue
            mark = mark_of(token)
            try:
                self._spool.begin(Begun(*key, token, mark))
            except FileExistsError:
                self._ready.popleft()
                continue  # it has begun already
            except OSError as error:
                self._set_full(error)
                return None  # it waits until the disk has room
            self._ready.popleft()
            self._link.begun(token)
            self._seals[key], self._may_retry[key] = ready.seal_key, ready.may_retry
            return replace(ready.assignment, run_token=mark)
        return None

    def log(self, chunk: LogChunk, /) -> None:
        self._spool.log(chunk)

    def report(self, report: Report) -> None:
        """From any thread."""
        key = report.key
        seal_key, lost = self._seals.pop(key, None), self._lost.pop(key, None)
        self._may_retry.pop(key, None)
        file = self._spool.of(key)
        if file is None or seal_key is None:
            self.post(Kept(""))
            return
        if lost is not None and report.outcome.killed:
            self._spool.end(key, None, lost)
            return
        left = tuple(LeftFile(each.name, each.size, each.mode, each.digest) for each, _ in report.artifacts)
        sealed = seal(dump_outcome(report.outcome, report.mistake), seal_key, file.token)
        self._spool.end(key, sealed, None, left)

    def heartbeat(self, running: Iterable[Key]) -> Sequence[StopOrder]:
        orders, self._orders = self._orders, []
        return orders

    # Frames.

    def _take_in(self) -> None:
        while self._arrived:
            frame = self._arrived.popleft()
            HANDLERS[type(frame)](self, frame)

    def _welcome(self, frame: Welcome) -> None:
        for token in frame.end:
            self._forget(token)
        for known in frame.known:
            self._ended.report(known, self._clock.now())

    def _add_ready(self, ready: Ready) -> None:
        self._ready.append(ready)

    def _order_stop(self, frame: Stop) -> None:
        file = self._spool.find(frame.token)
        if file is None:
            self._stops[frame.token] = frame.grace_s
        else:
            self._orders.append(StopOrder(file.key, frame.grace_s))

    def _kept(self, frame: Kept) -> None:
        self._forget(frame.token)

    def _forget(self, token: str) -> None:
        """The server has the report, or the attempt does not count any more, so it ends here."""
        self._stops.pop(token, None)
        self._ended.forget(token)
        self._ready = deque(each for each in self._ready if not compare_digest(each.token, token))
        key = self._spool.remove(token)
        if key is None:
            return
        if key in self._may_retry:
            self._runner.stop(key, END_S)
        else:
            self._clear(key)

    def _clear(self, key: Key) -> None:
        self._agent.clear(key)
        self._folders.forget_if_empty(key[0])

    def _job_ended(self, frame: Ended) -> None:
        if "/" not in frame.job:
            self._folders.clear_job(frame.job)

    def _refuse(self, frame: LinkEnded) -> None:
        self.refused = frame.reason
        self._stopping = time.monotonic()

    # Time.

    def _end_lost(self) -> None:
        silent_s = time.monotonic() - self._link.heard_at
        if not self._watchdog.is_due(silent_s, self._link.lease_s):
            return
        for key in self._watchdog.to_end(self._may_retry):
            if key not in self._lost:
                self._lost[key] = f"its agent had no contact with the server for {silent_s:.0f} s, and ended it"
                self._runner.stop(key, END_S)

    def _set_full(self, error: OSError) -> None:
        """Called from any thread when the spool or files cannot be written: the server should assign nothing more."""
        if not self._is_full:
            why = error.strerror or error
            _log.error("files of steps cannot be written, so no more steps are taken until they can: %s", why)
            self._is_full = True
            self._link.set_slots(0)

    def _check_disk(self) -> None:
        if self._stopping is not None:
            self._link.set_slots(0)
        elif self._spool.is_full:
            self._set_full(SPOOL_IS_FULL)
        elif not _has_room(self._options.state_dir):
            self._set_full(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        elif self._is_full and not self._ready:
            _log.info("steps are taken again")
            self._is_full = False
            self._link.set_slots(self._options.slots)

    def _reap(self) -> None:
        now = time.monotonic()
        if now - self._reaped_at >= REAP_S and not self._may_retry and not self._ready:
            self._reaped_at = now
            self._checkouts.reap(set(), UNUSED_S)

    def _is_over(self) -> bool:
        if self._stopping is None:
            return False
        return time.monotonic() >= self._stopping or not (self._runner.running or self._ready or self._agent.is_staging)

    def _finish(self) -> None:
        """Ends what still runs, and waits until the server has the reports."""
        for key in list(self._may_retry):
            self._lost[key] = "its agent was stopped"
        self._runner.stop_all(END_S)
        until = time.monotonic() + 2 * END_S
        while (self._runner.running or self._agent.is_staging) and time.monotonic() < until:
            for finished in self._runner.wait(0.1):
                self._agent.finish(finished)
        until = time.monotonic() + FLUSH_S
        while self.refused is None and self._spool.files() and time.monotonic() < until:
            self._runner.wait(0.1)
            self._take_in()
        self._spool.give_up()
        self._link.stop()


def _container_settings(options: AgentOptions) -> ContainerSettings:
    return ContainerSettings(
        options.state_dir,
        options.container_command,
        options.container_images,
        options.container_mounts,
        options.host_network,
    )


def _agent_settings(options: AgentOptions) -> AgentSettings:
    pass_env = {name: options.environ[name] for name in options.pass_env if name in options.environ}
    return AgentSettings(options.environ.get("HOME"), pass_env)


def _has_room(folder: str) -> bool:
    """Whether the disk has space for another attempt."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize >= MIN_FREE_BYTES


def mark_of(token: str) -> str:
    """The mark of the attempt's processes. The token cannot be derived from it."""
    return hashlib.sha256(f"mark {token}".encode()).hexdigest()[:24]


HANDLERS: Mapping[type, Callable[[AgentLoop, Any], None]] = {
    Welcome: AgentLoop._welcome,  # pyright: ignore[reportPrivateUsage]
    Ready: AgentLoop._add_ready,  # pyright: ignore[reportPrivateUsage]
    Stop: AgentLoop._order_stop,  # pyright: ignore[reportPrivateUsage]
    Kept: AgentLoop._kept,  # pyright: ignore[reportPrivateUsage]
    Ended: AgentLoop._job_ended,  # pyright: ignore[reportPrivateUsage]
    LinkEnded: AgentLoop._refuse,  # pyright: ignore[reportPrivateUsage]
}
