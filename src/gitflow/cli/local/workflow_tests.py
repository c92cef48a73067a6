"""``gitflow test``: runs the tests of a workspace's workflows, in one of several formats."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from gitflow.cli.console.exits import FAILED, INTERRUPTED, OK
from gitflow.cli.console.locate import at_revision, locate_config, locate_workspace
from gitflow.cli.console.reports import report as report_problems
from gitflow.cli.console.test_reports import FORMATS, Report
from gitflow.cli.local.validate import folder_of, from_current_folder, from_repository, no_prefix
from gitflow.config import default_cache_dir
from gitflow.core.errors import GitflowError, InvalidInput, RevisionRefused
from gitflow.core.matching.globs import glob
from gitflow.core.record import Record
from gitflow.definitions.test_files.suite import load_suite
from gitflow.runtime.testing.coverage import coverage_of
from gitflow.runtime.testing.expectations import Failure
from gitflow.runtime.testing.pool import Prepared, run_all
from gitflow.runtime.testing.run import Definitions
from gitflow.runtime.workspaces.snapshots import Snapshots
from gitflow.workspaces.file_events import FolderEvents
from gitflow.workspaces.registry import find_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gitflow.definitions.test_files.case import Case
    from gitflow.runtime.testing.coverage import Coverage, Part
    from gitflow.runtime.testing.run import Result
    from gitflow.workspaces.base import Workspace


class TestOptions(Record):
    path: str | None = None  #: a workspace, or a file or folder in one: only its tests are run
    workspace: str | None = None
    filters: tuple[str, ...] = ()  #: globs; a test that matches any of them is run
    jobs: int | None = None  #: how many processes; None: as many as there are processors
    form: str = "text"
    with_coverage: bool = False
    watch: bool = False


def run_tests(options: TestOptions) -> int:
    """0 when all have passed, 1 when one has failed or the definitions have errors. Raises InvalidInput (no test is
    selected) and WorkspaceError."""
    workspace, inside = _locate(options)
    if not options.watch:
        return _run_once(workspace, inside, options)
    folder = folder_of(workspace)
    if folder is None:
        raise InvalidInput("--watch needs a workspace that is a folder: name one by its path")
    return _watch(workspace, folder, partial(_run_once, workspace, inside, options))


def _locate(options: TestOptions) -> tuple[Workspace, str]:
    """The workspace, and which part of it: a path from its top, empty for all of it."""
    config = locate_config(os.environ, uses_store=False)
    path = options.path
    if path is not None and options.workspace is not None:
        raise InvalidInput(f"the workspace is given twice: {path!r}, and {options.workspace!r} with -w; leave one out")
    if path is not None and os.path.exists(path) and path not in config.workspaces:
        real = os.path.realpath(path)
        top = find_workspace(real if os.path.isdir(real) else os.path.dirname(real))
        if top is not None:
            inside = os.path.relpath(real, top)
            return locate_workspace(top, config, os.environ), "" if inside == "." else inside
    return locate_workspace(path or options.workspace, config, os.environ), ""


def _run_once(workspace: Workspace, inside: str, options: TestOptions) -> int:
    load = _Loader(workspace)
    current = load.definitions(None)
    files = workspace.definition_files(current.revision if isinstance(current, Definitions) else workspace.resolve())
    suite = load_suite(files, current.snapshot if isinstance(current, Definitions) else None)
    problems = [*(() if isinstance(current, Definitions) else current.problems), *suite.problems]
    root = ROOTS.get(options.form, no_prefix)(workspace)
    if not isinstance(current, Definitions) or problems:
        sys.stderr.write(report_problems(problems, "text", root=from_current_folder(workspace)))
        return FAILED
    cases = _selected(suite.cases, inside, options.filters)
    return _report([load.prepared(case) for case in cases], current, options, root)


def _report(prepared: Sequence[Prepared], current: Definitions, options: TestOptions, root: str) -> int:
    reached: set[Part] = set()
    results: list[Result] = []

    def as_they_come(state_dir: str) -> Iterator[Result]:
        for one, result in zip(prepared, run_all(prepared, options.jobs or _processors(), state_dir), strict=True):
            results.append(result)
            if one.case.revision is None:  # the definitions of another revision are not those that are covered
                reached.update(result.reached)
            yield result

    def coverage() -> Coverage | None:
        return coverage_of(current.snapshot, reached) if options.with_coverage else None

    with tempfile.TemporaryDirectory(prefix="gitflow-test-") as state_dir:
        report = Report(len(prepared), as_they_come(state_dir), coverage, root)
        for line in FORMATS[options.form](report):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
    return OK if all(result.has_passed for result in results) else FAILED


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _selected(cases: Sequence[Case], inside: str, filters: Sequence[str]) -> list[Case]:
    """Raises InvalidInput where none is left."""
    found = [case for case in cases if not inside or case.file == inside or case.file.startswith(f"{inside}/")]
    if not found:
        where = f" in {inside}" if inside else ""
        raise InvalidInput(f"there are no tests{where}; write some in .workflows/NAME.test.yaml: gitflow schema test")
    wanted = [glob(text) for text in filters]
    left = [case for case in found if not wanted or any(matches(case.name) for matches in wanted)]
    if not left:
        listed = ", ".join(map(repr, filters))
        raise InvalidInput(f"no test matches {listed}; one of {len(found)} is named {found[0].name!r}")
    return left


class _Loader:
    """Loads each revision once."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._snapshots = Snapshots(None, default_cache_dir(os.environ))
        self._known: dict[str | None, Definitions | RevisionRefused] = {}

    def definitions(self, rev: str | None) -> Definitions | RevisionRefused:
        """Raises WorkspaceError."""
        if rev not in self._known:
            workspace, revision = at_revision(self._workspace, rev)
            try:
                self._known[rev] = Definitions(workspace, revision, self._snapshots.load(workspace, revision))
            except RevisionRefused as refused:
                self._known[rev] = refused
        return self._known[rev]

    def prepared(self, case: Case) -> Prepared:
        """The test with the definitions of its revision, or with the reason why there are none."""
        try:
            found = self.definitions(case.revision)
        except GitflowError as error:
            return Prepared(case, Failure(case.at("revision"), "the revision cannot be loaded", hint=str(error)))
        if isinstance(found, Definitions):
            return Prepared(case, found)
        hint = f"see them with: gitflow validate --rev {case.revision}"
        return Prepared(case, Failure(case.at("revision"), str(found), hint=hint))


def _watch(workspace: Workspace, folder: str, run: Callable[[], int]) -> int:
    """Runs at once and after each change, until an interrupt; the status is that of the last run."""
    stop = Event()
    status, seen = OK, None
    for _ in FolderEvents(folder, stop, idle_s=_IDLE_S):
        signal.signal(signal.SIGINT, signal.default_int_handler)
        has_run = False
        try:
            now = workspace.resolve()
            if now != seen:
                seen, status, has_run = now, run(), True
        except KeyboardInterrupt:
            return INTERRUPTED
        except GitflowError as error:
            sys.stderr.write(f"gitflow: {error}\n")
            status = FAILED
        signal.signal(signal.SIGINT, lambda number, frame: stop.set())
        if has_run:  # said once an interrupt no longer counts as one of the run
            sys.stdout.write("waiting for changes\n")
            sys.stdout.flush()
    return status


#: How long ``--watch`` waits at most for a change that it did not hear of, in seconds.
_IDLE_S = 3600.0

#: Format -> prefix of the paths in a report. Other formats have paths relative to the workspace.
ROOTS: Mapping[str, Callable[[Workspace], str]] = {
    "text": from_current_folder,
    "tap": from_current_folder,
    "junit": from_repository,
}
