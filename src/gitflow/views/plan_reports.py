"""A plan for people: as text, as Markdown for a pull request, as annotations of GitHub Actions.

Pure functions of a ChangePlan, for a terminal and a server alike. Everything that comes from the repository is escaped
for where it is shown. ``root`` stands before every file name: from the current folder, or from the repository's top.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitflow.core.changes.records import ADDED, CHANGED, REMOVED, RENAMED
from gitflow.core.timestamps import rfc3339
from gitflow.views.escape import command, command_property, markdown, on_one_line, shortened
from gitflow.views.plan import plan as as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gitflow.core.changes.records import Caller, Change, Detail
    from gitflow.core.problems import Place, Problem
    from gitflow.core.values import Json
    from gitflow.runtime.workspaces.plans import ChangePlan
    from gitflow.workspaces.revisions import Chosen

_SIGNS = {ADDED: "+", REMOVED: "-", CHANGED: "~", RENAMED: ">"}
_LONGEST_VALUE = 200
#: GitHub shows a comment of at most 65,536 characters.
_MOST_MARKDOWN = 60_000


def report(plan: ChangePlan, form: str, root: str = "") -> str:
    """Ends with a line end. Raises KeyError for a format that is not in ``FORMATS``."""
    return FORMATS[form](plan, root)


def _json(plan: ChangePlan, root: str) -> str:
    return json.dumps(as_json(plan), indent=2, ensure_ascii=False) + "\n"


def _text(plan: ChangePlan, root: str) -> str:
    lines = [f"{_revision(plan.base)} → {_revision(plan.head)}", ""]
    for change in plan.changes.changes:
        lines += _change_lines(change, root)
    if plan.changes.changes:
        lines.append("")
    lines += [_problem_line(each, root) for each in plan.problems]
    return "\n".join([*lines, count(plan), *map(on_one_line, _on_server(plan))]) + "\n"


def _on_server(plan: ChangePlan) -> Iterator[str]:
    """The open jobs and coming schedules of the server on which the base is active."""
    for job in plan.server.open_jobs if plan.server else ():
        what = "retry" if job.retry_of_job_id and job.status == "pending" else "job"
        yield f"{what} {job.job_id} of task {job.task} is {job.status}, and keeps revision {job.revision[:12]}"
    for each in plan.server.schedules if plan.server else ():
        yield f"schedule {each.trigger} starts task {each.task} at {rfc3339(each.at)}"


def _revision(chosen: Chosen) -> str:
    commit = chosen.revision.commit
    short = f" ({commit.sha[:12]})" if commit is not None and not commit.sha.startswith(chosen.name) else ""
    name = chosen.name[:12] if commit is not None and commit.sha == chosen.name else chosen.name
    return on_one_line(f"{name}{short}")


def _change_lines(change: Change, root: str) -> Iterator[str]:
    mark = "  BREAKING" if change.is_breaking else "  contract" if change.is_contract else ""
    place = f"  {_place(change.where, root)}" if change.where.file else ""
    yield on_one_line(f"{_SIGNS[change.change]} {change.kind} {change.name}") + f"{mark}{place}"
    if change.change == RENAMED:
        yield "    " + on_one_line(change.summary)
    for detail in change.details:
        if not _is_told(detail, change):
            yield "    " + _detail_line(detail, root)


def _is_told(detail: Detail, change: Change) -> bool:
    """Whether the detail is empty, or the line of the change already contains it."""
    if detail.path == "used_by":
        return not detail.callers
    return detail.path == "name" and change.change == RENAMED


def _detail_line(detail: Detail, root: str) -> str:
    if detail.path == "used_by" and not detail.is_breaking:
        return "used by " + ", ".join(_caller(each, root) for each in detail.callers)
    broken = ", ".join(_caller(each, root) for each in detail.callers)
    return on_one_line(f"{detail.path}: {_values(detail)}") + (f"  breaks {broken}" if detail.is_breaking else "")


def _values(detail: Detail, shown: Callable[[str], str] = str) -> str:
    """``shown`` makes a value fit for the format."""
    if detail.change == ADDED:
        return f"added {shown(_value(detail.after))}"
    if detail.change == REMOVED:
        return f"removed {shown(_value(detail.before))}"
    return f"{shown(_value(detail.before))} → {shown(_value(detail.after))}"


def _value(value: Json) -> str:
    if value is None:
        return "nothing"
    return shortened(json.dumps(value, ensure_ascii=False), _LONGEST_VALUE)


def _caller(caller: Caller, root: str) -> str:
    if not caller.where.file:
        return on_one_line(f"{caller.kind} {caller.name}" if caller.kind != "outside" else caller.name)
    return on_one_line(f"{caller.kind} {caller.name} ({_place(caller.where, root)})")


def _place(where: Place, root: str) -> str:
    return on_one_line(f"{_path(where.file, root)}:{where.line}")


def _path(file: str, root: str) -> str:
    return f"{root.rstrip('/')}/{file}" if root not in ("", ".") else file


def _problem_line(problem: Problem, root: str) -> str:
    message = problem.message if problem.is_error else f"warning: {problem.message}"
    hint = f"\n  {on_one_line(problem.hint)}" if problem.hint else ""
    return (
        f"{on_one_line(f'{_path(problem.file, root)}:{problem.line}:{problem.column}')}  {on_one_line(message)}{hint}"
    )


def count(plan: ChangePlan) -> str:
    """``3 changes: 1 added, 2 changed; 1 breaking``."""
    changes = plan.changes
    total = len(changes.changes)
    if not total:
        return "no changes"
    kinds = [f"{changes.count(each)} {each}" for each in (ADDED, REMOVED, CHANGED, RENAMED) if changes.count(each)]
    breaking = f"; {changes.breaking} breaking" if changes.breaking else ""
    return f"{total} change{'' if total == 1 else 's'}: {', '.join(kinds)}{breaking}"


def _markdown(plan: ChangePlan, root: str) -> str:
    head = f"### Plan: {count(plan)}\n\n{markdown(_revision(plan.base))} → {markdown(_revision(plan.head))}\n"
    parts = [head, *(_change_markdown(change, root) for change in plan.changes.changes)]
    if plan.problems:
        parts.append("\n**Problems**\n\n" + "".join(f"- {_problem_markdown(each, root)}\n" for each in plan.problems))
    goes_on = [f"- {markdown(line)}\n" for line in _on_server(plan)]
    return _fitting([*parts, *(["\n**On the server**\n\n" + "".join(goes_on)] if goes_on else [])])


def _fitting(parts: Sequence[str]) -> str:
    """Joins as many whole parts as fit into a comment."""
    kept, length = list[str](), 0
    for part in parts:
        length += len(part) + 1
        if length > _MOST_MARKDOWN:
            return "\n".join([*kept, f"… and {len(parts) - len(kept)} more\n"])
        kept.append(part)
    return "\n".join(kept)


def _change_markdown(change: Change, root: str) -> str:
    mark = " **breaking**" if change.is_breaking else " contract" if change.is_contract else ""
    place = f" {markdown(_place(change.where, root))}" if change.where.file else ""
    lines = [f"- {change.change} {change.kind.replace('_', ' ')} {markdown(change.name)}{mark}{place}"]
    shown = (detail for detail in change.details if detail.path != "used_by" or detail.callers)
    lines += [f"  - {_detail_markdown(detail, root)}" for detail in shown]
    return "\n".join(lines)


def _detail_markdown(detail: Detail, root: str) -> str:
    callers = ", ".join(markdown(_caller(each, root)) for each in detail.callers)
    if detail.path == "used_by" and not detail.is_breaking:
        return f"used by {callers}"
    breaks = f", **breaks** {callers}" if detail.is_breaking else ""
    return f"{markdown(detail.path)} {_values(detail, markdown)}{breaks}"


def _problem_markdown(problem: Problem, root: str) -> str:
    place = markdown(f"{_path(problem.file, root)}:{problem.line}:{problem.column}")
    hint = f" ({markdown(problem.hint)})" if problem.hint else ""
    return f"{problem.severity.value} {place} {markdown(problem.message)}{hint}"


def _github(plan: ChangePlan, root: str) -> str:
    """Workflow commands: a notice at each change, a warning where it breaks a caller, and the problems."""
    lines = [_change_command(change, root) for change in plan.changes.changes if change.change != REMOVED]
    lines += [_problem_command(problem, root) for problem in plan.problems]
    return "".join(f"{line}\n" for line in lines)


def _change_command(change: Change, root: str) -> str:
    level = "warning" if change.is_breaking else "notice"
    title = f"{change.kind.replace('_', ' ')} {change.name} {change.change}"
    words = [change.summary, *(_detail_line(each, root) for each in change.details if each.is_breaking)]
    at = f"file={command_property(_path(change.where.file, root))},line={change.where.line},"
    message = command("\n".join(map(on_one_line, words)))
    return f"::{level} {at if change.where.file else ''}title={command_property(on_one_line(title))}::{message}"


def _problem_command(problem: Problem, root: str) -> str:
    at = f"file={command_property(_path(problem.file, root))},line={problem.line},col={problem.column}"
    message = command(f"{problem.message}\n{problem.hint}" if problem.hint else problem.message)
    return f"::{problem.severity.value} {at},title={command_property(problem.rule)}::{message}"


#: What ``--format`` takes.
FORMATS: Mapping[str, Callable[[ChangePlan, str], str]] = {
    "text": _text,
    "json": _json,
    "markdown": _markdown,
    "github": _github,
}
