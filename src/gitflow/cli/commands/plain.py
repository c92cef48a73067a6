"""The commands that read, and how they are mostly typed: without options.

Such a command runs without click, whose import takes 120 million instructions, half of all that a list of jobs takes
(docs/decisions/0012-run-without-click.md). With options, with a server in the environment, or with a wrong number of
words, click reads the command; both ways call the functions here.
"""

from __future__ import annotations

import os
import sys

from gitflow.cli.console.exits import OK
from gitflow.core.standard import partial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from gitflow.cli.backends.base import Backend

#: How many jobs are listed without ``--limit``.
LISTED_JOBS = 50

_NO_FILTER: Mapping[str, Any] = {"labels": (), "status": (), "after": None, "before": None, "longer_than": None}


def print_jobs(
    backend: Backend, output: str = "table", limit: int = LISTED_JOBS, offset: int = 0, **wanted: Any
) -> int:
    from gitflow.cli.console.job_table import print_jobs
    from gitflow.cli.console.select import job_filter

    print_jobs(backend.list_jobs(job_filter(**{**_NO_FILTER, **wanted}), limit, offset), output)
    return OK


def print_job(backend: Backend, id: str, output: str = "table") -> int:
    from gitflow.cli.console.details import print_job
    from gitflow.cli.console.tables import print_value

    if output == "table":
        print_job(*backend.describe_job(id))
    else:
        print_value(backend.find_job(id), output)
    return OK


def print_logs(backend: Backend, id: str, form: str | None = None, **given: Any) -> int:
    from gitflow.cli.console.log_lines import log_printer
    from gitflow.cli.console.requests import LogQuery

    query = LogQuery(id, **given)
    print_line = log_printer(form or ("steps" if sys.stdout.isatty() else "jsonl"))
    for line in backend.read_logs(query):
        print_line(line)
        if query.follow:
            sys.stdout.flush()
    return OK


def print_definitions(
    kind: str, backend: Backend, workspace: str | None = None, rev: str | None = None, output: str = "table"
) -> int:
    from gitflow.cli.console.details import print_definitions

    print_definitions(kind, backend.list_definitions(kind, workspace, rev), output)
    return OK


#: The commands that show definitions; each is the kind that it lists.
KINDS = ("tasks", "actions", "triggers")

#: Command -> (what it does, how many words it takes).
_PLAIN: Mapping[str, tuple[Callable[..., int], int]] = {
    "jobs": (print_jobs, 0),
    "job": (print_job, 1),
    "logs": (print_logs, 1),
    **{kind: (partial(print_definitions, kind), 0) for kind in KINDS},
}
COMMANDS = tuple(_PLAIN)


def plain_command(command: str, words: Sequence[str]) -> Callable[[], int] | None:
    """The command on this machine; None if click has to read it."""
    call, count = _PLAIN[command]
    has_options = any(word.startswith("-") for word in words)
    if has_options or len(words) != count or (command not in KINDS and os.environ.get("GITFLOW_SERVER")):
        return None

    def run() -> int:
        from gitflow.cli.backends.local import LocalBackend

        return call(LocalBackend(), *words)

    return run
