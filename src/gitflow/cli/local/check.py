"""``gitflow check``: what a pull request runs. Problems, the plan and the policy, and one exit status."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

from gitflow.cli.console import reports
from gitflow.cli.console.exits import FAILED, OK
from gitflow.cli.console.locate import locate_config, locate_workspace
from gitflow.cli.local.validate import ROOTS, from_repository
from gitflow.config import default_cache_dir
from gitflow.config.signatures import named_trust
from gitflow.core.record import Record
from gitflow.runtime.clock import Clock
from gitflow.runtime.workspaces.checks import check_change, signers_by
from gitflow.runtime.workspaces.snapshots import Snapshots
from gitflow.views.check import as_json
from gitflow.views.plan_reports import report
from gitflow.workspaces.revisions import choose_change

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.config import WorkspaceConfig
    from gitflow.runtime.workspaces.checks import Check, Signers

#: Where GitHub Actions shows Markdown beside a run.
SUMMARY = "GITHUB_STEP_SUMMARY"


class CheckOptions(Record):
    path: str | None = None
    base: str | None = None
    form: str = "text"
    reviewers: tuple[str, ...] = ()
    allowed_signers: str | None = None
    gpg_keyring: str | None = None


def check(options: CheckOptions) -> int:
    """Prints what is found and returns the exit status. Raises GitflowError."""
    gc.set_threshold(1_000_000)  # many objects are made that live until they are printed
    config = locate_config(os.environ, uses_store=False)
    found = locate_workspace(options.path, config, os.environ)
    base, head = choose_change(found, options.base or None, None)
    snapshots = Snapshots(None, default_cache_dir(os.environ))
    now = Clock().wall()
    signers = _signers(options, config.workspaces.get(found.identity), now)
    made = check_change(snapshots, base, head, now, reviewers=options.reviewers, signers=signers)
    root = ROOTS[options.form](found) if options.form in ROOTS else ""
    sys.stdout.write(FORMATS[options.form](made, root))
    if options.form == "github":
        _summarise(made, from_repository(found), os.environ)
    return FAILED if made.has_errors else OK


def _signers(options: CheckOptions, configured: WorkspaceConfig | None, now: float) -> Signers:
    """The signers in the named or configured files, or nobody. Files of the repository never count."""
    return signers_by(named_trust(configured, options.allowed_signers, options.gpg_keyring), now)


def _summarise(made: Check, root: str, environ: Mapping[str, str]) -> None:
    path = environ.get(SUMMARY)
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(report(made.plan, "markdown", root) + "\n")


def _as_plan(form: str) -> Callable[[Check, str], str]:
    return lambda made, root: report(made.plan, form, root)


def _as_problems(form: str) -> Callable[[Check, str], str]:
    return lambda made, root: reports.report(made.plan.problems, form, root=root)


#: What ``--format`` takes.
FORMATS: Mapping[str, Callable[[Check, str], str]] = {
    "text": _as_plan("text"),
    "json": lambda made, root: as_json(made),
    "github": _as_plan("github"),
    "gitlab": _as_problems("gitlab"),
    "sarif": _as_problems("sarif"),
    "junit": _as_problems("junit"),
    "markdown": _as_plan("markdown"),
}
