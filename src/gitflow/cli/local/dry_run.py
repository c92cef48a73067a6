"""``gitflow run --dry-run``: prints the plan, with the values that are known before anything runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gitflow.cli.console.escape import indented, one_line
from gitflow.cli.console.exits import FAILED, OK
from gitflow.cli.console.locate import at_revision, needs_check
from gitflow.cli.console.streams import write_stderr
from gitflow.cli.console.tables import print_value
from gitflow.config import default_cache_dir
from gitflow.core.changes.reads import of_hooks, of_task, secrets_in
from gitflow.core.jobs.job import Source
from gitflow.core.machine.dry_run import preview
from gitflow.core.templates.texts import TemplateError
from gitflow.runtime.clock import Clock
from gitflow.runtime.engine.job_factory import JobFactory
from gitflow.runtime.worker.secrets import Secrets, caller_sources
from gitflow.runtime.workspaces.snapshots import Snapshots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.cli.fast_path import RunOptions
    from gitflow.config import Config
    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.values import JsonObject
    from gitflow.workspaces.base import Workspace


def dry_run(options: RunOptions, config: Config, workspace: Workspace, given: JsonObject) -> int:
    """Prints the plan, and the secrets that this process cannot read: with those, the exit status is 1.

    Raises the same errors as a real run for a bad task, input or revision.
    """
    workspace, revision = at_revision(workspace, options.rev)
    if needs_check(config, workspace):
        from gitflow.cli.local.signatures import check_revision

        check_revision(config, workspace, revision, options.rev)
    snapshots = Snapshots(None, default_cache_dir(os.environ))
    snapshot = snapshots.load(workspace, revision)
    job_factory = JobFactory(snapshots.of, Clock(), lambda: "dry-run")
    job = job_factory.make(snapshot, options.task, given, Source("user"), from_text=True)
    problems = list(_unreadable_secrets(snapshot, options.task))
    plan: JsonObject = {**preview(job, snapshot.secrets), "problems": problems}
    if options.json:
        print_value(plan, "json")
    else:
        _print_plan(plan)
    write_stderr("".join(f"gitflow: {problem}\n" for problem in problems))
    return FAILED if problems else OK


def _unreadable_secrets(snapshot: Snapshot, task: str) -> Iterator[str]:
    """Why secrets that the task and its hooks may read cannot be read. Encrypted files are not opened."""
    found = of_task(snapshot, snapshot.tasks[task]) | of_hooks(snapshot, snapshot.tasks[task])
    functions: JsonObject = {**caller_sources(os.environ)(snapshot.workspace), "sops": _leave_encrypted}
    secrets = Secrets(snapshot.secrets, functions, {})
    for name in sorted(secrets_in(snapshot, found).keys() & snapshot.secrets.keys()):
        try:
            secrets[name]
        except TemplateError as error:
            yield str(error)


def _leave_encrypted(*words: str) -> str:
    return ""


def _print_plan(plan: JsonObject) -> None:
    print(f"task {plan['task_name']} at {plan['revision']}; nothing is run")
    for number, step in enumerate(plan["steps"], 1):
        needs = f"  after {', '.join(step['depends_on'])}" if step["depends_on"] else ""
        print(f"{number:3}. {step['step_name']}  ({step['action_name'] or step['action_type']}){needs}")
        if step["decision"]:
            print(f"       {one_line(step['decision'])}")
        for name, value in step["input"].items():
            print(f"       {name} = {indented(str(value), ' ' * 9)}")
