"""Prints the difference of two jobs, as the API writes it, for people."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from gitflow.cli.console.escape import one_line
from gitflow.cli.console.progress import seconds
from gitflow.core.errors import InvalidInput
from gitflow.stores.protocols.jobs import JobFilter
from gitflow.views.escape import shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gitflow.core.values import Json, JsonObject

    ListJobs = Callable[[JobFilter, int, int], list[JsonObject]]

_SIGNS = {"added": "+", "removed": "-", "changed": "~", "renamed": ">"}
_MAX_LENGTH = 160


def last_completed(job: JsonObject, list_jobs: ListJobs) -> str:
    """The id of the last job of the same task that completed before. Raises InvalidInput where there is none."""
    before = datetime.fromisoformat(job["created_at"]).timestamp()
    wanted = JobFilter(
        workspace=job["workspace"], task_name=job["task_name"], status="completed", created_before=before
    )
    found = next((row["job_id"] for row in list_jobs(wanted, 2, 0) if row["job_id"] != job["job_id"]), None)
    if found is None:
        raise InvalidInput(f"no job of task {job['task_name']!r} completed before it; name a job to compare with")
    return found


def difference_lines(found: JsonObject) -> Iterator[str]:
    for side, sign in (("before", "-"), ("after", "+")):
        yield f"{sign} {_job(found[side])}"
    parts = [
        ("definition", [line for change in found["definition"] for line in _change(change)]),
        ("input", [_value(each) for each in found["input"]]),
        ("output", [_value(each) for each in found["output"]]),
        ("steps", [line for step in found["steps"] for line in _step(step)]),
    ]
    for title, lines in parts:
        yield f"{title}:{'' if lines else ' the same'}"
        yield from (f"  {line}" for line in lines)
        if title == "definition" and not found["has_files"]:
            yield "  files were not compared: those of a revision are no longer here"


def _job(job: JsonObject) -> str:
    commit = job["commit"]
    at = f"{commit['sha'][:12]} {commit['subject']}" if commit else job["revision"][:12]
    return one_line(f"{job['task_name']} {_state(job)}  job {job['job_id']}  {job['created_at']}  {at}")


def _state(ended: JsonObject) -> str:
    took = ended["duration_secs"]
    return ended["status"] + (f" in {seconds(took)}" if took is not None else "")


def _change(change: JsonObject) -> Iterator[str]:
    kind = change["kind"].replace("_", " ")
    yield one_line(f"{_SIGNS[change['change']]} {kind} {change['name']}: {change['summary']}")
    for detail in change["details"]:
        if detail["path"] != "used_by":
            yield f"    {one_line(detail['path'])}: {_shown(detail['before'])} → {_shown(detail['after'])}"


def _value(change: JsonObject) -> str:
    sign = "~" if "before" in change and "after" in change else "-" if "before" in change else "+"
    values = " → ".join(_shown(change[side]) for side in ("before", "after") if side in change)
    return one_line(f"{sign} {change['name']}: {values}" if change["name"] else f"{sign} {values}")


def _shown(value: Json) -> str:
    return one_line(shortened(json.dumps(value, ensure_ascii=False), _MAX_LENGTH))


def _step(step: JsonObject) -> Iterator[str]:
    before, after = step["before"], step["after"]
    sign = "+" if before is None else "-" if after is None else "~" if step["differs"] else " "
    states = " → ".join(_state(side) for side in (before, after) if side is not None)
    yield f"{sign} {one_line(step['step_name'])}  {states}"
    yield from (f"    output {_value(each)}" for each in step["output"])
    for word, names in (("no longer", step["environment_removed"]), ("now", step["environment_added"])):
        if names:
            yield f"    environment: {word} {one_line(', '.join(names))}"
    if "log" in step:
        log = step["log"]
        yield f"    {log['stream']}, line {log['line']}:"
        yield f"      - {_line(log['before'])}"
        yield f"      + {_line(log['after'])}"


def _line(text: str | None) -> str:
    return "(no more lines)" if text is None else shortened(one_line(text), _MAX_LENGTH)
