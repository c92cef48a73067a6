"""The program that judges a head: reads what to judge from its standard input, and prints the verdict as JSON.

It is a process of its own, with bounded memory and time and without the server's environment: a pull request may be
large, deep or slow, and must not stop the server. It decrypts nothing, reads no secret and runs nothing of the head.
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
from gitflow.core.record import replace
from gitflow.runtime.workspaces.checks import check_change
from gitflow.runtime.workspaces.snapshots import Snapshots
from gitflow.views.escape import markdown
from gitflow.views.plan_reports import count, report
from gitflow.workspaces.git import GitWorkspace
from gitflow.workspaces.pull_heads import CannotMerge, merged_tree
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
    except CannotMerge as error:
        verdict = _not_judged(f"not judged: {error}", str(error))
    except GitflowError as error:
        verdict = _not_judged("not judged: it cannot be read", str(error))
    json.dump(verdict, sys.stdout)


def judge(given: JsonObject, now: float) -> JsonObject:
    """``path``: the repository; ``subpath``: the workspace in it; ``base``: where the branch stands; ``head``: what is
    to be merged; ``cache``: a folder for what is computed; ``reviewers``: who approved this head. Raises GitflowError.

    The base is the tip of the branch, so that its policy is the newest one; what is compared with it is what the merge
    would make of the branch.
    """
    workspace = GitWorkspace(given["path"], given["head"], given["subpath"], "pull-request")
    base, head = workspace.resolve(given["base"]), workspace.resolve(given["head"])
    merged = replace(head, id=merged_tree(given["path"], base.id, head.id))
    chosen = Chosen(base.id, workspace, base), Chosen(head.id, workspace, merged)
    made = check_change(Snapshots(None, given["cache"]), *chosen, now, reviewers=given["reviewers"]).plan
    state = FAILURE if made.has_errors else SUCCESS
    return {"state": state, "summary": _summary(made), "report": report(made, "markdown", given["subpath"])}


def _not_judged(summary: str, why: str) -> JsonObject:
    """``why`` may quote the head."""
    return {"state": FAILURE, "summary": summary, "report": f"### gitflow: not judged\n\n{markdown(why)}\n"}


def _summary(made: ChangePlan) -> str:
    errors = sum(problem.is_error for problem in made.problems)
    return f"{errors} error{'' if errors == 1 else 's'}" if errors else count(made)


if __name__ == "__main__":
    main()
