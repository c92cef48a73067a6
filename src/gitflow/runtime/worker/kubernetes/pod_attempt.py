"""One attempt in a cluster, from its Job to its report.

    begun (Job and Secret created) -> running -> ended -> left (its output has arrived) -> reported -> forgotten

Everything happens in the server's event loop. The Job is deleted only to stop the attempt, or once its report is
stored. Until then, the next server finds the Job by its name and continues.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
from datetime import datetime
from typing import TYPE_CHECKING

from gitflow.core.errors import GitflowError
from gitflow.core.templates.masking import mask_text, patterns_of
from gitflow.dispatch.kubernetes.client import Refused, Unreachable
from gitflow.dispatch.kubernetes.manifests import job_manifest, secret_manifest
from gitflow.dispatch.kubernetes.names import name_of
from gitflow.dispatch.kubernetes.states import look
from gitflow.runners.base import Outcome
from gitflow.runners.messages import failure, reason
from gitflow.runners.output import OutputFinder
from gitflow.runners.process import output_of
from gitflow.runners.streams import Log, Stream
from gitflow.runtime.worker.agent import Report, checked
from gitflow.runtime.worker.kubernetes.left import Left, unpack
from gitflow.runtime.worker.kubernetes.pod_log import PodLog
from gitflow.runtime.worker.kubernetes.rendering import context_of, workload_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any, Protocol, TypeVar

    from gitflow.core.logs import LogChunk
    from gitflow.dispatch.frames import LeftFile
    from gitflow.dispatch.kubernetes.client import Client
    from gitflow.dispatch.kubernetes.manifests import Cluster, Workload
    from gitflow.dispatch.kubernetes.states import Seen
    from gitflow.dispatch.kubernetes.watching import Picture
    from gitflow.runners.base import Assignment, StepContext
    from gitflow.runtime.worker.kubernetes.rendering import Limits
    from gitflow.workspaces.checkouts import Checkouts

    T = TypeVar("T")
    Object = dict[str, Any]

    class Surroundings(Protocol):
        """The part of the target that an attempt uses."""

        cluster: Cluster
        limits: Limits
        checkouts: Checkouts
        client: Client
        jobs: Picture
        memory: str | None  #: a folder for files with secrets; None: that of the system
        wall: Callable[[], float]
        lost_after: float
        log_limit: int

        def pods_of(self, job_name: str, /) -> list[Object]: ...
        def sink_of(self, attempt: PodAttempt, /) -> Callable[[LogChunk], None]: ...
        async def wait_for_room(self) -> None:
            """Until the engine has handled enough of the output."""
            ...

        async def is_known(self) -> None:
            """Until the cluster has answered once."""
            ...


_log = logging.getLogger("gitflow.kubernetes")

#: The exit code of a container that could not be started, as with podman and docker.
NOT_STARTED = 125
#: How long to wait for the output of an ended step, in seconds.
LEFT_S = 60.0
#: A pod that was created so many seconds after its Job is a replacement of an earlier one.
REPLACED_S = 5.0
#: How long the server lets a keeper wait for one answer, in seconds.
ASK_S = 20.0
#: The pause before the second try of a call, in seconds. It doubles with each further try, up to the second value.
FIRST_PAUSE_S, MAX_PAUSE_S = 0.2, 15.0


class Lost(Exception):
    """The attempt has ended, but its result is not known. The text is a clause."""


class NeverBegan(Exception):
    """The step will never begin. The text is the error of the step."""

    def __init__(self, error: str, *, may_pass: bool = False) -> None:
        super().__init__(error)
        self.may_pass = may_pass


class PodAttempt:
    def __init__(self, target: Surroundings, assignment: Assignment, token: str, *, is_resumed: bool) -> None:
        """``is_resumed``: an earlier server may have begun it."""
        self.has_silent_node = False  #: whether it was given up because nothing was heard of its node
        self.key = assignment.key
        self.name = name_of(assignment.key)
        self.token = token
        self.has_ended = asyncio.Event()  #: set once the step's container has ended, for which the keeper waits
        self.workspace, self.revision = assignment.workspace, assignment.revision
        self._target = target
        self._client = target.client
        self._assignment = assignment
        self._is_resumed = is_resumed
        self._patterns = patterns_of(assignment.masks)
        self._finder = OutputFinder()
        self._changed = asyncio.Event()
        self._job: Object | None = None
        self._first_pod: str | None = None  #: the only pod that may begin the step
        self._left: asyncio.Future[Left] = asyncio.get_running_loop().create_future()
        self._reason = ""  #: why it was asked to end: "stopped" or "timed out"
        self._timer: asyncio.TimerHandle | None = None
        self._log_task: asyncio.Task[None] | None = None

    # What others tell it.

    def notice(self) -> None:
        """Its Job or its pod has changed."""
        self._changed.set()

    def stop(self) -> None:
        """Ends it. Its processes have the grace period of the pod."""
        self._end("stopped")

    def may_begin(self, pod: str) -> bool:
        """Whether this pod may fetch the files. If the cluster has replaced a deleted pod, the second one may not."""
        if self._first_pod is None and not (self._is_resumed and self._is_replacement(pod)):
            self._first_pod = pod
        return self._first_pod == pod

    def _is_replacement(self, name: str) -> bool:
        """Whether a pod was created long after its Job, so that an earlier pod may have begun the step. Before version
        1.26, the cluster replaces pods that were deleted by force."""
        job = self._target.jobs.objects.get(self.name)
        pod = next((each for each in self._target.pods_of(self.name) if each["metadata"]["name"] == name), None)
        status: Object = {} if job is None else job.get("status") or {}
        began: str | None = status.get("startTime")
        if pod is None or began is None:
            return False
        made = datetime.fromisoformat(pod["metadata"]["creationTimestamp"])
        return (made - datetime.fromisoformat(began)).total_seconds() > REPLACED_S

    async def wait_for_end(self) -> bool:
        """Whether the keeper should now send what the step left: the step has ended and nothing has arrived yet.
        Returns False after a while."""
        try:
            async with asyncio.timeout(ASK_S):
                await self.has_ended.wait()
                if self._left.done():  # the keeper must stay until the report is stored
                    await asyncio.Event().wait()
        except TimeoutError:
            return False
        return True

    def take_left(self, left: Left) -> None:
        """The output of the step has arrived."""
        if not self._left.done():
            self._left.set_result(left)

    # Its life.

    async def run(self) -> tuple[Report | None, str, tuple[LeftFile, ...]]:
        """Returns its report, or None and why it is lost; and its artifacts."""
        try:
            with tempfile.TemporaryDirectory(prefix="gitflow-", dir=self._target.memory) as folder:
                return await self._run(folder)
        except NeverBegan as never:
            error = mask_text(str(never), self._patterns)
            return Report(self.key, Outcome(NOT_STARTED, error=error, may_pass=never.may_pass)), "", ()
        except Lost as lost:
            return None, str(lost), ()
        finally:
            for handle in (self._timer, self._log_task):
                if handle is not None:
                    handle.cancel()

    async def _run(self, folder: str) -> tuple[Report | None, str, tuple[LeftFile, ...]]:
        context, workload = await asyncio.to_thread(self._render, folder)
        log = Log(context, self._target.sink_of(self), self._target.wall, self._target.log_limit)
        stream = Stream("stdout", -1, log, self._patterns, self._finder)
        if not await self._begin(workload):
            return Report(self.key, Outcome(error=failure(0, self._reason, None, b""), killed=True)), "", ()
        seen = await self._watch(stream)
        await self._finish_log(seen, stream)
        left = None if seen.ended is None or self._reason else await self._wait_for_left()
        outcome = await asyncio.to_thread(self._outcome, seen, left, context, log)
        artifacts = left.artifacts if left is not None and outcome.error is None else ()
        return Report(self.key, outcome), "", artifacts

    def _render(self, folder: str) -> tuple[StepContext, Workload]:
        given = self._assignment
        try:
            context = context_of(given, self._target.checkouts.at(given.workspace, given.revision), folder)
            return context, workload_of(context, self.token, self._target.limits, has_needs=bool(given.needs))
        except OSError as error:
            raise NeverBegan(f"its files cannot be prepared: {reason(error)}", may_pass=True) from None
        except GitflowError as error:
            raise NeverBegan(str(error)) from None

    async def _begin(self, workload: Workload) -> bool:
        """Creates the Job, and then its Secret. False if it was stopped before. Raises Lost and NeverBegan."""
        cluster = self._target.cluster
        if self._is_resumed:
            self._job = await self._persist(lambda: self._client.get("jobs", self.name))
            if self._job is None:
                raise Lost("its Job is not in the cluster any more")
        while self._job is None:
            if self._reason:
                return False
            try:
                self._job = await self._client.create("jobs", job_manifest(workload, cluster))
            except Unreachable:
                await self._pause()
                self._job = await self._persist(lambda: self._client.get("jobs", self.name))  # it may have arrived
            except Refused as refused:
                if refused.status != 409:
                    raise NeverBegan(f"its Job cannot be created: {refused}") from None
                self._job = await self._persist(lambda: self._client.get("jobs", self.name))
        secret = secret_manifest(workload, cluster, self._job["metadata"]["uid"])
        try:
            await self._persist(lambda: self._client.create("secrets", secret))
        except Refused as refused:
            if refused.status != 409:
                raise NeverBegan(f"its Secret cannot be created: {refused}") from None
        await self._target.is_known()
        return True

    async def _watch(self, stream: Stream) -> Seen:
        """Waits until the step's container has ended. Raises Lost and NeverBegan."""
        is_stopping = False
        while True:
            self._changed.clear()
            seen = self._look()
            if seen.started_at is not None:
                self._start_log(seen, stream)
                self._start_timer(seen.started_at)
            if seen.ended is not None:
                return seen
            if self._reason and not is_stopping:
                is_stopping = True
                await self._persist(lambda: self._client.delete("jobs", self.name, wait_for_pods=True))
                continue
            if is_stopping:
                if self._job is None:
                    return seen
            elif seen.is_late:
                self._reason = "timed out"
                return seen
            elif seen.never is not None:
                raise NeverBegan(seen.never)
            elif seen.lost is not None and not seen.is_node_silent:
                await self._confirm_loss(seen)
            if seen.is_node_silent:
                await self._wait_for_node(is_stopping=is_stopping)
            else:
                await self._changed.wait()

    def _look(self) -> Seen:
        jobs, pods = self._target.jobs, self._target.pods_of(self.name)
        self._job = None if self.name in jobs.gone else jobs.objects.get(self.name, self._job)
        pod = next((each for each in pods if each["metadata"]["name"] == self._first_pod), pods[0] if pods else None)
        return look(self._job, pod)

    async def _confirm_loss(self, seen: Seen) -> None:
        """Waits for a while, because a pod that is being deleted may still report the end of its containers. Raises
        Lost."""
        until = asyncio.get_running_loop().time() + self._target.lost_after
        while seen.ended is None and not seen.is_over and seen.lost is not None:
            try:
                async with asyncio.timeout_at(until):
                    await self._changed.wait()
            except TimeoutError:
                break
            self._changed.clear()
            seen = self._look()
        raise Lost(seen.lost or "its pod was deleted")

    async def _wait_for_node(self, *, is_stopping: bool) -> None:
        """Waits until the node of the pod answers again, the pod is gone, or the attempt must be stopped. Raises Lost
        after a while: the containers may go on, but nobody will see their end."""
        limit_s = self._target.lost_after
        try:
            async with asyncio.timeout(limit_s):
                while self._look().is_node_silent and bool(self._reason) == is_stopping:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            self.has_silent_node = True
            raise Lost(f"its node has not answered for {limit_s:.0f} s") from None

    def _start_log(self, seen: Seen, stream: Stream) -> None:
        if self._log_task is None:
            self._first_pod = self._first_pod or seen.pod

            async def feed(text: bytes) -> None:
                stream.feed(text)
                await self._target.wait_for_room()

            log = PodLog(self._client, seen.pod, feed, self.has_ended.is_set)
            self._log_task = asyncio.create_task(log.follow())

    def _start_timer(self, started_at: str) -> None:
        limit = self._assignment.timeout_s
        if limit is None or self._timer is not None:
            return
        ran_s = max(0.0, self._target.wall() - datetime.fromisoformat(started_at).timestamp())
        self._timer = asyncio.get_running_loop().call_later(max(0.0, limit - ran_s), self._end, "timed out")

    def _end(self, reason: str) -> None:
        """Only the first reason counts, and none after the end of the step."""
        if not self._reason and not self.has_ended.is_set():
            self._reason = reason
            self._changed.set()

    async def _finish_log(self, seen: Seen, stream: Stream) -> None:
        self.has_ended.set()
        if self._timer is not None:
            self._timer.cancel()
        if self._log_task is not None:
            try:
                async with asyncio.timeout(LEFT_S):
                    await self._log_task
            except TimeoutError:
                _log.warning("the log of %s could not be read to its end", self.name)
        stream.end()

    async def _wait_for_left(self) -> Left | None:
        """What the step left; None if it does not arrive, for example because the keeper or its pod has ended."""
        until = asyncio.get_running_loop().time() + LEFT_S
        while not self._left.done():
            seen = self._look()
            if seen.keeper_ended or not seen.has_pod:
                break
            waiting = asyncio.create_task(self._changed.wait())
            try:
                async with asyncio.timeout_at(until):
                    await asyncio.wait((self._left, waiting), return_when=asyncio.FIRST_COMPLETED)
            except TimeoutError:
                break
            finally:
                waiting.cancel()
            self._changed.clear()
        return self._left.result() if self._left.done() else None

    def _outcome(self, seen: Seen, left: Left | None, context: StepContext, log: Log) -> Outcome:
        ended, limit = seen.ended, self._assignment.timeout_s
        code = None if ended is None else ended.exit_code
        error = ended.error if ended is not None and ended.error and not self._reason else None
        if error is None:
            error = failure(code or 0, self._reason, limit, log.stderr_tail)
            error = f"{error}{ended.note}" if error and ended is not None and not self._reason else error
        output, problem = None, None
        if left is not None:
            unpack(left.packed, context.scratch)
            output, problem = output_of(context, self._finder, log)
        elif error is None:
            problem = "its output and artifacts did not arrive: its pod ended, or could not reach this server"
        outcome = Outcome(
            exit_code=code,
            output=output,
            error=mask_text(error or problem or "", self._patterns) or None,
            killed=self._reason == "stopped",
            timed_out=self._reason == "timed out",
        )
        return checked(self._assignment.action, outcome)

    async def _persist(self, call: Callable[[], Awaitable[T]]) -> T:
        """Repeats the call until the API server answers. Raises Refused."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                return await call()
            except Unreachable as error:
                _log.warning("the API server cannot be reached for %s: %s", self.name, error)
                await asyncio.sleep(pause_s)
                pause_s = min(MAX_PAUSE_S, 2 * pause_s)

    async def _pause(self) -> None:
        await asyncio.sleep(FIRST_PAUSE_S)
