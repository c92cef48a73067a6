"""``gitflow validate``: every problem of a workspace, in the form its reader wants."""

from __future__ import annotations

import os
import sys

from gitflow.cli.exits import FAILED, OK
from gitflow.cli.reports import report
from gitflow.cli.where import at_revision, config_here, workspace_for
from gitflow.definitions.loader import load


def validate(path: str | None, form: str, rev: str | None) -> int:
    """0 where nothing is wrong (warnings are not), 1 otherwise. Raises WorkspaceError."""
    config = config_here(os.environ)
    workspace, revision = at_revision(workspace_for(path, config, os.environ), rev)
    loaded = load(
        workspace.definition_files(revision),
        workspace=workspace.identity,
        revision=revision.id,
        has_file=lambda wanted: workspace.has_file(revision, wanted),
    )
    written = report(loaded.problems, form)
    sys.stdout.write(written if written.endswith("\n") or not written else written + "\n")
    return FAILED if any(problem.is_error for problem in loaded.problems) else OK
