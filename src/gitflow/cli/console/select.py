"""Which jobs are meant: filters as they are typed, and the question before something is done to many."""

from __future__ import annotations

import sys

from gitflow.cli.console.streams import tell
from gitflow.core.errors import InvalidInput
from gitflow.core.names import closest
from gitflow.core.record import record
from gitflow.core.status import JobStatus
from gitflow.stores.protocols.jobs import JobFilter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

#: As typed -> the field of a JobFilter that holds a text.
TEXTS: Mapping[str, str] = {
    "task": "task_name",
    "workspace": "workspace",
    "source": "source_type",
    "revision": "revision",
    "search": "search",
    "parent": "parent_job_id",
    "retry-of": "retry_of_job_id",
}
#: As typed -> the field that holds a time.
TIMES: Mapping[str, str] = {"after": "created_after", "before": "created_before"}
LABEL = "label."
KNOWN = ("status", *TEXTS, *TIMES, LABEL + "NAME")


@record
class Pair:
    name: str
    value: str


def chosen_filter(filters: Sequence[str]) -> JobFilter:
    """``status=failed,task=build``; several states mean any of them. Raises InvalidInput."""
    pairs = [_pair(text) for given in filters for text in given.split(",")]
    plain: dict[str, Any] = {TEXTS[pair.name]: pair.value for pair in pairs if pair.name in TEXTS}
    times: dict[str, Any] = {TIMES[pair.name]: moment(pair.value) for pair in pairs if pair.name in TIMES}
    states = tuple(known_status(pair.value) for pair in pairs if pair.name == "status")
    labels = {pair.name.removeprefix(LABEL): pair.value for pair in pairs if pair.name.startswith(LABEL)}
    return JobFilter(status=states or None, labels=labels, **plain, **times)


def _pair(text: str) -> Pair:
    name, equals, value = text.strip().partition("=")
    if not equals or not value:
        raise InvalidInput(f"--filter takes name=value, not {text!r}")
    if name not in KNOWN and not (name.startswith(LABEL) and name != LABEL):
        raise InvalidInput(f"--filter knows no {name!r}; {closest(name, KNOWN) or 'it knows ' + ', '.join(KNOWN)}")
    return Pair(name, value)


def known_status(text: str) -> str:
    """Raises InvalidInput for a status that does not exist."""
    if text not in set(JobStatus):
        raise InvalidInput(f"there is no status {text!r}; {closest(text, JobStatus) or ', '.join(JobStatus)}")
    return text


def moment(text: str | None) -> float | None:
    """A date or a time, by the clock of this machine where it names no zone. Raises InvalidInput."""
    from datetime import datetime

    try:
        return None if text is None else datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise InvalidInput(f"{text!r} is no time; write 2026-01-31, or 2026-01-31T14:00:00Z") from None


def refuse_unasked(operation: str, filters: Sequence[str]) -> None:
    """Raises InvalidInput where nobody can be asked whether all that match are to be touched, or for a filter that is
    none."""
    chosen_filter(filters)
    if not sys.stdin.isatty():
        raise InvalidInput(
            f"{operation} --filter asks before it touches jobs, and there is no terminal to ask on; "
            "see which jobs match with --dry-run, then say --yes"
        )


def is_agreed(operation: str, count: int) -> bool:
    """Whether so many jobs are to be touched, asked on the terminal."""
    sys.stderr.write(f"{operation} {count} job{'s' if count > 1 else ''}? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def print_meant(ids: Sequence[str], more: int, output: str) -> None:
    """Which jobs an operation would touch: their ids, a line each, or what the API answers."""
    if output != "table":
        from gitflow.cli.console.tables import print_value

        print_value({"results": [], "remaining": more, "job_ids": list(ids)}, output)
        return
    for id in ids:
        print(id)
    tell_of_rest(not ids, more)


def tell_of_rest(is_empty: bool, more: int) -> None:
    """What a person is told of a filter beside the jobs that it found."""
    if is_empty:
        tell("no job matches\n")
    if more:
        tell(f"{more} more match; say it again for them\n")
