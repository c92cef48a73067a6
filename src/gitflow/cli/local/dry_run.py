"""``gitflow run --dry-run``: prints the plan, with the values that are known before anything runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gitflow.cli.console.escape import indented, one_line
from gitflow.cli.console.locate import at_revision, needs_check
from gitflow.cli.console.tables import print_value
from gitflow.config import default_cache_dir
from gitflow.core.jobs.job import Source
from gitflow.core.machine.dry_run import preview
from gitflow.runtime.clock import Clock
from gitflow.runtime.engine.job_factory import JobFactory
from gitflow.runtime.workspaces.snapshots import Snapshots

if TYPE_CHECKING:
    from gitflow.cli.fast_path import RunOptions
    from gitflow.config import Config
    from gitflow.core.values import JsonObject
    from gitflow.workspaces.base import Workspace


def dry_run(options: RunOptions, config: Config, workspace: Workspace, given: JsonObject) -> int:
    """Prints the plan. Raises the same errors as a real run for a bad task, input or revision."""
    workspace, revision = at_revision(workspace, options.rev)
    if needs_check(config, workspace):
        from gitflow.cli.local.signatures import check_revision

        check_revision(config, workspace, revision, options.rev)
    snapshots = Snapshots(None, default_cache_dir(os.environ))
    snapshot = snapshots.load(workspace, revision)
    job_factory = JobFactory(snapshots.of, Clock(), lambda: "dry-run")
    job = job_factory.make(snapshot, options.task, given, Source("user"), from_text=True)
    plan = preview(job, snapshot.secrets)
    if options.json:
        print_value(plan, "json")
    else:
        _print_plan(plan)
    return 0


def _print_plan(plan: JsonObject) -> None:
    print(f"task {plan['task_name']} at {plan['revision']}; nothing is run")
    for number, step in enumerate(plan["steps"], 1):
        needs = f"  after {', '.join(step['depends_on'])}" if step["depends_on"] else ""
        print(f"{number:3}. {step['step_name']}  ({step['action_name'] or step['action_type']}){needs}")
        if step["decision"]:
            print(f"       {one_line(step['decision'])}")
        for name, value in step["input"].items():
            print(f"       {name} = {indented(str(value), ' ' * 9)}")
