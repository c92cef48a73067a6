"""Shows the progress of jobs: a line for each change of a step, and its output with a prefix as it arrives.

Output of steps goes to stdout (to stderr with ``--json``); everything about the run goes to stderr.
"""

from __future__ import annotations

import os
import sys

from gitflow.cli.console.escape import indented, one_line
from gitflow.cli.console.streams import discard_stdout, speaks_utf8, wants_color, write_stderr
from gitflow.core.values import is_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.core.logs import LogChunk

#: Status -> (sign, colour as an SGR number).
SIGNS = {
    "running": ("▶", 36),
    "completed": ("✔", 32),
    "failed": ("✘", 31),
    "cancelled": ("■", 33),
    "timed_out": ("✘", 31),
    "skipped": ("○", 90),
    "suspended": ("…", 36),
    "pending": ("↻", 33),
}

#: History entries that get a line, and the status that they show.
SHOWN = {
    "step.running": "running",
    "step.completed": "completed",
    "step.failed": "failed",
    "step.cancelled": "cancelled",
    "step.skipped": "skipped",
    "step.suspended": "suspended",
    "step.retrying": "pending",
}


#: The same for a terminal without UTF-8.
PLAIN_SIGNS = {
    "running": ">",
    "completed": "+",
    "failed": "x",
    "cancelled": "!",
    "timed_out": "x",
    "skipped": "-",
    "suspended": "~",
    "pending": "^",
}


#: How many characters of a commit's SHA people read.
SHORT_SHA = 12


class Progress:
    """Follows one run: its job, and the child and hook jobs it starts."""

    def __init__(self, *, quiet: bool, output_to_stderr: bool) -> None:
        self._quiet = quiet
        self._color = wants_color(sys.stderr, os.environ)
        self._out: TextIO = sys.stderr if output_to_stderr else sys.stdout
        self._signs = speaks_utf8(sys.stderr)
        self.unwritten: OSError | None = None  #: why the output of steps can no longer be printed
        self._prefixes: dict[tuple[str, str], str] = {}
        self._main: str | None = None

    def follow(self, job: Job) -> None:
        self._main = job.id

    def on_chunk(self, chunk: LogChunk) -> None:
        if self._quiet or self.unwritten is not None:
            return
        self._write(self._prefix(chunk.job_id, chunk.step), chunk.data.decode(errors="backslashreplace"))

    def _write(self, prefix: str, lines: str) -> None:
        """Prints each line with its prefix, also a line that begins after a carriage return."""
        try:
            self._out.write(f"{prefix}{indented(lines, prefix)}\n")
            self._out.flush()
        except OSError as error:  # the job goes on: its output is stored, and can be read later
            self.unwritten = error
            if self._out is sys.stdout:
                discard_stdout()

    def on_history(self, job: Job, entries: Sequence[HistoryEntry]) -> None:
        if self._quiet:
            return
        lines = [line for entry in entries for line in self._lines(job, entry)]
        if lines:
            self.say("\n".join(lines))

    def on_line(self, job_id: str, step: str, line: str) -> None:
        """A line of a log that a server sent."""
        if not self._quiet and self.unwritten is None:
            self._write(self._prefix(job_id, step), line)

    def print_end(self, job: Job) -> None:
        """The last line of a job, and why it did not complete."""
        began = job.started_at if job.started_at is not None else job.created_at
        took = None if job.completed_at is None else job.completed_at - began
        which = which_job(job.id, job.git_commit and job.git_commit.sha)
        self.ended_as(which, job.task_name, job.status, took, job.error_message)

    def ended_as(self, which: str, task_name: str, status: str, took_s: float | None, error: str | None) -> None:
        """``which``: see which_job."""
        if self._quiet and status == "completed":
            return
        took = "" if took_s is None else f" in {seconds(took_s)}"
        self.say(f"{self._sign(status)} {task_name} {status}{took}  ({which})")
        if error:
            self.say(_indented(error))

    def say(self, text: str) -> None:
        write_stderr(text + "\n")  # a closed stderr does not end the job

    def _lines(self, job: Job, entry: HistoryEntry) -> list[str]:
        if entry.what == "job.retried":
            note = _next_attempt(job.attempt, _job_attempts(job), entry, "starts_at")
            return [f"{self._sign('pending')} {job.task_name}  {note}  (job {_detail(entry, 'job_id')})"]
        if entry.what == "job.created" and job.status == "pending" and job.group is not None and job.starts_at is None:
            note = f'waits for concurrency group "{one_line(job.group)}", which runs {job.group_limit} at once'
            return [f"{self._sign('suspended')} {job.task_name}  {note}  (job {job.id})"]
        status = SHOWN.get(entry.what)
        step = job.steps.get(entry.step) if entry.step else None
        if status is None or step is None:
            return []
        line = f"{self._sign(status)} {self._name(job.id, step.name, job)}  {_describe(job, step, status, entry)}"
        why = step.error_message if status in ("failed", "pending") else None
        return [line] + ([_indented(why)] if why else [])

    def _name(self, job_id: str, step: str, job: Job | None = None) -> str:
        return step if job_id == self._main or job is None else f"{job.task_name}/{step}"

    def _prefix(self, job_id: str, step: str) -> str:
        found = self._prefixes.get((job_id, step))
        if found is None:
            found = self._prefixes[(job_id, step)] = step_prefix(step, self._color)
        return found

    def _sign(self, status: str) -> str:
        sign, color = SIGNS[status]
        sign = sign if self._signs else PLAIN_SIGNS[status]
        return f"\x1b[{color}m{sign}\x1b[0m" if self._color else sign


def step_prefix(step: str, color: bool) -> str:
    """What stands before each line that a step printed."""
    name = one_line(step)
    return f"\x1b[90m{name} │\x1b[0m " if color else f"{name} | "


def seconds(duration: float) -> str:
    """A duration as people read it: ``12 ms``, ``3.4 s``, ``2 min 05 s``."""
    if duration < 1:
        return f"{duration * 1000:.0f} ms"
    if duration < 60:
        return f"{duration:.1f} s"
    minutes, rest = divmod(round(duration), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def which_job(id: str, sha: str | None) -> str:
    """The job, and the commit whose files it ran; files that were not committed have none."""
    return f"job {id}, commit {sha[:SHORT_SHA]}" if sha else f"job {id}"


def _describe(job: Job, step: StepRun, status: str, entry: HistoryEntry) -> str:
    if status == "pending":
        from gitflow.core.machine.causes import max_attempts  # only where a step is retried

        return _next_attempt(step.attempt, max_attempts(job, step), entry, "due_at")
    return status + (_waits_for(job, step) if status == "suspended" else _describe_end(step, status))


def _next_attempt(last: int, most: int, entry: HistoryEntry, due: str) -> str:
    """``attempt 2 of 4 in 8 s``, once attempt 1 has failed. ``due``: the detail of the entry that says when."""
    delay = float(_detail(entry, due) or entry.at) - entry.at
    when = f"in {delay:.0f} s" if 1 <= delay < 59.5 else f"in {seconds(delay)}" if delay > 0 else "now"
    return f"attempt {last + 1} of {max(most, last + 1)} {when}"


def _detail(entry: HistoryEntry, name: str) -> str:
    return str(entry.details[name]) if is_object(entry.details) else ""


def _job_attempts(job: Job) -> int:
    retry = job.plan.task.retry
    return 1 if retry is None else retry.max_attempts


def _waits_for(job: Job, step: StepRun) -> str:
    """What the step waits for: the command that ends its suspension."""
    action = job.plan.actions[step.loop_of or step.name]
    match action.type:
        case "approval":
            return f": waits for gitflow approve (or reject) {job.id} {step.name}"
        case "wait":
            return f": waits for gitflow event {job.id} {action.fields.get('event')}"
        case _:
            return ""


def _describe_end(step: StepRun, status: str) -> str:
    if status == "skipped":
        return f": {one_line(step.skip_reason)}" if step.skip_reason else ""
    if status in ("completed", "failed") and step.started_at is not None and step.completed_at is not None:
        return f" in {seconds(step.completed_at - step.started_at)}"
    return ""


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
