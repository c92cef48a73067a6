"""``gitflow rerun`` without a server: runs the new job in this process and waits for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gitflow.app import open_app
from gitflow.cli.console.locate import locate_config, locate_workspace
from gitflow.cli.local.run import current_user, follow, pass_env
from gitflow.core.jobs.job import Source
from gitflow.runtime.operations.rerun import RerunOptions

if TYPE_CHECKING:
    from gitflow.cli.console.requests import JobOperation


def rerun(state_dir: str | None, request: JobOperation) -> int:
    """The exit status of ``gitflow run``. Raises GitflowError."""
    config = locate_config(os.environ, state_dir)
    latest = locate_workspace(request.workspace, config, os.environ) if request.latest else None
    given = request.arguments
    how = RerunOptions(given.get("input", {}), given.get("text_input", {}), latest)
    with open_app(config, os.environ, pass_env(request.env)) as app:
        before = app.opened.job(request.ids[0])
        job = app.operations.prepare_rerun(before, Source("user", None, current_user()), how)
        app.operations.enqueue_job(job)
        return follow(app, job, as_json=not request.is_table, quiet=request.quiet)
