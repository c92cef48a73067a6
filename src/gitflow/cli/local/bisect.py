"""``gitflow bisect``: finds the commit that broke a task, by running it at commits that changed what it does."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING

from gitflow.app import open_app
from gitflow.cli.console.exits import FAILED, INTERRUPTED, OK
from gitflow.cli.console.inputs import gather_input
from gitflow.cli.console.locate import locate_config, locate_workspace, needs_check
from gitflow.cli.console.progress import Progress
from gitflow.cli.console.streams import write_stderr
from gitflow.cli.console.tables import print_value
from gitflow.cli.local.run import Interruptible, Watch, current_user, pass_env
from gitflow.cli.local.signatures import check_revision
from gitflow.config import default_cache_dir
from gitflow.core.changes.bisection import BAD, GOOD, SKIP, between, replayed, start
from gitflow.core.changes.records import Changes
from gitflow.core.errors import InvalidInput, RevisionRefused, WorkspaceError
from gitflow.core.jobs.job import Source
from gitflow.core.machine.verdicts import verdict_of
from gitflow.core.names import closest
from gitflow.core.record import Record, replace
from gitflow.core.signatures import Verdict
from gitflow.core.status import JobStatus
from gitflow.runtime.clock import Clock
from gitflow.runtime.engine.job_factory import JobFactory
from gitflow.runtime.operations.rerun import BISECT
from gitflow.runtime.workspaces.plans import plan_change
from gitflow.runtime.workspaces.signatures import SignatureRefused
from gitflow.runtime.workspaces.snapshots import Snapshots
from gitflow.runtime.workspaces.versions import Tracer
from gitflow.stores.protocols.jobs import JobFilter
from gitflow.views.bisect import Found, Tried, as_json, candidate_lines, result_lines, tried_line
from gitflow.workspaces import lineage
from gitflow.workspaces.git import GitWorkspace
from gitflow.workspaces.revisions import Chosen, choose

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gitflow.app import App, OpenedStore
    from gitflow.config import Config
    from gitflow.core.changes.bisection import Bisection
    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.jobs.job import Job
    from gitflow.core.language.sources import Revision
    from gitflow.core.values import JsonObject
    from gitflow.runtime.workspaces.plans import ChangePlan
    from gitflow.runtime.workspaces.versions import Lineage, Version


class BisectOptions(Record):
    task: str
    good: str
    bad: str
    workspace: str | None = None
    inputs: tuple[str, ...] = ()  #: ``key=value``, as typed
    input_file: str | None = None
    env: tuple[str, ...] = ()
    step: str | None = None  #: only this step counts
    paths: tuple[str, ...] = ()  #: files and folders whose change counts, beside those that the task names
    verify: bool = False
    fresh: bool = False
    dry_run: bool = False
    form: str = "text"
    state_dir: str | None = None


class Search(Record):
    """What is searched: commits between two ends."""

    options: BisectOptions
    given: JsonObject
    shown: JsonObject  #: of the input what is not secret
    source: GitWorkspace
    good: Revision
    bad: Revision
    versions: tuple[Version, ...]  #: those that can run, newest first
    lost: tuple[Version, ...]  #: those that do not load
    parents: lineage.Parents
    total: int  #: commits between

    @property
    def left_out(self) -> int:
        return self.total - len(self.versions) - len(self.lost)

    @property
    def id(self) -> str:
        """The same for the same question. Secret inputs are no part of it: everybody reads labels."""
        task = self.options.task
        whole = [self.source.identity, task, self.good.id, self.bad.id, self.options.step, self.options.paths]
        return hashlib.sha256(json.dumps([*whole, self.shown], sort_keys=True, default=str).encode()).hexdigest()[:12]


def bisect(options: BisectOptions) -> int:
    """Returns 0 if one commit was found, 1 if none or several are left. Raises GitflowError."""
    given = gather_input(options.inputs, options.input_file)
    config = locate_config(os.environ, options.state_dir)
    snapshots = Snapshots(None, default_cache_dir(os.environ))
    search = _search(options, given, config, snapshots)
    begun = start([version.commit.sha for version in search.versions], search.parents)
    if options.form == "text":
        _announce(search, begun)
    if options.dry_run:
        return _list(search, begun)
    with open_app(config, os.environ, pass_env(options.env)) as app:
        runner = _Runner(app, search)
        with Interruptible(runner):
            verified = runner.verify() if options.verify else True
            end = runner.run(begun) if verified else begun
    if runner.interrupts:
        write_stderr("gitflow: interrupted; the same command goes on from here\n")
        return INTERRUPTED
    return _report(search, end, runner.tried, snapshots) if verified else FAILED


def _search(options: BisectOptions, given: JsonObject, config: Config, snapshots: Snapshots) -> Search:
    workspace = locate_workspace(options.workspace, config, os.environ)
    good, bad = choose(workspace, options.good, options.bad)
    source = bad.source
    if type(source) is not GitWorkspace or type(good.source) is not GitWorkspace:
        raise WorkspaceError("--good and --bad take commits: a branch, a tag or a SHA")
    lineage.check_order(source.git_dir, (good.name, good.revision.id), (bad.name, bad.revision.id))
    tracer = Tracer(snapshots, source, options.task, options.paths)
    found = tracer.trace(bad.revision, good.revision.id, also=(good.revision.id,))
    job = _job_at(options, given, snapshots, source, bad.revision)
    shown = {name: value for name, value in given.items() if not job.plan.task.input[name].secret}
    total = lineage.count(source.git_dir, bad.revision.id, good.revision.id)
    return Search(
        options, given, shown, source, good.revision, bad.revision, *_parts(found), parents=found.parents, total=total
    )


def _parts(found: Lineage) -> tuple[tuple[Version, ...], tuple[Version, ...]]:
    runs = tuple(version for version in found.versions if version.loads)
    return runs, tuple(version for version in found.versions if not version.loads)


def _job_at(
    options: BisectOptions, given: JsonObject, snapshots: Snapshots, source: GitWorkspace, bad: Revision
) -> Job:
    """A job that is not run: a slip in the input or the step is found before anything runs. Raises InvalidInput, and
    RevisionRefused."""
    snapshot = snapshots.load(source, bad)
    job = JobFactory(snapshots.of, Clock(), lambda: BISECT).make(
        snapshot, options.task, given, Source("user"), from_text=True
    )
    if options.step is not None and options.step not in job.steps:
        near = closest(options.step, job.steps)
        hint = f"; {near}" if near else ""
        raise InvalidInput(f"task {options.task!r} has no step {options.step!r} at {bad.id[:12]}{hint}")
    return job


class _Runner(Watch):
    """Runs the task at one commit after another, and uses the results of earlier runs of the same search."""

    def __init__(self, app: App, search: Search) -> None:
        super().__init__(app, Progress(quiet=True, output_to_stderr=True))
        self._app = app
        self._search = search
        self._last: Job | None = None
        self.tried: dict[str, Tried] = {} if search.options.fresh else dict(_earlier(app.opened, search))
        if self.tried:
            write_stderr(f"gitflow: the results of {_count(len(self.tried), 'earlier job')} of this search count\n")

    def on_moved(self, job: Job, entries: Sequence[HistoryEntry]) -> None:
        if self._last is not None and self._last.id in (job.id, job.retry_of_job_id):
            self._last = job

    def verify(self) -> bool:
        """Whether ``--good`` is good and ``--bad`` is bad; prints a message if not."""
        for revision, verdict in ((self._search.good, GOOD), (self._search.bad, BAD)):
            found = self._try(revision.id)
            if found is None:
                return False
            if found.verdict != verdict:
                write_stderr(f"gitflow: the {verdict} revision {revision.id[:12]} is not {verdict}: {found.reason}\n")
                return False
        return True

    def run(self, begun: Bisection) -> Bisection:
        now = replayed(begun, [(sha, tried.verdict) for sha, tried in self.tried.items()])
        while (sha := now.next) is not None:
            found = self._try(sha)
            if found is None:
                break
            now = now.judged(sha, found.verdict)
        return now

    def _try(self, sha: str) -> Tried | None:
        """None once it was interrupted."""
        if sha not in self.tried:
            found = self._execute(sha)
            if self.interrupts:
                return None
            self.tried[sha] = found
        if self._search.options.form == "text":
            print(tried_line(self.tried[sha]), flush=True)
        return self.tried[sha]

    def _execute(self, sha: str) -> Tried:
        search, source = self._search, self._search.source
        commit, revision = lineage.commits(source.git_dir, [sha])[sha], source.resolve(sha)
        try:
            self._check(revision)
            self._last = self._app.operations.execute(
                source,
                revision,
                search.options.task,
                search.given,
                Source("user", None, current_user()),
                from_text=True,
                labels={BISECT: search.id},
            )
        except (InvalidInput, RevisionRefused) as error:
            return Tried(commit, SKIP, str(error).partition("\n")[0])
        self._app.engine.run(until=self.is_over)
        return Tried(commit, *verdict_of(self._last, search.options.step), job_id=self._last.id)

    def _check(self, revision: Revision) -> None:
        """Signatures, as ``gitflow run --rev`` checks them. Raises SignatureRefused, and WorkspaceError where it cannot
        be found out, since that would skip every commit."""
        config = self._app.opened.config
        if not needs_check(config, self._search.source):
            return
        try:
            check_revision(config, self._search.source, revision, revision.id)
        except SignatureRefused as refused:
            if refused.signature.verdict is Verdict.UNKNOWN:
                raise WorkspaceError(str(refused)) from refused
            raise


def _earlier(opened: OpenedStore, search: Search) -> Iterator[tuple[str, Tried]]:
    """What the jobs of the same search found; a job that was cancelled found nothing."""
    rows = opened.stores.jobs.jobs(JobFilter(workspace=search.source.identity, labels={BISECT: search.id}), 500)
    commits = lineage.commits(search.source.git_dir, sorted({row.revision for row in rows}))
    for row in reversed(rows):  # the newest of a revision wins
        if row.parent_job_id is None and row.status.ended and row.status is not JobStatus.CANCELLED:
            verdict, reason = verdict_of(opened.load(row.id), search.options.step)
            yield row.revision, Tried(commits[row.revision], verdict, reason, row.id, is_earlier=True)


def _announce(search: Search, begun: Bisection) -> None:
    count, task = len(search.versions), search.options.task
    lost = f", {len(search.lost)} cannot run" if search.lost else ""
    print(
        f"bisect {search.id}: {count} of {search.total} commits changed task {task}; "
        f"{search.left_out} did not and are left out{lost}; at most {_count(begun.most_tries, 'job')}"
    )


def _list(search: Search, begun: Bisection) -> int:
    if search.options.form == "json":
        print_value(as_json(_found(search, begun, {}, None)), "json")
    else:
        print("\n".join(candidate_lines(search.versions, begun.next)))
    return OK


def _found(search: Search, end: Bisection, tried: dict[str, Tried], plan: ChangePlan | None) -> Found:
    suspects = {*end.suspects}
    return Found(
        search.id,
        search.options.task,
        search.total,
        search.left_out,
        search.versions,
        _lost_among(search, end),
        tuple(version for version in search.versions if version.commit.sha in suspects),
        tuple(tried.values()),
        plan,
    )


def _lost_among(search: Search, end: Bisection) -> tuple[Version, ...]:
    """Those that do not load, between the last good one and the first bad one."""
    good = [sha for sha, verdict in end.verdicts.items() if verdict == GOOD]
    found = between(search.parents, end.suspects[0] if end.suspects else next(iter(search.parents), ""), good)
    return tuple(version for version in search.lost if version.commit.sha in found)


def _report(search: Search, end: Bisection, tried: dict[str, Tried], snapshots: Snapshots) -> int:
    suspects = [version for version in search.versions if version.commit.sha in end.suspects]
    is_found = len(suspects) == 1
    plan = _plan(search, suspects[0], snapshots) if is_found else None
    found = _found(search, end, tried, plan)
    if search.options.form == "json":
        print_value(as_json(found), "json")
    else:
        print("\n".join(result_lines(found)))
    return OK if is_found else FAILED


def _plan(search: Search, version: Version, snapshots: Snapshots) -> ChangePlan:
    """What the commit changed of what the task uses, with those that it breaks."""
    source, sha = search.source, version.commit.sha
    before = lineage.parents(source.git_dir, [sha])[sha][0]
    base, head = (Chosen(each, source, source.resolve(each)) for each in (before, sha))
    whole = plan_change(snapshots, base, head, Clock().wall())
    full = {(change.kind, change.name): change for change in whole.changes.changes}
    own = tuple(full.get((change.kind, change.name), change) for change in version.changes.changes)
    return replace(whole, changes=Changes(own))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
