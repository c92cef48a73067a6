"""Selects jobs: reads filters as they are typed, and asks before an operation changes many jobs."""

from __future__ import annotations

import sys
from datetime import datetime

from gitflow.cli.console.streams import write_stderr
from gitflow.cli.console.tables import print_value
from gitflow.core.durations import seconds
from gitflow.core.errors import InvalidInput
from gitflow.core.names import closest
from gitflow.core.record import Record, replace
from gitflow.core.status import JobStatus
from gitflow.stores.protocols.jobs import JobFilter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from gitflow.cli.console.requests import Selection

#: As typed -> the field of a JobFilter that holds a text.
TEXTS: Mapping[str, str] = {
    "task": "task_name",
    "workspace": "workspace",
    "source": "source_type",
    "revision": "revision",
    "search": "search",
    "parent": "parent_job_id",
    "retry-of": "retry_of_job_id",
    "actor": "actor",
    "trigger": "trigger",
}
#: As typed -> the field that holds a time.
TIMES: Mapping[str, str] = {"after": "created_after", "before": "created_before"}
LABEL = "label."
KNOWN = ("status", *TEXTS, *TIMES, LABEL + "NAME")


class Pair(Record):
    name: str
    value: str


def read_filter(filters: Sequence[str]) -> JobFilter:
    """``status=failed,task=build``; several states mean any of them. Raises InvalidInput."""
    pairs = [_pair(text) for given in filters for text in given.split(",")]
    plain: dict[str, Any] = {TEXTS[pair.name]: pair.value for pair in pairs if pair.name in TEXTS}
    times: dict[str, Any] = {TIMES[pair.name]: parse_time(pair.value) for pair in pairs if pair.name in TIMES}
    states = tuple(check_status(pair.value) for pair in pairs if pair.name == "status")
    labels = {pair.name.removeprefix(LABEL): pair.value for pair in pairs if pair.name.startswith(LABEL)}
    return JobFilter(status=states or None, labels=labels, **plain, **times)


def with_ids(wanted: JobFilter, find: Callable[[str], str]) -> JobFilter:
    """The filter with whole ids; ``find`` gives that of a job as a person names it."""
    return replace(
        wanted,
        parent_job_id=wanted.parent_job_id and find(wanted.parent_job_id),
        retry_of_job_id=wanted.retry_of_job_id and find(wanted.retry_of_job_id),
    )


def _pair(text: str) -> Pair:
    name, equals, value = text.strip().partition("=")
    if not equals or not value:
        raise InvalidInput(f"--filter takes name=value, not {text!r}")
    if name not in KNOWN and not (name.startswith(LABEL) and name != LABEL):
        raise InvalidInput(f"--filter does not know {name!r}; {closest(name, KNOWN) or 'it knows ' + ', '.join(KNOWN)}")
    return Pair(name, value)


def check_status(text: str) -> str:
    """Returns it. Raises InvalidInput for a status that does not exist."""
    if text not in set(JobStatus):
        raise InvalidInput(f"there is no status {text!r}; {closest(text, JobStatus) or ', '.join(JobStatus)}")
    return text


def parse_time(text: str | None) -> float | None:
    """Reads a date or a time; without a zone it is in the zone of this machine. Raises InvalidInput."""
    try:
        return None if text is None else datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise InvalidInput(f"{text!r} is not a time; write 2026-01-31, or 2026-01-31T14:00:00Z") from None


def parse_duration(text: str | None) -> float | None:
    """Reads ``90s`` or ``1h30m`` as seconds. Raises InvalidInput."""
    try:
        return None if text is None else seconds(text)
    except ValueError as error:
        raise InvalidInput(f"{text!r} is not a duration: {error}") from None


def job_filter(
    labels: Sequence[str],
    status: Sequence[str],
    after: str | None,
    before: str | None,
    longer_than: str | None,
    **plain: Any,
) -> JobFilter:
    """The filter of ``gitflow jobs``. Raises InvalidInput for an invalid label, status, time or duration."""
    return JobFilter(
        labels=dict(map(_label, labels)),
        status=tuple(map(check_status, status)) or None,
        created_after=parse_time(after),
        created_before=parse_time(before),
        duration_over=parse_duration(longer_than),
        **plain,
    )


def _label(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise InvalidInput(f"--label takes name=value, not {text!r}")
    return name, value


def require_terminal(operation: str, filters: Sequence[str]) -> None:
    """Raises InvalidInput without a terminal to ask on, and for an invalid filter."""
    read_filter(filters)
    if not sys.stdin.isatty():
        raise InvalidInput(
            f"{operation} --filter asks before it changes jobs, and there is no terminal to ask on; "
            "see which jobs match with --dry-run, then say --yes"
        )


def confirm(operation: str, count: int) -> bool:
    """Asks on the terminal whether to change so many jobs."""
    sys.stderr.write(f"{operation} {count} job{'s' if count > 1 else ''}? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def print_selection(selection: Selection, output: str) -> None:
    """Prints the jobs that an operation would change: an id per line, or what the API answers."""
    if output != "table":
        print_value({"results": [], "remaining": selection.remaining, "job_ids": list(selection.ids)}, output)
        return
    for id in selection.ids:
        print(id)
    report_rest(not selection.ids, selection.remaining)


def report_rest(is_empty: bool, remaining: int) -> None:
    """Prints that no job matches a filter, or that more jobs match than one call changes."""
    if is_empty:
        write_stderr("no job matches\n")
    if remaining:
        write_stderr(f"{remaining} more match; run the command again for them\n")
