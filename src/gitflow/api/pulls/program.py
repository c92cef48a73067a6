"""The program that judges a head: reads what to judge from its standard input, and prints the verdict as JSON.

It is a process of its own, with bounded memory and time and without the server's environment: what a stranger wrote may
be large, deep or slow, and the server goes on. It decrypts nothing, reads no secret and runs nothing of the head.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from typing import TYPE_CHECKING

from gitflow.code_hosts.base import FAILURE, SUCCESS
from gitflow.core.errors import GitflowError
from gitflow.runtime.workspaces.plans import plan_change
from gitflow.runtime.workspaces.snapshots import Snapshots
from gitflow.views.plan_reports import count, report
from gitflow.workspaces.git import GitWorkspace
from gitflow.workspaces.revisions import Chosen

if TYPE_CHECKING:
    from gitflow.core.values import JsonObject
    from gitflow.runtime.workspaces.plans import ChangePlan

#: For this process and for each that it starts (git, and the parsers of shells).
MEMORY_BYTES = 2 << 30
PROCESSOR_S = 60


def main() -> None:
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))  # so that nothing temporary stays
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_S, PROCESSOR_S + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(10)
    try:
        verdict = judge(json.load(sys.stdin), time.time())
    except GitflowError as error:
        verdict = {"error": str(error)}
    json.dump(verdict, sys.stdout)


def judge(given: JsonObject, now: float) -> JsonObject:
    """``path``: the repository; ``subpath``: the workspace in it; ``base``: where the branch stands; ``fork``: where
    the head left it; ``cache``: a folder for what is computed. Raises GitflowError."""
    workspace = GitWorkspace(given["path"], given["head"], given["subpath"], "pull-request")
    fork, head = (Chosen(sha, workspace, workspace.resolve(sha)) for sha in (given["fork"], given["head"]))
    made = plan_change(Snapshots(None, given["cache"]), fork, head, now)
    state = FAILURE if made.has_errors else SUCCESS
    return {"state": state, "summary": _summary(made), "report": report(made, "markdown", given["subpath"])}


def _summary(made: ChangePlan) -> str:
    errors = sum(problem.is_error for problem in made.problems)
    return f"{errors} error{'' if errors == 1 else 's'}" if errors else count(made)


if __name__ == "__main__":
    main()
