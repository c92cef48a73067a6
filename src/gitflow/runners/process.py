"""An attempt that runs as a process, from its start to its outcome.

Like a call (thread.py) it has ``due``, the monotonic time of the next poll, and ``poll``, which returns the outcome or
None while it runs. A process goes through these states:

    running -> exited -> drained -> swept -> finished

The attempt ends when its main process exits. Remaining output in the pipes is read for at most DRAIN_S while other
processes hold them open; then leftover processes are killed. The main process is reaped last, so that its id cannot
be reused for another process or group while signals may still be sent.
"""

from __future__ import annotations

import os
import time

from gitflow.core.errors import InvalidInput
from gitflow.core.standard import partial, suppress
from gitflow.core.templates.masking import mask_text
from gitflow.runners import process_tree
from gitflow.runners.base import Outcome
from gitflow.runners.child import start
from gitflow.runners.messages import failure, start_error
from gitflow.runners.output import OutputFinder, read_output
from gitflow.runners.pids import count_starts
from gitflow.runners.process_spec import encode, output_folder, output_path
from gitflow.runners.process_tree import Started
from gitflow.runners.streams import MAX_PIPE_BYTES, READ_SIZE, Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Protocol

    from gitflow.core.values import Json
    from gitflow.runners.base import Process, StepContext, Watcher
    from gitflow.runners.child import Child
    from gitflow.runners.searches import Search
    from gitflow.runners.streams import Log

    class Sink(Protocol):
        """Reads one pipe of a process."""

        @property
        def fd(self) -> int: ...
        def read(self, buffer: memoryview) -> int | None:
            """Reads once. Returns the number of bytes: 0 at the end, None if there are none now."""
            ...

        def end(self) -> None:
            """Called after the last byte."""
            ...


NEVER = float("inf")
#: How long output is read after the process has ended, while others hold its pipes open.
DRAIN_S = 2.0
#: How long killed leftovers may take to disappear before the attempt ends without them.
VANISH_S = 5.0
#: The pause between polls for exits on systems that do not announce them, in seconds.
POLL_S = 0.02


class WatchedProcess:
    """A started process: the loop reads its pipes and notes its exit."""

    def __init__(self, process: Process, watcher: Watcher, sinks: Callable[[int, int], Iterable[Sink]]) -> None:
        """Starts the process; ``sinks`` makes what reads its stdout and its stderr. Raises NotStarted."""
        self._watcher = watcher
        self._child, out, err = spawn(process)
        self._streams: list[Sink] = [*sinks(out, err)]  #: those that are still open
        self._handle = exit_handle(self._child.pid)
        self._exited = False
        self._drain_until = self._due = 0.0

    def _watch(self) -> None:
        """Raises OSError; the process has been killed then, because nobody would notice its end."""
        try:
            for stream in self._streams:
                self._watcher.register(stream.fd, partial(self._read, stream))
            if self._handle is not None:
                self._watcher.register(self._handle, self._note_exit)
        except OSError:
            self._kill()
            self._child.wait()
            for fd in [stream.fd for stream in self._streams] + ([] if self._handle is None else [self._handle]):
                with suppress(KeyError, ValueError):
                    self._watcher.unregister(fd)
                os.close(fd)
            raise

    def _kill(self) -> None:
        """Kills the process and all that it has started."""
        raise NotImplementedError

    def _read(self, stream: Sink) -> bool:
        """Reads once from a pipe. False if there is nothing to read, now or ever."""
        size = stream.read(self._watcher.buffer)
        if size == 0:
            self._close(stream)
            self._due = 0.0
        return bool(size)

    def _close(self, stream: Sink) -> None:
        self._streams.remove(stream)
        self._watcher.unregister(stream.fd)
        os.close(stream.fd)
        stream.end()

    def _note_exit(self) -> None:
        """Notes that the main process has ended. It is not reaped yet."""
        if self._handle is not None:
            self._watcher.unregister(self._handle)
            os.close(self._handle)
            self._handle = None
        self._exited = True
        self._drain_until = time.monotonic() + DRAIN_S
        self._due = 0.0


class ProcessAttempt(WatchedProcess):
    """A process that is an attempt."""

    def __init__(
        self, context: StepContext, process: Process, log: Log, patterns: Sequence[bytes], watcher: Watcher
    ) -> None:
        """Starts the process. Raises NotStarted, and OSError if it cannot be watched."""
        self.key = (context.job_id, context.step, context.attempt)
        self._context, self._log, self._patterns = context, log, patterns
        self._finder = finder = OutputFinder()

        def sinks(out: int, err: int) -> tuple[Stream, Stream]:
            return Stream("stdout", out, log, patterns, finder), Stream("stderr", err, log, patterns)

        self._starts = count_starts()
        super().__init__(process, watcher, sinks)
        self._started = time.monotonic()
        self._deadline = NEVER if context.timeout_s is None else self._started + context.timeout_s
        self._token = context.run_token
        self._reason = ""  # why it was asked to end: "stopped" or "timed out"
        self._kill_at = self._give_up = NEVER
        self._pause = 0.001
        self._leaving: set[int] = set()
        self._search: Search | None = None
        self._signals: list[Search] = []  #: the searches that signal what they find
        self._search_until = NEVER
        self._due = min(self._deadline, NEVER if self._handle is not None else self._started + POLL_S)
        self._watch()

    @property
    def due(self) -> float:
        return 0.0 if self._search is not None and self._search.found is not None else self._due

    def _kill(self) -> None:
        self._signal(9)
        process_tree.end_group(self._child.pid)

    def stop(self, grace_s: float, reason: str = "stopped") -> None:
        """Sends TERM now and KILL after the grace time. A second call can only make the end earlier."""
        if self._exited:
            return
        kill_at = time.monotonic() + grace_s
        if not self._reason:
            self._reason, self._kill_at = reason, kill_at
            self._signal(15)
        elif self._kill_at != NEVER:
            self._kill_at = min(self._kill_at, kill_at)
        self._due = min(self._due, self._kill_at)

    def poll(self, now: float) -> Outcome | None:
        if not self._exited and self._handle is None and has_exited(self._child.pid):
            self._note_exit()
        if self._exited:
            return self._wind_up(now)
        if now >= self._deadline:
            self._deadline = NEVER
            self.stop(self._context.grace_s, "timed out")
        if now >= self._kill_at:
            self._kill_at = NEVER
            self._signal(9)
        self._due = min(self._deadline, self._kill_at, NEVER if self._handle is not None else now + POLL_S)
        return None

    def _wind_up(self, now: float) -> Outcome | None:
        if self._streams and now < (until := min(self._drain_until, self._kill_at)):
            self._due = until
            return None
        left = now < self._give_up and self._left_behind(now)
        if left is None:
            self._due = self._search_until
            return None
        if left:
            self._end_leftovers(now)
            self._pause = min(self._pause * 2, 0.1)
            self._due = now + self._pause
            return None
        return self._finish()

    def _end_leftovers(self, now: float) -> None:
        """Kills leftover processes at once; after a stop, they have the grace time, too."""
        if self._reason and self._kill_at != NEVER and now < self._kill_at:
            return
        self._give_up = min(self._give_up, now + VANISH_S)
        process_tree.signal_group(self._child.pid, 9)
        process_tree.signal_found(self._mark(), self._leaving, 9)

    def _left_behind(self, now: float) -> bool | None:
        """Whether leftover processes still exist, also those that are ending and no longer show the mark.

        None: not known yet.
        """
        found = self._find_leftovers(now)
        if found is None:
            return None
        signalled = (pid for search in self._signals for pid in search.found or ())
        self._leaving = {*found, *(pid for pid in (*self._leaving, *signalled) if process_tree.is_alive(pid))}
        return bool(self._leaving)

    def _find_leftovers(self, now: float) -> list[int] | None:
        """The leftover processes: at once if a quick search suffices, otherwise from another thread."""
        if self._search is None:
            found = process_tree.glance(self._mark())
            if found is None:
                self._search, self._search_until = self._watcher.search(self._mark()), now + VANISH_S
            return found
        found = self._search.found
        if found is None and now < self._search_until:
            return None
        self._search = None
        return found or []  # none, if the kernel did not answer for so long

    def _mark(self) -> Started:
        return Started(self._child.pid, self._token, time.monotonic() - self._started, self._starts)

    def _signal(self, number: int) -> None:
        """Signals all processes of the attempt. Those that left its group may get the signal a little later."""
        process_tree.signal_group(self._child.pid, number)
        found = process_tree.glance(self._mark())
        if found is None:
            self._signals.append(self._watcher.search(self._mark(), number))
        else:
            self._leaving.update(found)
            process_tree.signal_found(self._mark(), found, number)

    def _finish(self) -> Outcome:
        process_tree.end_group(self._child.pid)  # on systems that cannot list processes, only the group is known
        for stream in tuple(self._streams):
            self._read_rest(stream)
        return self._outcome(self._child.wait())

    def _read_rest(self, stream: Sink) -> None:
        """Reads what is left in the pipe. It is bounded, because a process that was not found may still write to it."""
        for _ in range(MAX_PIPE_BYTES // READ_SIZE + 1):
            if not self._read(stream):
                break
        if stream in self._streams:
            self._close(stream)

    def _outcome(self, code: int) -> Outcome:
        error = failure(code, self._reason, self._context.timeout_s, self._log.stderr_tail)
        output, problem = output_of(self._context, self._finder, self._log)
        error = error or problem
        return Outcome(
            exit_code=code,
            output=output,
            error=mask_text(error, self._patterns) if error else None,
            killed=self._reason == "stopped",
            timed_out=self._reason == "timed out",
        )


def output_of(context: StepContext, finder: OutputFinder, log: Log) -> tuple[Json, str | None]:
    """The output of an attempt that has ended, or why it cannot be read."""
    line = finder.text()
    if line is not None:
        from gitflow.runners.forged_output import NOTE, may_be_forged  # for steps that print such a line

        if may_be_forged(context):
            log.write("stderr", NOTE.encode())
            line = None
    try:
        return read_output(output_path(context), line, output_folder(context), context.action.output), None
    except InvalidInput as error:
        return None, str(error)


def spawn(process: Process) -> tuple[Child, int, int]:
    """The process and the read ends of its stdout and stderr. Raises NotStarted with a sentence."""
    try:
        out, out_end, err, err_end = _two_pipes()
    except OSError as error:
        raise start_error(process, error) from error
    try:
        env = {encode(name): encode(value) for name, value in process.env.items()}
        child = start([encode(word) for word in process.argv], process.cwd, env, out_end, err_end)
    except OSError as error:
        os.close(out)
        os.close(err)
        raise start_error(process, error) from error
    finally:
        os.close(out_end)
        os.close(err_end)
    os.set_blocking(out, False)
    os.set_blocking(err, False)
    return child, out, err


def _two_pipes() -> tuple[int, int, int, int]:
    first = os.pipe()
    try:
        return *first, *os.pipe()
    except OSError:
        os.close(first[0])
        os.close(first[1])
        raise


def exit_handle(pid: int) -> int | None:
    """A descriptor that becomes readable when the process has exited; None on systems without it."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def has_exited(pid: int) -> bool:
    """Whether the process has exited; does not reap it."""
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except OSError:
        return True
