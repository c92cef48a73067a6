"""A cluster as a worker. To the fleet it is one more agent, which never leaves while the server runs.

Assignments arrive as frames, and each becomes a Job (pod_attempt.py). Output and reports go back as frames. The cluster
takes the place of an agent's spool: after a restart, the attempts that the store knows are looked up there. Everything
happens in the server's event loop, except ``send``, ``close`` and ``forget``, which the engine calls.
"""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from gitflow.core.logs import LogChunk
from gitflow.core.record import Record
from gitflow.dispatch import frames
from gitflow.dispatch.base import Taker
from gitflow.dispatch.frames import Assign, Hello, Kept, Stop, Welcome
from gitflow.dispatch.kubernetes.client import Client, Refused, Unreachable
from gitflow.dispatch.kubernetes.names import name_of, selector_of
from gitflow.dispatch.kubernetes.watching import Picture
from gitflow.dispatch.sealed import seal
from gitflow.runtime.worker.far_agent import Left as LinkEnded
from gitflow.runtime.worker.far_agent import Resume
from gitflow.runtime.worker.kubernetes.pod_attempt import PodAttempt
from gitflow.runtime.worker.kubernetes.sent_lines import Lines
from gitflow.runtime.worker.wire import dump_outcome, read_assignment

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping
    from typing import Any

    from gitflow.dispatch.frames import FromAgent, LeftFile
    from gitflow.dispatch.kubernetes.access import Access
    from gitflow.dispatch.kubernetes.manifests import Cluster
    from gitflow.runtime.clock import Clock
    from gitflow.runtime.worker.agent import Report
    from gitflow.runtime.worker.fleet import Fleet
    from gitflow.runtime.worker.kubernetes.rendering import Limits
    from gitflow.workspaces.checkouts import Checkouts

    Key = tuple[str, str, int]
    Object = dict[str, Any]

_log = logging.getLogger("gitflow.kubernetes")

#: A file system in memory. If the system has it, files with secrets are here while an attempt is prepared.
MEMORY = "/dev/shm"
#: The interval at which attempts of earlier servers are looked for, in seconds.
RESUME_S = 0.5
#: The interval at which Jobs that belong to no attempt are looked for, in seconds.
SWEEP_S = 30.0
#: The pause after the engine could not take a frame, in seconds.
REJOIN_S = 2.0
#: How much output may wait for the engine before no more is read, in bytes.
MAX_WAITING = 4 << 20


class TargetParts(Record):
    """What a target needs of the server."""

    fleet: Fleet
    access: Access
    cluster: Cluster
    limits: Limits
    checkouts: Checkouts
    clock: Clock
    tags: tuple[str, ...]
    slots: int
    lost_after: float
    log_limit: int
    version: str


class Target:
    """See Peer, which is how the fleet sees it. ``serving`` runs it."""

    key_id = ""
    keeps_assignments = False  #: it has them only in memory

    def __init__(self, parts: TargetParts) -> None:
        self._parts = parts
        self._fleet = parts.fleet
        self.cluster, self.limits, self.checkouts = parts.cluster, parts.limits, parts.checkouts
        self.lost_after, self.log_limit = parts.lost_after, parts.log_limit
        self.wall = parts.clock.wall
        self.memory = MEMORY if os.access(MEMORY, os.W_OK) else None
        self.worker_id = parts.cluster.worker_id
        name = f"kubernetes/{parts.cluster.namespace}"
        self.taker = Taker(self.worker_id, name, frozenset(parts.tags), only_images=True)
        self._attempts: dict[str, PodAttempt] = {}
        self._by_name: dict[str, PodAttempt] = {}
        self._runs: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._repeatable: set[str] = set()  #: tokens of attempts after which another one may follow
        self._stops: set[str] = set()  #: tokens of attempts that must end as soon as they arrive
        self._resumed: set[str] = set()  #: tokens of attempts that an earlier server may have begun
        self._lines: dict[tuple[str, str], Lines] = {}
        self._waiting = 0
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._loop: asyncio.AbstractEventLoop | None = None

    # See Peer.

    @property
    def running(self) -> int:
        return len(self._attempts)

    @property
    def heard_at(self) -> float:
        """It is in this process, so it counts as heard of now. Whether the cluster answers is not part of it."""
        return self._parts.clock.now()

    def send(self, message: str | bytes, /) -> None:
        self._call(self._receive, message)

    def close(self, reason: str, *, may_try_again: bool) -> None:
        """The engine cannot take frames, for example because of a full disk: the target joins again a little later."""
        if may_try_again:
            _log.warning("the engine takes nothing from the cluster for now: %s", reason)
            self._call(self._spawn_rejoin)

    def forget(self, size: int, /) -> None:
        self._call(self._free, size)

    def _call(self, function: Callable[..., None], *given: object) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the server has stopped
                self._loop.call_soon_threadsafe(function, *given)

    def _free(self, size: int) -> None:
        self._waiting -= size
        if self._waiting <= MAX_WAITING:
            self._has_room.set()

    async def wait_for_room(self) -> None:
        """Until the engine has handled enough of the output."""
        await self._has_room.wait()

    # Its life.

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[Target]:
        """The Jobs continue after the end of the block; the next server finds them."""
        self._loop = asyncio.get_running_loop()
        self.client = Client(self._parts.access, self.cluster.namespace)
        selector = selector_of(self.worker_id)
        self.jobs = Picture(self.client, "jobs", selector, self._job_changed)
        self.pods = Picture(self.client, "pods", selector, self._pod_changed)
        self._join()
        for work in (self.jobs.keep(), self.pods.keep(), self._resume_often(), self._sweep_often()):
            self._spawn(work)
        try:
            yield self
        finally:
            self._fleet.post(self, LinkEnded(), 0)
            self._loop = None
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.client.close()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("internal error in the cluster's worker", exc_info=error)

    async def is_known(self) -> None:
        """Waits until the cluster has answered once."""
        await self.jobs.is_complete.wait()
        await self.pods.is_complete.wait()

    def _join(self) -> None:
        """Joins at once, so that attempts of earlier servers do not count as lost while the cluster cannot be
        reached."""
        parts, name = self._parts, self.taker.name
        hello = Hello(
            frames.PROTOCOL, self.worker_id, self.worker_id, name, parts.version, parts.slots, parts.tags, ()
        )  # fmt: skip
        self._fleet.post(self, hello, 0)

    async def _resume_often(self) -> None:
        """Resumes attempts of earlier servers as soon as the engine has taken over their jobs."""
        tokens = self._fleet.tokens
        while True:
            for key in self._expected():
                token = tokens.token(key, self.worker_id)
                if token not in self._attempts and token not in self._resumed:
                    self._resume(token)
            await asyncio.sleep(RESUME_S)

    def _spawn_rejoin(self) -> None:
        self._spawn(self._rejoin())

    async def _rejoin(self) -> None:
        """Resumes every attempt as after a restart: its log is read again, and the stored lines are dropped."""
        for run in self._runs.values():
            run.cancel()
        for known in (self._runs, self._attempts, self._by_name, self._lines):
            known.clear()
        await asyncio.sleep(REJOIN_S)
        self._join()
        for key in self._current():
            self._resume(self._fleet.tokens.token(key, self.worker_id))

    def _resume(self, token: str) -> None:
        self._resumed.add(token)
        self._fleet.post(self, Resume(token), 0)

    def _current(self) -> list[Key]:
        """The attempts that it has according to the engine."""
        worker = self._fleet.worker_of(self.worker_id)
        return [] if worker is None else worker.attempts()

    def _expected(self) -> list[Key]:
        """The attempts that an earlier server assigned."""
        worker = self._fleet.worker_of(self.worker_id)
        return [] if worker is None else worker.expected()

    async def _sweep_often(self) -> None:
        """Removes Jobs that belong to no attempt."""
        await self.is_known()
        while True:
            await asyncio.sleep(SWEEP_S)
            await self._remove(self._leftovers())

    def _leftovers(self) -> list[str]:
        """The names of Jobs whose attempts do not count any more."""
        wanted = {name_of(key) for key in self._current()}
        return [name for name in self.jobs.objects if name not in wanted and name not in self._by_name]

    async def _remove(self, names: Iterable[str]) -> None:
        for name in names:
            with suppress(Unreachable, Refused):
                await self.client.delete("jobs", name)

    # What the cluster says.

    def pods_of(self, job_name: str) -> list[Object]:
        """The pods of a Job, oldest first."""
        found = [pod for pod in self.pods.objects.values() if owner_of(pod) == job_name]
        return sorted(found, key=lambda pod: str(pod["metadata"].get("creationTimestamp")))

    def _job_changed(self, name: str) -> None:
        if (attempt := self._by_name.get(name)) is not None:
            attempt.notice()
        else:
            self.jobs.forget(name)

    def _pod_changed(self, name: str) -> None:
        self.pods.forget(name)
        pod = self.pods.objects.get(name)
        for attempt in self._attempts.values() if pod is None else filter(None, [self._by_name.get(owner_of(pod))]):
            attempt.notice()

    # What the engine says.

    def _receive(self, message: str | bytes) -> None:
        frame = frames.read_from_server(message)
        handle = HANDLERS.get(type(frame))
        if handle is not None:
            handle(self, frame)

    def _welcome(self, frame: Welcome) -> None:
        for known in frame.known:
            if known.token in self._resumed and known.token not in self._attempts:
                self._lines[known.token, "stdout"] = Lines(drop=known.stdout)
                self._lines[known.token, "stderr"] = Lines(sent=known.stderr)

    def _assign(self, frame: Assign) -> None:
        if frame.token in self._attempts:
            return
        assignment = read_assignment(frame.assignment)
        is_resumed = frame.token in self._resumed
        self._resumed.discard(frame.token)
        attempt = PodAttempt(self, assignment, frame.token, is_resumed=is_resumed)
        self._attempts[frame.token] = self._by_name[attempt.name] = attempt
        if frame.may_retry:
            self._repeatable.add(frame.token)
        if frame.token in self._stops:
            attempt.stop()
        self._runs[frame.token] = self._spawn(self._run(attempt, bytes.fromhex(frame.key)))

    async def _run(self, attempt: PodAttempt, seal_key: bytes) -> None:
        try:
            report, lost, artifacts = await attempt.run()
        except Exception as error:
            _log.error("internal error in an attempt in the cluster", exc_info=error)
            report, lost, artifacts = None, f"internal error of gitflow ({type(error).__name__})", ()
        self._report(attempt.token, report, lost, artifacts, seal_key)

    def _report(
        self, token: str, report: Report | None, lost: str, artifacts: tuple[LeftFile, ...], seal_key: bytes
    ) -> None:
        sealed = None if report is None else seal(dump_outcome(report.outcome, report.mistake), seal_key, token)
        self._fleet.post(self, frames.Report(token, sealed, lost or None, artifacts), 0)

    def _stop(self, frame: Stop) -> None:
        self._stops.add(frame.token)
        if (attempt := self._attempts.get(frame.token)) is not None:
            attempt.stop()

    def _kept(self, frame: Kept) -> None:
        """The report of the attempt is stored, or the attempt does not count any more."""
        self._stops.discard(frame.token)
        self._resumed.discard(frame.token)
        attempt = self._attempts.pop(frame.token, None)
        for stream in ("stdout", "stderr"):
            self._lines.pop((frame.token, stream), None)
        if attempt is not None:
            self._by_name.pop(attempt.name, None)
            if (run := self._runs.pop(frame.token, None)) is not None:
                run.cancel()
            self._spawn(self._delete(attempt, is_repeated=frame.token in self._repeatable))
        self._repeatable.discard(frame.token)

    async def _delete(self, attempt: PodAttempt, *, is_repeated: bool) -> None:
        """Its Job, and its pod with it. The pod of a silent node would stay, and count against the quota of the
        namespace, until somebody removes the node; where another attempt follows, it is removed by force."""
        await self._remove([attempt.name])  # if it fails, the sweep tries again
        if attempt.has_silent_node and is_repeated:
            await self._remove_pods(attempt.name)
        self.jobs.forget(attempt.name)

    async def _remove_pods(self, job_name: str) -> None:
        for pod in self.pods_of(job_name):
            try:
                await self.client.delete("pods", pod["metadata"]["name"], at_once=True)
            except (Unreachable, Refused) as error:
                _log.warning("the pod of a node that has not answered stays: %s", error)

    # What an attempt prints.

    def sink_of(self, attempt: PodAttempt) -> Callable[[LogChunk], None]:
        def take(chunk: LogChunk) -> None:
            lines = self._lines.setdefault((attempt.token, chunk.stream), Lines())
            for after, count, data in lines.new(chunk.lines, chunk.data):
                frame = frames.Log(attempt.token, chunk.stream, after, chunk.ts, count, data)
                self._post(frame, len(data))

        return take

    def _post(self, frame: FromAgent, size: int) -> None:
        self._waiting += size
        if self._waiting > MAX_WAITING:
            self._has_room.clear()
        self._fleet.post(self, frame, size)

    # For the routes of pods.

    def attempt_of(self, key: Key, token: str) -> PodAttempt | None:
        """The current attempt, if the token is that of its pod; None otherwise."""
        if not self._fleet.tokens.fits(token, key, self.worker_id):
            return None
        return self._attempts.get(token)


def owner_of(pod: Object) -> str:
    """The name of the Job that a pod belongs to."""
    owners = pod["metadata"].get("ownerReferences") or ()
    return next((each["name"] for each in owners if each.get("kind") == "Job"), "")


HANDLERS: Mapping[type, Callable[[Target, Any], None]] = {
    Welcome: Target._welcome,  # pyright: ignore[reportPrivateUsage]
    Assign: Target._assign,  # pyright: ignore[reportPrivateUsage]
    Stop: Target._stop,  # pyright: ignore[reportPrivateUsage]
    Kept: Target._kept,  # pyright: ignore[reportPrivateUsage]
}
