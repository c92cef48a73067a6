"""``gitflow run``: runs a task in this process, without a server."""

from __future__ import annotations

import os
import sys

from gitflow.app import open_app
from gitflow.cli.console.exits import FAILED, INTERRUPTED, OK
from gitflow.cli.console.inputs import gather_input
from gitflow.cli.console.locate import at_revision, locate_config, locate_workspace, needs_check
from gitflow.cli.console.progress import Progress
from gitflow.core.errors import InvalidInput
from gitflow.core.jobs.events import CancelRequested
from gitflow.core.jobs.job import Source
from gitflow.core.status import JobStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Sequence
    from types import FrameType

    from gitflow.app import App
    from gitflow.cli.fast_path import RunOptions
    from gitflow.cli.local.approve import Prompter
    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.jobs.job import Job
else:
    import _signal as signal  # the same functions; the standard module makes enums of their numbers


def run(options: RunOptions) -> int:
    """The exit status: 0 completed, 1 any other end, 130 interrupted. Raises GitflowError for bad input."""
    given = gather_input(options.inputs, options.input_file)
    passed = pass_env(options.env)
    config = locate_config(os.environ, options.state_dir)
    workspace = locate_workspace(options.workspace, config, os.environ)
    if options.dry_run:
        from gitflow.cli.local.dry_run import dry_run

        return dry_run(options, config, workspace, given)
    workspace, revision = at_revision(workspace, options.rev)
    if needs_check(config, workspace):
        from gitflow.cli.local.signatures import check_revision

        check_revision(config, workspace, revision, options.rev)
    source = Source("user", None, current_user())
    traceparent = _read_trace(os.environ["TRACEPARENT"]) if "TRACEPARENT" in os.environ else None
    with open_app(config, os.environ, passed, traceparent=traceparent) as app:
        job = app.operations.prepare(workspace, revision, options.task, given, source, from_text=True)
        _check_runners(app, job)
        app.operations.enqueue_job(job)
        return follow(app, job, as_json=options.json, quiet=options.quiet)


def _check_runners(app: App, job: Job) -> None:
    """Raises NoClient if a step runs in a container, and this machine runs none."""
    for name, action in job.plan.actions.items():
        if action.type == "docker" or "runner" in action.fields:  # few do
            from gitflow.core.language.containers import runs_in_container
            from gitflow.runners.containers.client import find_client

            if runs_in_container(action):
                find_client(app.engine.runner.containers(), f"step {name!r} runs in a container, but ")
                return


def _read_trace(traceparent: str) -> str | None:
    """The trace that the steps of this command continue; None for a text that names no trace."""
    from gitflow.core.traces import trace_of, traceparent_of

    trace = trace_of(traceparent)
    return traceparent_of(trace) if trace else None


def follow(app: App, job: Job, *, as_json: bool, quiet: bool) -> int:
    """Runs until the job, what it starts and its automatic retries have ended."""
    run = Run(app, job, Progress(quiet=quiet, output_to_stderr=as_json))
    with Interruptible(run):
        app.engine.run(until=run.is_over)
    if as_json:
        _print_detail(app, run.last)
    else:
        run.progress.print_end(run.last)
    return run.exit_status() or check_output(run.progress, run.last.id)


def check_output(progress: Progress, job_id: str) -> int:
    """The exit status for lost output: a failed write is a failure, a closed pipe is not."""
    error = progress.unwritten
    if error is None or isinstance(error, BrokenPipeError):
        return OK
    progress.say(f"gitflow: {error.filename or 'output'}: {error.strerror}; what was printed: gitflow logs {job_id}")
    return FAILED


class Watch:
    """Watches the jobs of this process: shows their progress, and cancels them on an interrupt."""

    def __init__(self, app: App, progress: Progress) -> None:
        self._app = app
        self.interrupts = 0  #: counted by a signal handler, which may run at any point of the loop
        self._handled = 0
        self.progress = progress
        self._prompter: Prompter | None = None
        app.orchestrator.observers.append(self._observe)
        app.log_writer.listeners.append(progress.on_chunk)

    def on_moved(self, job: Job, entries: Sequence[HistoryEntry]) -> None:
        """Called after each commit that changed a job of this process."""

    def interrupt(self) -> None:
        """The first interrupt cancels every open job; the next kills what still runs."""
        self.interrupts += 1
        self._app.engine.runner.wake()

    def is_over(self) -> bool:
        """Called by the loop after each iteration; an interrupt takes effect here."""
        if self._handled < self.interrupts:
            self._handled = self.interrupts
            if self._handled > 1:
                self._app.engine.runner.stop_all(0.0)
            for job_id in self._app.orchestrator.open_ids():
                self._cancel(job_id)
        return self._app.orchestrator.is_idle

    def _cancel(self, job_id: str) -> None:
        self._app.orchestrator.post_event(
            job_id, CancelRequested(self._app.opened.clock.now(), current_user(), "interrupted")
        )
        self._app.engine.runner.wake()

    def _observe(self, job: Job, entries: Sequence[HistoryEntry]) -> None:
        self.on_moved(job, entries)
        self.progress.on_history(job, entries)
        for entry in entries:
            if entry.what == "step.suspended" and self._can_prompt():
                from gitflow.cli.local.approve import Prompter

                self._prompter = self._prompter or Prompter(self._app, current_user())
        if self._prompter is not None:
            self._prompter.on_moved(job, entries)

    @staticmethod
    def _can_prompt() -> bool:
        """Whether a person is at the terminal; a background process would be stopped when it reads from there."""
        return sys.stdin.isatty() and sys.stderr.isatty() and _is_in_foreground()


class Run(Watch):
    """One run: the job, or the last of its automatic retries."""

    def __init__(self, app: App, job: Job, progress: Progress) -> None:
        super().__init__(app, progress)
        self.last = job
        progress.follow(job)

    def exit_status(self) -> int:
        if self.last.status is JobStatus.COMPLETED:
            return OK
        return INTERRUPTED if self.interrupts else FAILED

    def on_moved(self, job: Job, entries: Sequence[HistoryEntry]) -> None:
        if job.id == self.last.id or job.retry_of_job_id == self.last.id:
            self.last = job
            self.progress.follow(job)


class Interruptible:
    """While inside, Ctrl-C and TERM cancel the run instead of ending the process."""

    SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self, run: Watch) -> None:
        self._run = run
        self._before: dict[int, object] = {}

    def __enter__(self) -> None:
        for number in self.SIGNALS:
            self._before[number] = signal.signal(number, self._interrupt)

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self._run.interrupt()


def _is_in_foreground() -> bool:
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except OSError:  # a terminal without job control stops no process
        return True


def pass_env(names: Sequence[str]) -> dict[str, str]:
    """``--env NAME`` passes a variable of the caller on; ``--env NAME=value`` sets one. Raises InvalidInput for a
    variable that is not set."""
    passed: dict[str, str] = {}
    for name in names:
        key, equals, value = name.partition("=")
        if not key or not (equals or key in os.environ):
            raise InvalidInput(_missing_variable(key))
        passed[key] = value if equals else os.environ[key]
    return passed


def _missing_variable(name: str) -> str:
    if not name:
        return "--env takes NAME, or NAME=value"
    return f"--env {name}: there is no variable {name} in this environment; set it, or write --env {name}=value"


def current_user() -> str:
    """The name of the account that this process runs as."""
    return os.environ.get("USER") or os.environ.get("LOGNAME") or _account_name()


def _account_name() -> str:
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):  # a container may run as a number without a name
        return f"uid {os.getuid()}"


def _print_detail(app: App, job: Job) -> None:
    import json

    from gitflow.views.jobs import job_detail

    detail = job_detail(job, app.opened.stores.jobs.attempts(job.id))
    sys.stdout.write(json.dumps(detail, indent=2, ensure_ascii=False) + "\n")
