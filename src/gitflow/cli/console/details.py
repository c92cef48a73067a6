"""Prints jobs, definitions and workspaces for people, from their JSON as the API writes it."""

from __future__ import annotations

import os
import sys
from datetime import datetime

from gitflow.cli.console.columns import DEFINITIONS, EXPLANATIONS, WORKSPACES
from gitflow.cli.console.escape import indented, one_line
from gitflow.cli.console.progress import SHORT_SHA, SIGNS, seconds
from gitflow.cli.console.streams import wants_color, write_stderr
from gitflow.cli.console.tables import cell, print_rows, print_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.core.values import Json, JsonObject


def print_job(detail: JsonObject, summary: str) -> None:
    print(one_line(summary))
    print()
    for label in ("job_id", "workspace", "task_name", "revision", "status", "created_at", "started_at", "completed_at"):
        print(f"{label + ':':14}{detail[label] if detail[label] is not None else ''}")
    if detail.get("commit"):
        print(f"{'commit:':14}{_commit_line(detail['commit'])}")
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


def print_explanation(found: JsonObject, output: str) -> None:
    """What came of the job, then a line for each step."""
    if output != "table":
        print_value(found, output)
        return
    print(one_line(found["summary"]))
    print()
    print_rows(found["steps"], output, EXPLANATIONS)


def _commit_line(commit: JsonObject) -> str:
    short = f"{commit['subject']} ({commit['author']}, {commit['at'][:10]})"
    return f"{commit['sha'][:SHORT_SHA]}  {one_line(short)}"


def _step_line(step: JsonObject, color: bool) -> str:
    sign, number = SIGNS.get(step["status"], ("·", 0))
    sign = f"\x1b[{number}m{sign}\x1b[0m" if color else sign
    duration = duration_s(step["started_at"], step["completed_at"])
    took = "" if duration is None else f" in {seconds(duration)}"
    tries = f", attempt {step['attempt']}" if step["attempt"] > 1 else ""
    why = step["skip_reason"] or step["error_message"]
    reason = ("\n" + "\n".join(f"      {line}" for line in why.splitlines())) if why else ""
    name = one_line(step["label"] or step["step_name"])
    return f"  {sign} {name}  {step['status']}{took}{tries}{reason}"


def duration_s(start: str | None, end: str | None) -> float | None:
    """The seconds between two times, given as the API writes them."""
    if start is None or end is None:
        return None
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def print_definitions(kind: str, rows: Sequence[JsonObject], output: str) -> None:
    if output == "table":
        rows = [{**row, "next": row.get("next_runs", [])[:1], "enabled": _enabled(row)} for row in rows]
    columns = DEFINITIONS[kind]
    if output == "table" and any(row.get("suspended") for row in rows):
        rows = [{**row, "suspension": _suspension(row)} for row in rows]
        columns = {**columns, "SUSPENDED": "suspension"}
    print_rows(rows, output, columns)


def _enabled(row: JsonObject) -> Json:
    """Whether the trigger is enabled; an operator may have suspended one that its definition enables."""
    return "suspended" if row.get("suspended") else row.get("enabled")


def _suspension(row: JsonObject) -> str | None:
    """By whom, since when and why."""
    if not row.get("suspended"):
        return None
    why = f": {row['suspended_reason']}" if row.get("suspended_reason") else ""
    return f"by {row['suspended_by']} at {row['suspended_at']}{why}"


def print_workspaces(rows: Sequence[JsonObject], output: str) -> None:
    if output == "table":
        rows = [{**row, "sync": describe_drift(row["drift"])} for row in rows]
    print_rows([_with_refusal(row) for row in rows], output, WORKSPACES)


def print_drift(workspace: str, drift: JsonObject, output: str) -> None:
    if output != "table":
        print_value(drift, output)
        return
    why = f"; {one_line(drift['message'])}" if drift["message"] else ""
    write_stderr(f"{workspace} is {describe_drift(drift)}{why}\n")


def describe_drift(drift: JsonObject) -> str:
    """In a few words: ``behind 3, paused``."""
    words = {
        "diverged": f"diverged: {drift['behind']} behind, {drift['ahead']} ahead",
        "unreachable": f"unreachable since {drift['unreachable_since']}",
    }
    count = drift["behind"] or drift["ahead"]
    found = words.get(drift["status"]) or drift["status"] + (f" {count}" if count else "")
    return f"{found}, paused" if drift["pause"] else found


def _with_refusal(row: JsonObject) -> JsonObject:
    """The state of a workspace for the table, which has no column of its own for a refused revision."""
    candidate = row.get("candidate")
    if candidate and not row.get("error"):
        return row | {"error": _refusal(candidate)}
    return row


def _refusal(candidate: JsonObject) -> str:
    """Counts errors only: warnings refuse nothing."""
    unsigned = candidate["signature"]
    if unsigned:
        return f"{candidate['revision'][:12]} is refused: no valid signature: {unsigned['reason']}"
    count = sum(problem["severity"] == "error" for problem in candidate["problems"])
    return f"{candidate['revision'][:12]} is refused" + (f": {count} error{'s' if count > 1 else ''}" if count else "")


def print_obstacles(row: JsonObject) -> None:
    """Why a workspace serves nothing newer: its error, and the problems of a refused revision."""
    candidate = row["candidate"]
    if row["drift"]["pause"]:
        write_stderr(f"{indented(row['drift']['message'] or '', '  ')}\n")
    if row["error"]:
        write_stderr(f"{indented(row['error'], '  ')}\n")
    if candidate:
        write_stderr(f"{_refusal(candidate)}\n")
        for problem in candidate["problems"]:
            warning = "" if problem["severity"] == "error" else "warning: "
            place = f"{problem['file']}:{problem['line']}  " if problem["file"] else ""
            write_stderr(f"  {place}{warning}{indented(problem['message'], '    ')}\n")
        if candidate.get("acceptable"):
            command = f"gitflow accept-revision {row['name']} {candidate['revision'][:12]} --reason TEXT"
            write_stderr(f"  it breaks the policy alone; an administrator may accept it: {command}\n")
