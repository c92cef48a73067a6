"""An attempt that runs in a container, from the pull of its image to its outcome.

    (pulled) -> created -> started -> inspected -> removed -> finished

Each arrow is one run of the command line. A stop ends what prepares the container, or sends TERM and later KILL to it.
The container is removed in every case, and a lock says that it exists until then (records.py).
"""

from __future__ import annotations

import json
import signal
import time
from functools import partial
from typing import TYPE_CHECKING

from gitflow.core.errors import GitflowError
from gitflow.core.record import replace
from gitflow.core.templates.masking import mask_text
from gitflow.runners.base import Outcome, Process
from gitflow.runners.container_settings import PULL_TIMEOUT_S
from gitflow.runners.containers.client import environment
from gitflow.runners.containers.command import Captured, Command
from gitflow.runners.containers.endings import NOT_STARTED, Ending, ending_of, late_note, reason_of
from gitflow.runners.messages import failure, reason
from gitflow.runners.output import OutputFinder
from gitflow.runners.process import NEVER, output_of
from gitflow.runners.streams import Log, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gitflow.runners.base import Loop, StepContext
    from gitflow.runners.containers.command import Sinks
    from gitflow.runners.containers.plan import Plan

#: How long one run of the command line may take that waits for nothing, in seconds.
COMMAND_S = 120.0
#: How long a killed container's client may take to notice, in seconds.
NOTICE_S = 10.0
#: The pause before a signal is sent again to a container that is only just starting, in seconds.
AGAIN_S = 0.2


class ContainerAttempt:
    """``plan`` has everything that is known before anything is started."""

    def __init__(self, context: StepContext, plan: Plan, patterns: Sequence[bytes], loop: Loop) -> None:
        """Starts the first command. Raises NotStarted, and OSError if it cannot be watched."""
        self.key = (context.job_id, context.step, context.attempt)
        self._context, self._plan, self._patterns, self._loop = context, plan, patterns, loop
        self._log = Log(context, loop.log, loop.now, loop.log_limit)
        self._finder = OutputFinder()
        self._command: Command | None = None
        self._signal: Command | None = None  #: the run of ``kill`` that is under way
        self._may_exist = False  #: the container was created, or perhaps
        self._is_running = False  #: the container was started, and has not ended
        self._is_pulling = self._is_pulled = False
        self._reason = ""  #: why it was asked to end: "stopped" or "timed out"
        self._deadline = self._kill_at = self._send_at = self._give_up = NEVER
        self._number = "TERM"
        self._error: str | None = None
        self._ending: Ending | None = None
        self._ended_at = 0.0  #: when the client reported the end of the container, in Unix seconds
        self._late_note = ""
        self._outcome: Outcome | None = None
        self._removals = 0
        self._begin()

    @property
    def due(self) -> float:
        commands = [command.due for command in (self._command, self._signal) if command is not None]
        own = 0.0 if self._outcome is not None and self._signal is None else NEVER
        return min(own, self._deadline, self._kill_at, self._send_at, self._give_up, *commands)

    def stop(self, grace_s: float, reason: str = "stopped") -> None:
        """A second call can only make the end earlier."""
        if self._ending is not None or self._outcome is not None or self._removals:
            return
        kill_at = time.monotonic() + grace_s
        if self._reason:
            self._kill_at = min(self._kill_at, kill_at) if self._kill_at != NEVER else NEVER
            return
        self._reason = reason
        if self._is_running:
            self._kill_at, self._send_at = kill_at, 0.0
        elif self._command is not None:
            self._give_up = time.monotonic() + NOTICE_S
            if self._is_pulling:  # creating the container takes less than a second, and could not be undone halfway
                self._command.send(signal.SIGTERM)

    def poll(self, now: float) -> Outcome | None:
        for command in (self._signal, self._command):
            if command is not None and command.due <= now:
                self._poll_command(command, now)
        if self._outcome is not None:
            return self._outcome if self._signal is None else None
        if now >= self._deadline:
            self._deadline = NEVER
            self.stop(self._context.grace_s, "timed out")
        if now >= self._kill_at:
            self._kill_at, self._number, self._send_at = NEVER, "KILL", 0.0
            self._give_up = now + NOTICE_S
        if now >= self._send_at and self._signal is None:
            self._send()
        if now >= self._give_up and self._command is not None:
            self._give_up = NEVER
            self._command.send(signal.SIGKILL)
        return None

    def _poll_command(self, command: Command, now: float) -> None:
        """A command that has ended calls the next method; what that cannot start fails the attempt."""
        try:
            command.poll(now)
        except OSError as error:
            self._fail(reason(error))
        except GitflowError as error:
            self._fail(str(error))

    def _begin(self) -> None:
        self._plan.record.keep()
        if self._plan.pull == "always":
            self._pull()
        else:
            self._create()

    def _pull(self) -> None:
        self._is_pulling = self._is_pulled = True
        words = self._plan.client.pull(self._plan.image, self._plan.platform)
        self._run(words, self._pulled, self._streams(None), limit_s=PULL_TIMEOUT_S)

    def _pulled(self, command: Command, code: int) -> None:
        self._is_pulling = False
        if self._reason:
            self._remove()
        elif command.is_late:
            self._fail(f"the image {self._plan.image!r} was not pulled within 10m")
        elif code:
            self._fail(f"the image {self._plan.image!r} cannot be pulled" + self._last_words())
        else:
            self._create()

    def _create(self) -> None:
        timeout_s = self._context.timeout_s
        self._deadline = NEVER if timeout_s is None else time.monotonic() + timeout_s
        plan = self._plan
        self._may_exist = True
        words = plan.client.create(plan.name, plan.options, plan.image, plan.arguments)
        self._run(words, self._created, env=plan.env)

    def _created(self, command: Command, code: int) -> None:
        said = _text(command.err)
        self._may_exist = code == 0 or command.is_late
        if self._reason:
            self._remove()
        elif code == 0:
            if said:  # a limit that this system cannot hold, for example
                self._log.write("stderr", f"{said}\n".encode())
            self._start()
        elif self._plan.pull != "always" and not self._is_pulled:
            self._run(self._plan.client.find_image(self._plan.image), partial(self._found_image, said))
        else:
            self._fail(f"the container cannot be created: {reason_of(said)}")

    def _found_image(self, said: str, command: Command, code: int) -> None:
        """Creating it failed: because the image is missing?"""
        if self._reason:
            self._remove()
        elif code == 0:
            self._fail(f"the container cannot be created: {reason_of(said)}")
        elif self._plan.pull == "never":
            self._fail(
                f"the image {self._plan.image!r} is not on this machine, and `pull: never` says not to pull it: "
                f"{reason_of(said)}"
            )
        else:
            self._deadline = NEVER
            self._pull()

    def _start(self) -> None:
        self._is_running = True
        self._run(self._plan.client.start(self._plan.name), self._ended, self._streams(self._finder), limit_s=NEVER)

    def _ended(self, command: Command, code: int) -> None:
        self._is_running = False
        self._ended_at = self._loop.now()
        self._deadline = self._kill_at = self._send_at = self._give_up = NEVER
        self._run(self._plan.client.inspect(self._plan.name), self._inspected)

    def _inspected(self, command: Command, code: int) -> None:
        tail = self._log.stderr_tail.decode("utf-8", "replace")
        try:
            state, user = json.loads(_text(command.out))
        except ValueError:
            self._fail(f"the container cannot be inspected: {reason_of(_text(command.err))}")
            return
        self._ending = ending_of(state, self._plan, tail)
        self._late_note = late_note(state, self._ended_at)
        folders = self._plan.foreign_folders(user)
        if folders:
            self._run(self._plan.client.own(folders), self._owned)
        else:
            self._read_output()

    def _owned(self, command: Command, code: int) -> None:
        if code:
            note = f"gitflow: files of other users cannot be made this user's: {reason_of(_text(command.err))}\n"
            self._log.write("stderr", note.encode())
        self._read_output()

    def _read_output(self) -> None:
        ending = self._ending or Ending(NOT_STARTED, "")
        error = ending.error
        if self._reason or error is None:
            error = failure(ending.exit_code, self._reason, self._context.timeout_s, self._log.stderr_tail)
            error = f"{error}{ending.note}" if error and ending.note and not self._reason else error
        self._log.write("stderr", self._late_note.encode())
        output, problem = output_of(self._context, self._finder, self._log)
        self._remove(Outcome(exit_code=ending.exit_code, output=output, error=error or problem))

    def _fail(self, error: str) -> None:
        self._remove(Outcome(exit_code=NOT_STARTED, error=error))

    def _remove(self, outcome: Outcome | None = None) -> None:
        """``outcome``: None if the attempt was stopped before its container was started."""
        self._deadline = self._kill_at = self._send_at = self._give_up = NEVER
        found = outcome or Outcome(error=failure(0, self._reason, self._context.timeout_s, b""))
        if not self._may_exist:
            self._plan.record.remove()
            self._finish(found)
            return
        try:
            self._removals += 1
            self._run(self._plan.client.remove(self._plan.name), partial(self._removed, found))
        except (OSError, GitflowError):
            self._finish(found)

    def _removed(self, outcome: Outcome, command: Command, code: int) -> None:
        if code == 0:
            self._plan.record.remove()
        elif self._removals < 2:
            self._remove(outcome)
            return
        self._finish(outcome)

    def _finish(self, outcome: Outcome) -> None:
        """A container that could not be removed keeps its record, and the next process removes it."""
        self._plan.record.release()
        self._command = None
        self._outcome = replace(
            outcome,
            error=mask_text(outcome.error, self._patterns) if outcome.error else None,
            killed=self._reason == "stopped",
            timed_out=self._reason == "timed out",
        )

    def _send(self) -> None:
        self._send_at = NEVER
        words = self._plan.client.kill(self._plan.name, self._number)
        process = Process(words, "/", environment())
        self._signal = Command(process, self._loop, _captured, self._sent, COMMAND_S)

    def _sent(self, code: int) -> None:
        """A container that is only just starting cannot be signalled yet."""
        self._signal = None
        if code and self._is_running:
            self._send_at = time.monotonic() + AGAIN_S

    def _run(
        self,
        words: tuple[str, ...],
        then: Callable[[Command, int], None],
        sinks: Sinks | None = None,
        *,
        env: Mapping[str, str] | None = None,
        limit_s: float = COMMAND_S,
    ) -> None:
        def ended(code: int) -> None:
            self._command = None
            then(command, code)

        process = Process(words, "/", environment({**(env or {}), **self._plan.mark}))
        command = self._command = Command(process, self._loop, sinks or _captured, ended, limit_s)

    def _streams(self, finder: OutputFinder | None) -> Sinks:
        log, patterns = self._log, self._patterns

        def sinks(out: int, err: int) -> tuple[Stream, Stream]:
            return Stream("stdout", out, log, patterns, finder), Stream("stderr", err, log, patterns)

        return sinks

    def _last_words(self) -> str:
        said = reason_of(self._log.stderr_tail.decode("utf-8", "replace"))
        return f": {said}" if said else ""


def _captured(out: int, err: int) -> tuple[Captured, Captured]:
    return Captured(out), Captured(err)


def _text(sink: object) -> str:
    return sink.text if isinstance(sink, Captured) else ""
