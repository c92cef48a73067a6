"""``gitflow jobs`` and ``gitflow job``: what is and was run, from the local store."""

from __future__ import annotations

import os
import sys

from gitflow.app import open_store
from gitflow.cli.console.escape import indented
from gitflow.cli.console.locate import config_here
from gitflow.cli.console.progress import SIGNS, seconds
from gitflow.cli.console.select import known_status, moment
from gitflow.cli.console.streams import wants_color
from gitflow.cli.console.tables import cell, print_rows, print_value
from gitflow.core.errors import InvalidInput
from gitflow.stores.protocols.jobs import JobFilter
from gitflow.views.jobs import job_detail, job_row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from gitflow.core.values import JsonObject

COLUMNS = {
    "JOB": "job_id",
    "WORKSPACE": "workspace",
    "TASK": "task_name",
    "STATUS": "status",
    "SOURCE": "source_type",
    "CREATED": "created_at",
    "ENDED": "completed_at",
}


def list_jobs(output: str, state_dir: str | None, limit: int, offset: int, wanted: JobFilter) -> int:
    with open_store(config_here(os.environ, state_dir), os.environ) as opened:
        rows = opened.stores.jobs.jobs(wanted, limit, offset)
    print_rows([job_row(row) for row in rows], output, COLUMNS)
    return 0


def job_filter(
    labels: Sequence[str], status: Sequence[str], after: str | None, before: str | None, **plain: Any
) -> JobFilter:
    """What a list is narrowed to. Raises InvalidInput for a label, a status or a time that is none."""
    return JobFilter(
        labels=dict(map(_label, labels)),
        status=tuple(map(known_status, status)) or None,
        created_after=moment(after),
        created_before=moment(before),
        **plain,
    )


def _label(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise InvalidInput(f"--label takes name=value, not {text!r}")
    return name, value


def show_job(start_of_id: str, output: str, state_dir: str | None) -> int:
    with open_store(config_here(os.environ, state_dir), os.environ) as opened:
        job = opened.job(start_of_id)
        attempts = opened.stores.jobs.attempts(job.id)
    detail = job_detail(job, attempts)
    if output == "table":
        print_job(detail)
    else:
        print_value(detail, output)
    return 0


def print_job(detail: JsonObject) -> None:
    """A job as the API shows it, for people."""
    for label in ("job_id", "workspace", "task_name", "revision", "status", "created_at", "started_at", "completed_at"):
        print(f"{label + ':':14}{detail[label] if detail[label] is not None else ''}")
    for label in ("retry_of_job_id", "parent_job_id", "error_message"):
        if detail[label]:
            print(f"{label + ':':17}{indented(detail[label], ' ' * 17)}")
    for label in ("input", "output"):
        if detail[label]:
            print(f"{label + ':':14}{cell(detail[label])}")
    print("steps:")
    color = wants_color(sys.stdout, os.environ)
    for step in detail["steps"]:
        print(_step_line(step, color))
    if "steps_next" in detail:
        print("  … and more")


def _step_line(step: JsonObject, color: bool) -> str:
    sign, number = SIGNS.get(step["status"], ("·", 0))
    sign = f"\x1b[{number}m{sign}\x1b[0m" if color else sign
    lasted = lasted_s(step["started_at"], step["completed_at"])
    took = "" if lasted is None else f" in {seconds(lasted)}"
    tries = f", attempt {step['attempt']}" if step["attempt"] > 1 else ""
    why = step["skip_reason"] or step["error_message"]
    told = ("\n" + "\n".join(f"      {line}" for line in why.splitlines())) if why else ""
    return f"  {sign} {step['step_name']}  {step['status']}{took}{tries}{told}"


def lasted_s(began: str | None, ended: str | None) -> float | None:
    """Between two times as the API writes them, in seconds."""
    from datetime import datetime

    if began is None or ended is None:
        return None
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()
