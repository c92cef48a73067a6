"""Operations on jobs, from the terminal: what a living process runs is asked of it, all else is done and run here."""

from __future__ import annotations

import os
import time
from functools import partial

from gitflow.app import open_app, open_store
from gitflow.cli.console.escape import indented
from gitflow.cli.console.exits import FAILED, INTERRUPTED, OK
from gitflow.cli.console.locate import config_here, workspace_for
from gitflow.cli.console.progress import Progress
from gitflow.cli.console.select import chosen_filter, is_agreed, print_meant, refuse_unasked, tell_of_rest
from gitflow.cli.console.streams import tell
from gitflow.cli.console.tables import print_value
from gitflow.cli.local.run import Interruptible, Watch, follow, passed_on, person, unwritten
from gitflow.core.errors import Conflict, GitflowError, InvalidInput
from gitflow.core.record import field, record
from gitflow.core.status import JobStatus
from gitflow.runtime.engine.mailbox import CommitQueue
from gitflow.runtime.operations.bulk import Result, batches, matching, perform_each, refused
from gitflow.runtime.operations.forward import Asked, answer, perform_or_ask

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from typing import TypeVar

    from gitflow.app import App
    from gitflow.config import Config
    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.jobs.job import Job
    from gitflow.core.values import JsonObject
    from gitflow.runtime.engine.transaction import Transaction
    from gitflow.stores.protocols.jobs import JobStore

    T = TypeVar("T")

#: How long the owner of a job may take to answer, and how often one looks, in seconds.
ANSWER_S = 10.0
LOOK_S = 0.05


@record
class Acting:
    """What a command asks, of which jobs, and how it tells of it."""

    operation: str
    ids: tuple[str, ...]  #: or how they begin
    arguments: JsonObject = field(default_factory=dict[str, "object"])
    filters: tuple[str, ...] = ()
    yes: bool = False
    dry_run: bool = False
    output: str = "table"
    quiet: bool = False
    env: tuple[str, ...] = ()
    state_dir: str | None = None

    @property
    def by_the_owner(self) -> JsonObject:
        """The arguments, with the rights of who owns the store: they may act for any approver."""
        from gitflow.runtime.operations.rights import OWNER_OF_THE_STORE

        return {**self.arguments, "by": OWNER_OF_THE_STORE}

    @property
    def word(self) -> str:
        """What was typed."""
        if self.operation == "decide":
            return "approve" if self.arguments["approved"] else "reject"
        return self.operation.replace("_", "-")

    @property
    def is_told_to_people(self) -> bool:
        return self.output == "table"


def act(asked: Acting) -> int:
    """The exit status: 0 all was done, and what ran here for it completed. Raises GitflowError."""
    if bool(asked.ids) is bool(asked.filters):
        raise InvalidInput("name jobs by their ids, or by --filter, and not both")
    if asked.dry_run:
        return _show_meant(asked)
    if asked.filters and not asked.yes:
        refuse_unasked(asked.word, asked.filters)
    config = config_here(os.environ, asked.state_dir)
    if asked.operation == "delete":
        from gitflow.cli.local.room import making_room

        return making_room(config.state_dir, partial(_act, config, asked))
    return _act(config, asked)


def _act(config: Config, asked: Acting, is_short: bool = False) -> int:
    with open_app(config, os.environ, passed_on(asked.env)) as app:
        if is_short:
            app.opened.stores.jobs.save_room()
        return _act_on_one(app, asked) if len(asked.ids) == 1 else _act_on_many(app, asked)


def _show_meant(asked: Acting) -> int:
    with open_store(config_here(os.environ, asked.state_dir), os.environ) as opened:
        missing, ids, more = _found(opened.stores.jobs, asked)
    print_meant(ids, more, asked.output)
    return FAILED if missing else OK


def retry_latest(
    ids: Sequence[str],
    start: str | None,
    step: str | None,
    workspace: str | None,
    *,
    filters: Sequence[str],
    yes: bool,
    dry_run: bool,
    output: str,
    as_json: bool,
    quiet: bool,
    env: Sequence[str],
    state_dir: str | None,
) -> int:
    """A new job by the task as its workspace defines it now, and waits for it."""
    from gitflow.runtime.operations.operations import Retry

    if filters or dry_run or len(ids) != 1:
        raise InvalidInput("--latest takes the id of one job" + (", and no --dry-run" if dry_run else ""))
    config = config_here(os.environ, state_dir)
    how = Retry(start == "start", step, workspace_for(workspace, config, os.environ))
    with open_app(config, os.environ, passed_on(env)) as app:
        job = app.operations.prepared_retry(app.opened.job(ids[0]), person(), how)
        app.operations.enqueue_job(job)
        return follow(app, job, as_json=as_json or output == "json", quiet=quiet)


class Jobs(Watch):
    """The jobs that were set going here: those that were named, and all that are no part of another."""

    def __init__(self, app: App, asked: Acting, named: Collection[str]) -> None:
        progress = Progress(quiet=asked.quiet, output_to_stderr=not asked.is_told_to_people)
        super().__init__(app, progress)
        self._named = named
        self._follows_one = len(named) == 1
        self.last: dict[str, Job] = {}  #: by the id of the first: the last of its automatic retries

    def moved(self, job: Job, entries: Sequence[HistoryEntry]) -> None:
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


def _act_on_one(app: App, asked: Acting) -> int:
    job_id = app.opened.stores.jobs.find(asked.ids[0])
    jobs = Jobs(app, asked, {job_id})
    with Interruptible(jobs):
        work = partial(
            perform_or_ask,
            app.operations,
            operation=asked.operation,
            job_id=job_id,
            actor=person(),
            arguments=asked.by_the_owner,
        )
        done = _done(app, work)
        if not isinstance(done, Asked):
            app.engine.run(until=jobs.is_over)
    if isinstance(done, Asked):
        done = _awaited(app, done)
    elif jobs.last:
        return _tell_of_run(app, asked, jobs)
    if asked.is_told_to_people:
        tell(f"{asked.word}: job {job_id}\n")
    else:
        print_value(_answer(app, asked, job_id, done), asked.output)
    return OK


def _tell_of_run(app: App, asked: Acting, jobs: Jobs) -> int:
    """What was set going has ended, and is shown as ``gitflow run`` shows it."""
    from gitflow.views.jobs import job_detail

    for job in jobs.last.values():
        if asked.is_told_to_people:
            jobs.progress.ended(job)
        else:
            print_value(job_detail(job, app.opened.stores.jobs.attempts(job.id)), asked.output)
    return jobs.exit_status() or unwritten(jobs.progress, next(reversed(jobs.last.values())).id)


def _answer(app: App, asked: Acting, job_id: str, done: JsonObject) -> JsonObject:
    """What the API would answer."""
    from gitflow.views.jobs import job_item, step_detail

    if asked.operation in ("cancel", "delete", "replay"):
        return done
    job = app.opened.job(job_id)
    step = asked.arguments.get("step")
    if step is None:
        return job_item(job)
    attempts = [row for row in app.opened.stores.jobs.attempts(job_id) if row.step == step]
    return step_detail(job, job.steps[step], attempts)


def _act_on_many(app: App, asked: Acting) -> int:
    results, ids, more = _found(app.opened.stores.jobs, asked)
    if not _is_wanted(asked, len(ids)):
        return FAILED
    jobs = Jobs(app, asked, set(ids))
    with Interruptible(jobs):
        for batch in batches(ids):
            work = partial(
                perform_each,
                app.operations,
                operation=asked.operation,
                job_ids=batch,
                actor=person(),
                arguments=asked.by_the_owner,
            )
            for result in _done(app, work):
                results.append(_settled(app, result))
                _tell_of(asked, results[-1])
        app.engine.run(until=jobs.is_over)
    return _tell_of_all(asked, jobs, results, more)


def _found(store: JobStore, asked: Acting) -> tuple[list[Result], list[str], int]:
    """What cannot be found, the ids of the rest, and how many more match the filter."""
    if asked.filters:
        ids, more = matching(store, asked.operation, chosen_filter(asked.filters))
        return [], ids, more
    missing: list[Result] = []
    ids: list[str] = []
    for start in asked.ids:
        try:
            ids.append(store.find(start))
        except GitflowError as error:
            missing.append(refused(start, error))
            _tell_of(asked, missing[-1])
    return missing, list(dict.fromkeys(ids)), 0


def _is_wanted(asked: Acting, count: int) -> bool:
    if not asked.filters or count == 0 or asked.yes:
        return True
    return is_agreed(asked.operation, count)


def _settled(app: App, result: Result) -> Result:
    if result.asked is None:
        return result
    try:
        return Result(result.job_id, _awaited(app, result.asked))
    except GitflowError as error:
        return refused(result.job_id, error)


def _tell_of(asked: Acting, result: Result) -> None:
    """A line a job, for people."""
    if not result.ok:
        tell(f"gitflow: {result.job_id}: {indented(result.error or '', '  ')}\n")
    elif asked.is_told_to_people and not asked.quiet:
        made = (result.answer or {}).get("job_id")
        tell(f"{asked.word}: job {result.job_id}{f', as job {made}' if made else ''}\n")


def _tell_of_all(asked: Acting, jobs: Jobs, results: list[Result], more: int) -> int:
    from gitflow.views.jobs import bulk_result

    if asked.is_told_to_people:
        for job in jobs.last.values():
            jobs.progress.ended(job)
        tell_of_rest(bool(asked.filters) and not results, more)
    else:
        print_value({"results": [bulk_result(result) for result in results], "remaining": more}, asked.output)
    return jobs.exit_status() or (OK if all(result.ok for result in results) else FAILED)


def _done(app: App, work: Callable[[Transaction], T]) -> T:
    """Inside the next commit. Raises what ``work`` raises."""
    future = CommitQueue(app.orchestrator, app.engine.runner.wake).submit(work)
    app.engine.run(until=future.done)
    return future.result(0)


def _awaited(app: App, asked: Asked) -> JsonObject:
    """Raises Conflict with the reason of a refusal, also when nobody answers."""
    jobs = app.opened.stores.jobs
    until = time.monotonic() + ANSWER_S
    while (done := answer(jobs, asked)) is None:
        if time.monotonic() >= until:
            raise Conflict(f"the process that runs job {asked.job_id} has not answered yet; it will act when it can")
        if app.opened.recovery.settle_the_dead(app.orchestrator.owner_id) and jobs.standing(asked.job_id).status.ended:
            raise Conflict(f"the process that ran job {asked.job_id} ended before it could act")
        time.sleep(LOOK_S)
    return done
