"""Operations on the jobs of a state directory.

If another live process owns the job, the operation is forwarded to it. Otherwise this process performs it and runs
the jobs that it starts.
"""

from __future__ import annotations

import os
import time
from functools import partial
from typing import TYPE_CHECKING

from gitflow.app import open_app, open_store
from gitflow.cli.console.escape import indented
from gitflow.cli.console.exits import FAILED, INTERRUPTED, OK
from gitflow.cli.console.locate import locate_config, locate_workspace, needs_check
from gitflow.cli.console.progress import Progress
from gitflow.cli.console.requests import Selection
from gitflow.cli.console.select import confirm, read_filter, report_rest
from gitflow.cli.console.streams import write_stderr
from gitflow.cli.console.tables import print_value
from gitflow.cli.local.room import use_reserve
from gitflow.cli.local.run import Interruptible, Watch, check_output, current_user, follow, pass_env
from gitflow.core.errors import Conflict, GitflowError, InvalidInput
from gitflow.core.status import JobStatus
from gitflow.runtime.engine.mailbox import CommitQueue
from gitflow.runtime.operations.bulk import Result, batches, matching, perform_each, refused
from gitflow.runtime.operations.forward import PendingRequest, answer_of, perform_or_forward
from gitflow.runtime.operations.operations import RetryOptions
from gitflow.runtime.operations.rights import OWNER_OF_THE_STORE
from gitflow.views.jobs import bulk_result, job_detail, job_item, step_detail

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from typing import TypeVar

    from gitflow.app import App
    from gitflow.cli.console.requests import JobOperation
    from gitflow.config import Config
    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.jobs.job import Job
    from gitflow.core.values import JsonObject
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.stores.protocols.jobs import JobStore

    T = TypeVar("T")

#: How long the owner of a job may take to answer, and the pause between two polls, in seconds.
TIMEOUT_S = 10.0
POLL_S = 0.05


#: Command -> the operation's name in ``operations.by_name``, if it differs from the command's.
OPERATIONS: Mapping[str, str] = {"approve": "decide", "reject": "decide", "retry-step": "retry_step"}


def operate(state_dir: str | None, request: JobOperation) -> int:
    """The exit status: 0 if every operation succeeded and the jobs that ran here completed. Raises GitflowError."""
    config = locate_config(os.environ, state_dir)
    if request.command == "delete":
        return use_reserve(config.state_dir, partial(_operate, config, request))
    return _operate(config, request)


def _operate(config: Config, request: JobOperation, is_short: bool = False) -> int:
    with open_app(config, os.environ, pass_env(request.env)) as app:
        if is_short:
            app.opened.stores.jobs.save_room()
        return _operate_on_one(app, request) if len(request.ids) == 1 else _operate_on_many(app, request)


def select(state_dir: str | None, request: JobOperation) -> Selection:
    with open_store(locate_config(os.environ, state_dir), os.environ) as opened:
        missing, ids, remaining = _select(opened.stores.jobs, request)
    return Selection(tuple(ids), remaining, is_complete=not missing)


def retry_latest(state_dir: str | None, request: JobOperation) -> int:
    """Makes a new job from the current definition of the task, and waits for it."""
    if len(request.ids) != 1:
        raise InvalidInput("--latest takes the id of one job")
    config = locate_config(os.environ, state_dir)
    from_start = request.arguments.get("from") == "start"
    workspace = locate_workspace(request.workspace, config, os.environ)
    revision = workspace.resolve()
    if needs_check(config, workspace):
        from gitflow.cli.local.signatures import check_revision

        check_revision(config, workspace, revision, None)
    how = RetryOptions(from_start, request.arguments.get("from_step"), workspace, revision)
    with open_app(config, os.environ, pass_env(request.env)) as app:
        job = app.operations.prepare_retry(app.opened.job(request.ids[0]), current_user(), how)
        app.operations.enqueue_job(job)
        return follow(app, job, as_json=request.output == "json", quiet=request.quiet)


class Jobs(Watch):
    """The jobs that an operation started in this process: those that it named, and all without a parent job."""

    def __init__(self, app: App, request: JobOperation, named: Collection[str]) -> None:
        progress = Progress(quiet=request.quiet, output_to_stderr=not request.is_table)
        super().__init__(app, progress)
        self._named = named
        self._follows_one = len(named) == 1
        self.last: dict[str, Job] = {}  #: by the id of the first: the last of its automatic retries

    def on_moved(self, job: Job, entries: Sequence[HistoryEntry]) -> None:
        first = next((first for first, last in self.last.items() if job.id == last.id), None)
        if first is None and job.retry_of_job_id is not None:
            first = next((first for first, last in self.last.items() if job.retry_of_job_id == last.id), None)
        if first is not None or job.parent_job_id is None or job.id in self._named:
            self.last[first or job.id] = job
            if self._follows_one:
                self.progress.follow(job)

    def exit_status(self) -> int:
        if all(job.status is JobStatus.COMPLETED for job in self.last.values()):
            return OK
        return INTERRUPTED if self.interrupts else FAILED


def _operate_on_one(app: App, request: JobOperation) -> int:
    job_id = app.opened.stores.jobs.find(request.ids[0])
    jobs = Jobs(app, request, {job_id})
    with Interruptible(jobs):
        work = partial(
            perform_or_forward,
            app.operations,
            operation=_operation(request),
            job_id=job_id,
            actor=current_user(),
            arguments=_arguments(request),
        )
        done = _commit(app, work)
        if not isinstance(done, PendingRequest):
            app.engine.run(until=jobs.is_over)
    if isinstance(done, PendingRequest):
        done = _await_answer(app, done)
    elif jobs.last:
        return _report_run(app, request, jobs)
    if request.is_table:
        write_stderr(f"{request.command}: job {job_id}\n")
    else:
        print_value(_answer(app, request, job_id, done), request.output)
    return OK


def _operation(request: JobOperation) -> str:
    return OPERATIONS.get(request.command, request.command)


def _arguments(request: JobOperation) -> JsonObject:
    """With the rights of the store's owner, who may act for any approver."""
    return {**request.arguments, "by": OWNER_OF_THE_STORE}


def _report_run(app: App, request: JobOperation, jobs: Jobs) -> int:
    """Shows jobs that have ended, as ``gitflow run`` shows one."""
    for job in jobs.last.values():
        if request.is_table:
            jobs.progress.print_end(job)
        else:
            print_value(job_detail(job, app.opened.stores.jobs.attempts(job.id)), request.output)
    return jobs.exit_status() or check_output(jobs.progress, next(reversed(jobs.last.values())).id)


def _answer(app: App, request: JobOperation, job_id: str, done: JsonObject) -> JsonObject:
    """The result as the API would write it."""
    if request.command in ("cancel", "delete", "replay"):
        return done
    job = app.opened.job(job_id)
    step = request.arguments.get("step")
    if step is None:
        return job_item(job)
    attempts = [row for row in app.opened.stores.jobs.attempts(job_id) if row.step == step]
    return step_detail(job, job.steps[step], attempts)


def _operate_on_many(app: App, request: JobOperation) -> int:
    results, ids, remaining = _select(app.opened.stores.jobs, request)
    if not _confirm(request, len(ids)):
        return FAILED
    jobs = Jobs(app, request, set(ids))
    with Interruptible(jobs):
        for batch in batches(ids):
            work = partial(
                perform_each,
                app.operations,
                operation=_operation(request),
                job_ids=batch,
                actor=current_user(),
                arguments=_arguments(request),
            )
            for result in _commit(app, work):
                results.append(_await_result(app, result))
                _report(request, results[-1])
        app.engine.run(until=jobs.is_over)
    return _report_all(request, jobs, results, remaining)


def _select(store: JobStore, request: JobOperation) -> tuple[list[Result], list[str], int]:
    """The ids that do not exist, the ids of the others, and how many more jobs match the filter."""
    if request.filters:
        ids, more = matching(store, request.command, read_filter(request.filters))
        return [], ids, more
    missing: list[Result] = []
    ids: list[str] = []
    for start in request.ids:
        try:
            ids.append(store.find(start))
        except GitflowError as error:
            missing.append(refused(start, error))
            _report(request, missing[-1])
    return missing, list(dict.fromkeys(ids)), 0


def _confirm(request: JobOperation, count: int) -> bool:
    if not request.filters or count == 0 or request.yes:
        return True
    return confirm(request.command, count)


def _await_result(app: App, result: Result) -> Result:
    if result.pending is None:
        return result
    try:
        return Result(result.job_id, _await_answer(app, result.pending))
    except GitflowError as error:
        return refused(result.job_id, error)


def _report(request: JobOperation, result: Result) -> None:
    """Prints a line about one job, for people."""
    if not result.ok:
        write_stderr(f"gitflow: {result.job_id}: {indented(result.error or '', '  ')}\n")
    elif request.is_table and not request.quiet:
        made = (result.answer or {}).get("job_id")
        write_stderr(f"{request.command}: job {result.job_id}{f', as job {made}' if made else ''}\n")


def _report_all(request: JobOperation, jobs: Jobs, results: list[Result], remaining: int) -> int:
    if request.is_table:
        for job in jobs.last.values():
            jobs.progress.print_end(job)
        report_rest(bool(request.filters) and not results, remaining)
    else:
        print_value({"results": [bulk_result(result) for result in results], "remaining": remaining}, request.output)
    return jobs.exit_status() or (OK if all(result.ok for result in results) else FAILED)


def _commit(app: App, work: Callable[[Transaction], T]) -> T:
    """Runs ``work`` inside the next commit. Raises what it raises."""
    future = CommitQueue(app.orchestrator, app.engine.runner.wake).submit(work)
    app.engine.run(until=future.done)
    return future.result(0)


def _await_answer(app: App, pending: PendingRequest) -> JsonObject:
    """Waits for the answer of the job's owner. Raises Conflict if it refuses, has ended or does not answer."""
    jobs = app.opened.stores.jobs
    until = time.monotonic() + TIMEOUT_S
    while (done := answer_of(jobs, pending)) is None:
        if time.monotonic() >= until:
            raise Conflict(f"the process that runs job {pending.job_id} has not answered yet; it will act when it can")
        if (
            app.opened.recovery.settle_the_dead(app.orchestrator.owner_id)
            and jobs.state_of(pending.job_id).status.ended
        ):
            raise Conflict(f"the process that ran job {pending.job_id} ended before it could act")
        time.sleep(POLL_S)
    return done
