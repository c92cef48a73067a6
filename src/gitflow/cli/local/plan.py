"""``gitflow plan``: what a change of a workspace means, from git's objects and the files of the folder."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

from gitflow.cli.console.exits import FAILED, OK
from gitflow.cli.console.locate import locate_config, locate_workspace
from gitflow.cli.local.validate import ROOTS
from gitflow.config import default_cache_dir
from gitflow.core.record import Record
from gitflow.runtime.clock import Clock
from gitflow.runtime.workspaces.plans import plan_change, plan_of_tasks
from gitflow.runtime.workspaces.snapshots import Snapshots
from gitflow.views.plan_reports import report
from gitflow.workspaces.revisions import choose_change

if TYPE_CHECKING:
    from gitflow.runtime.workspaces.plans import ChangePlan
    from gitflow.workspaces.base import Workspace

#: With ``--exit-code``: there are changes, and some of them break a caller.
CHANGES, BREAKING = 3, 4


class PlanOptions(Record):
    base: str | None = None
    head: str | None = None
    workspace: str | None = None
    tasks: tuple[str, ...] = ()
    form: str = "text"
    exit_code: bool = False


def plan(options: PlanOptions) -> int:
    """Prints the plan and returns the exit status. Raises GitflowError."""
    found = locate_workspace(options.workspace, locate_config(os.environ, uses_store=False), os.environ)
    return print_plan(found, make_plan(found, options), options)


def make_plan(found: Workspace, options: PlanOptions) -> ChangePlan:
    gc.set_threshold(1_000_000)  # a plan makes many objects that live until it is printed
    base, head = choose_change(found, options.base, options.head)
    snapshots, now = Snapshots(None, default_cache_dir(os.environ)), Clock().wall()
    if options.tasks:
        return plan_of_tasks(snapshots, base, head, options.tasks, now)
    return plan_change(snapshots, base, head, now)


def print_plan(found: Workspace, made: ChangePlan, options: PlanOptions) -> int:
    form = "github" if options.form == "markdown" else options.form  # whose files are named from the repository's top
    root = ROOTS[form](found) if form in ROOTS else ""
    sys.stdout.write(report(made, options.form, root))
    return exit_status(made, options.exit_code)


def exit_status(made: ChangePlan, exit_code: bool) -> int:
    if made.has_errors:
        return FAILED
    if not exit_code or not made.changes.changes:
        return OK
    return BREAKING if made.changes.breaking else CHANGES
