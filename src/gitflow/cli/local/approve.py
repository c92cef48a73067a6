"""Asks for approvals at the prompt of ``gitflow run``, while the job continues.

A separate thread asks and reads; it submits the decision to the engine's thread. A step that is decided elsewhere
meanwhile (``gitflow approve`` in another shell, a time limit, Ctrl-C) is no longer asked about.
"""

from __future__ import annotations

import os
import select
import sys
import termios
import threading
from collections import deque
from typing import TYPE_CHECKING

from gitflow.cli.console.escape import indented, one_line
from gitflow.cli.console.streams import write_stderr
from gitflow.core.errors import GitflowError, InvalidInput, ReasonRequired
from gitflow.core.language.inputs import check_input
from gitflow.core.record import Record
from gitflow.core.status import StepStatus
from gitflow.core.templates.masking import masked
from gitflow.core.values import is_object
from gitflow.runtime.engine.mailbox import CommitQueue
from gitflow.runtime.operations.rights import OWNER_OF_THE_STORE, actor_context_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitflow.app import App
    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.core.language.definition import Field
    from gitflow.core.values import Json, JsonObject

#: Typed answer -> whether the step is approved; None leaves the decision for later.
ANSWERS: Mapping[str, bool | None] = {
    **dict.fromkeys(("y", "yes"), True),
    **dict.fromkeys(("n", "no"), False),
    **dict.fromkeys(("l", "later"), None),
}


class Gone(Exception):
    """The step no longer waits, or the terminal was closed."""


class Question(Record):
    job_id: str
    step: str
    attempt: int
    message: str
    fields: Mapping[str, Field]


class Prompter:
    def __init__(self, app: App, actor: str) -> None:
        self._operations = app.operations
        self._commits = CommitQueue(app.orchestrator, app.engine.runner.wake)
        self._actor = actor
        self._waiting: deque[Question] = deque()
        self._current: Question | None = None
        self._changed = threading.Condition()
        self._changes, self._wake = os.pipe()
        self._typed = b""
        threading.Thread(target=self._ask_all, daemon=True).start()

    def on_moved(self, job: Job, entries: Sequence[HistoryEntry]) -> None:
        """Called by the engine's thread after each commit."""
        for name in {entry.step for entry in entries if entry.step is not None}:
            run = job.steps.get(name)
            if run is None or job.plan.actions[run.loop_of or name].type != "approval":
                continue
            self._withdraw(job.id, run)
            if run.status is StepStatus.SUSPENDED:
                self._enqueue(make_question(job, run))

    def _enqueue(self, asked: Question) -> None:
        with self._changed:
            if asked != self._current and asked not in self._waiting:
                self._waiting.append(asked)
                self._changed.notify()

    def _withdraw(self, job_id: str, run: StepRun) -> None:
        def is_over(asked: Question) -> bool:
            still = run.status is StepStatus.SUSPENDED and run.attempt == asked.attempt
            return (asked.job_id, asked.step) == (job_id, run.name) and not still

        with self._changed:
            self._waiting = deque(asked for asked in self._waiting if not is_over(asked))
            if self._current is not None and is_over(self._current):
                os.write(self._wake, b".")

    def _ask_all(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                self._current = self._waiting.popleft()
            try:
                self._ask(self._current)
            except Gone as why:
                write_stderr(f"\n{why}\n" if str(why) else "\n")
            with self._changed:
                self._current = None
                while select.select([self._changes], [], [], 0)[0]:
                    os.read(self._changes, 64)

    def _ask(self, asked: Question) -> None:
        write_stderr(f"? {indented(asked.message or asked.step, '    ')}\n")
        needs_reason = False
        while True:
            approved = self._ask_choice(asked)
            if approved is None:
                raise Gone(f"decide later with: gitflow approve {asked.job_id} {asked.step}")
            given = {name: self._ask_field(asked, field) for name, field in asked.fields.items()} if approved else None
            reason = "" if approved and not needs_reason else self._read_line(asked, "  Why? ")
            refused = self._decide(asked, approved, given and {k: v for k, v in given.items() if v is not None}, reason)
            if refused is None:
                return
            needs_reason = needs_reason or isinstance(refused, ReasonRequired)

    def _ask_choice(self, asked: Question) -> bool | None:
        while True:
            typed = self._read_line(asked, f"  Approve {asked.step}? [y]es, [n]o, [l]ater: ").strip().lower()
            if typed in ANSWERS:
                return ANSWERS[typed]

    def _ask_field(self, asked: Question, field: Field) -> Json:
        """Asks until the value is valid. An empty line means the default, or no value."""
        while True:
            typed = self._read_line(asked, f"  {_describe(field)}: ", hidden=field.secret)
            if typed == "" and not field.required:
                return None
            values, wrong = check_input({field.name: field}, {field.name: typed} if typed else {}, from_text=True)
            if not wrong:
                return values.get(field.name)
            write_stderr("".join(f"    {indented(message, '      ')}\n" for _, message in wrong))

    def _decide(self, asked: Question, approved: bool, given: JsonObject | None, reason: str) -> GitflowError | None:
        """Returns None once the step is decided, or the error that the person can correct, after showing it."""
        decide, by = self._operations.decide, actor_context_of(OWNER_OF_THE_STORE)
        future = self._commits.submit(
            lambda transaction: decide(
                transaction, asked.job_id, asked.step, self._actor, approved, input=given, reason=reason, by=by
            )
        )
        try:
            future.result()
        except (InvalidInput, ReasonRequired) as refused:
            write_stderr(f"  {indented(str(refused), '    ')}\n")
            return refused
        except GitflowError as refused:
            raise Gone(str(refused)) from None
        return None

    def _read_line(self, asked: Question, prompt: str, *, hidden: bool = False) -> str:
        """Reads a line of the terminal. Raises Gone."""
        write_stderr(prompt)
        with _Echo(hidden):
            while b"\n" not in self._typed:
                ready, _, _ = select.select([sys.stdin.fileno(), self._changes], [], [])
                if self._changes in ready:
                    raise Gone(f"step {asked.step!r} no longer waits")
                got = os.read(sys.stdin.fileno(), 4096)
                if not got:
                    raise Gone(f"decide later with: gitflow approve {asked.job_id} {asked.step}")
                self._typed += got
        line, _, self._typed = self._typed.partition(b"\n")
        return line.decode("utf-8", "replace")


class _Echo:
    """With ``hidden``, the terminal does not show what is typed."""

    def __init__(self, hidden: bool) -> None:
        self._hidden = hidden
        self._before: list[object] | None = None

    def __enter__(self) -> None:
        if self._hidden:
            self._before = termios.tcgetattr(sys.stdin.fileno())
            changed = termios.tcgetattr(sys.stdin.fileno())
            changed[3] &= ~termios.ECHO
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, changed)

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, self._before)  # type: ignore[arg-type]
            write_stderr("\n")


def make_question(job: Job, run: StepRun) -> Question:
    shown: JsonObject = masked(run.input, job.secrets) if is_object(run.input) else {}
    fields = job.plan.actions[run.loop_of or run.name].input
    return Question(job.id, run.name, run.attempt, shown.get("message", ""), fields)


def _describe(field: Field) -> str:
    """``count (integer, at least 1; default 3)``."""
    notes = [field.type]
    if field.options:
        notes.append("one of " + ", ".join(map(str, field.options)))
    if field.required and not field.has_default:
        notes.append("required")
    if field.has_default and not field.secret:
        notes.append(f"default {field.default}")
    words = f" {field.description}" if field.description else ""
    return one_line(f"{field.name}{words} ({', '.join(notes)})")
