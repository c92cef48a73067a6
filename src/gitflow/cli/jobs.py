"""``gitflow jobs`` and ``gitflow job``: what is and was run, from the local store."""

from __future__ import annotations

import os
import sys

from gitflow.api.messages import job_detail, job_row
from gitflow.app import open_store
from gitflow.cli.printing import cell, print_rows, print_value
from gitflow.cli.progress import SIGNS, seconds, wants_color
from gitflow.cli.where import config_here
from gitflow.core.errors import InvalidInput
from gitflow.core.names import closest
from gitflow.core.status import JobStatus
from gitflow.stores.base import JobFilter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.core.job import Job, StepRun

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
    """Raises InvalidInput for a status that does not exist."""
    if wanted.status is not None and wanted.status not in set(JobStatus):
        near = closest(wanted.status, JobStatus) or ", ".join(JobStatus)
        raise InvalidInput(f"there is no status {wanted.status!r}; {near}")
    with open_store(config_here(os.environ, state_dir), os.environ) as opened:
        rows = opened.stores.jobs.jobs(wanted, limit, offset)
    print_rows([job_row(row) for row in rows], output, COLUMNS)
    return 0


def job_filter(labels: Sequence[str], after: str | None, before: str | None, **plain: str | None) -> JobFilter:
    """What a list is narrowed to. Raises InvalidInput for a label or a time that is none."""
    return JobFilter(
        labels=dict(map(_label, labels)), created_after=_moment(after), created_before=_moment(before), **plain
    )


def _label(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise InvalidInput(f"--label takes name=value, not {text!r}")
    return name, value


def _moment(text: str | None) -> float | None:
    """A date or a time, by the clock of this machine where it names no zone."""
    from datetime import datetime

    try:
        return None if text is None else datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise InvalidInput(f"{text!r} is no time; write 2026-01-31, or 2026-01-31T14:00:00Z") from None


def show_job(start_of_id: str, output: str, state_dir: str | None) -> int:
    with open_store(config_here(os.environ, state_dir), os.environ) as opened:
        job = opened.job(start_of_id)
        attempts = opened.stores.jobs.attempts(job.id)
    if output == "table":
        _print_job(job)
    else:
        print_value(job_detail(job, attempts), output)
    return 0


def _print_job(job: Job) -> None:
    detail = job_detail(job, ())
    for label in ("job_id", "workspace", "task_name", "revision", "status", "created_at", "started_at", "completed_at"):
        print(f"{label + ':':14}{detail[label] if detail[label] is not None else ''}")
    for label in ("retry_of_job_id", "parent_job_id", "error_message"):
        if detail[label]:
            print(f"{label + ':':17}{detail[label]}")
    for label in ("input", "output"):
        if detail[label]:
            print(f"{label + ':':14}{cell(detail[label])}")
    print("steps:")
    color = wants_color(sys.stdout, os.environ)
    for step in job.in_order():
        print(_step_line(step, color))


def _step_line(step: StepRun, color: bool) -> str:
    sign, number = SIGNS.get(step.status, ("·", 0))
    sign = f"\x1b[{number}m{sign}\x1b[0m" if color else sign
    took = ""
    if step.started_at is not None and step.completed_at is not None:
        took = f" in {seconds(step.completed_at - step.started_at)}"
    tries = f", attempt {step.attempt}" if step.attempt > 1 else ""
    why = step.skip_reason or step.error_message
    told = ("\n" + "\n".join(f"      {line}" for line in why.splitlines())) if why else ""
    return f"  {sign} {step.name}  {step.status}{took}{tries}{told}"
