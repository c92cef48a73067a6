"""Completes what people type: the names of definitions, jobs, steps, inputs and statuses, here or on a server.

A shell cannot show an error while it completes: what cannot be read completes to nothing.
"""

from __future__ import annotations

import io
from contextlib import redirect_stderr
from functools import wraps
from typing import TYPE_CHECKING

from gitflow.core.errors import GitflowError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from click import Context, Parameter
    from click.shell_completion import CompletionItem

    from gitflow.cli.backends.base import Backend
    from gitflow.core.values import JsonObject

    Complete = Callable[[Context, Parameter, str], list[CompletionItem]]
    Find = Callable[[Context, str], Iterable[CompletionItem]]

#: How many of the newest jobs are offered.
MAX_JOBS = 200


def _completes(find: Find) -> Complete:
    """What ``find`` gives for the context and the beginning of the word, as far as it begins so."""

    @wraps(find)
    def complete(context: Context, parameter: Parameter, incomplete: str) -> list[CompletionItem]:
        try:
            with redirect_stderr(io.StringIO()):
                return [item for item in find(context, incomplete) if item.value.startswith(incomplete)]
        except (GitflowError, OSError):
            return []

    return complete


@_completes
def task_names(context: Context, incomplete: str) -> Iterable[CompletionItem]:
    return _names(context, ("tasks",))


@_completes
def all_names(context: Context, incomplete: str) -> Iterable[CompletionItem]:
    return _names(context, ("tasks", "actions", "triggers"))


@_completes
def server_tasks(context: Context, incomplete: str) -> Iterable[CompletionItem]:
    return _of_server(context, "tasks")


@_completes
def server_triggers(context: Context, incomplete: str) -> Iterable[CompletionItem]:
    return _of_server(context, "triggers")


@_completes
def server_workspaces(context: Context, incomplete: str) -> Iterable[CompletionItem]:
    from gitflow.cli.commands.backend import connect

    return [_item(row["name"]) for row in connect(context.params.get("server")).list_workspaces()]


@_completes
def job_names(context: Context, incomplete: str) -> Iterable[CompletionItem]:
    """``last``, the tasks as ``@TASK``, and the ends of ids; whole ids once their beginning is typed."""
    from gitflow.core.jobs.references import LAST, OF_TASK, SHORTEST_PART
    from gitflow.stores.protocols.jobs import JobFilter

    rows = _backend(context).list_jobs(JobFilter(), MAX_JOBS, 0)
    if rows:
        yield _item(LAST, help=f"the newest job: {_about(rows[0])}")
    for row in rows:
        yield _item(row["job_id"][-SHORTEST_PART:], help=_about(row))
    for task in dict.fromkeys(row["task_name"] for row in rows):
        yield _item(f"{OF_TASK}{task}", help="the newest job of the task")
    if incomplete:
        yield from (_item(row["job_id"], help=_about(row)) for row in rows)


@_completes
def step_names(context: Context, incomplete: str) -> Iterable[CompletionItem]:
    """Those of the job that stands before them."""
    job = _backend(context).find_job(_argument(context, "id", "ids"))
    return [_item(step["step_name"], help=step["status"]) for step in job["steps"]]


@_completes
def task_steps(context: Context, incomplete: str) -> Iterable[CompletionItem]:
    return [_item(name) for name in _definition(context)["flow"]]


@_completes
def task_inputs(context: Context, incomplete: str) -> Iterable[CompletionItem]:
    """``name=`` for each input of the task, and its options behind that."""
    return _inputs(_definition(context)["input"], incomplete)


@_completes
def server_task_inputs(context: Context, incomplete: str) -> Iterable[CompletionItem]:
    from gitflow.cli.commands.backend import connect

    found = connect(context.params.get("server"))
    task = found.find_definition(_argument(context, "task"), context.params.get("workspace"), None)
    return _inputs(task["input"], incomplete)


@_completes
def job_inputs(context: Context, incomplete: str) -> Iterable[CompletionItem]:
    """The inputs that the job had."""
    job = _backend(context).find_job(_argument(context, "id"))
    return [_item(f"{name}=", help=str(value)) for name, value in job["input"].items()]


@_completes
def approval_fields(context: Context, incomplete: str) -> Iterable[CompletionItem]:
    """``name=`` for each field that the waiting step asks for, and its options behind that."""
    job = _backend(context).find_job(_argument(context, "id"))
    name = _argument(context, "step", position=1)
    asked = (step["approval"] for step in job["steps"] if step["step_name"] == name and step["approval"])
    return [item for approval in asked for item in _inputs(approval["fields"], incomplete)]


@_completes
def statuses(context: Context, incomplete: str) -> Iterable[CompletionItem]:
    from gitflow.core.status import JobStatus

    return [_item(status.value) for status in JobStatus]


@_completes
def filters(context: Context, incomplete: str) -> Iterable[CompletionItem]:
    """The names of a filter, behind those that are given, and the statuses."""
    from gitflow.cli.console.select import KNOWN, LABEL
    from gitflow.core.status import JobStatus

    given, comma, _ = incomplete.rpartition(",")
    words = [*(f"status={status}" for status in JobStatus), *(f"{name}=" for name in KNOWN if LABEL not in name)]
    return [_item(f"{given}{comma}{word}") for word in words]


def _names(context: Context, kinds: Iterable[str]) -> Iterable[CompletionItem]:
    from gitflow.cli.local.definitions import load_snapshot

    if context.params.get("server"):
        return [item for kind in kinds for item in _of_server(context, kind)]
    snapshot = load_snapshot(context.params.get("workspace"), context.params.get("rev"))
    found = [(name, each.description) for kind in kinds for name, each in getattr(snapshot, kind).items()]
    return [_item(name, help=_first_line(description)) for name, description in found]


def _of_server(context: Context, kind: str) -> Iterable[CompletionItem]:
    from gitflow.cli.commands.backend import connect

    found = connect(context.params.get("server")).definitions_by_workspace(kind, context.params.get("workspace"))
    return [_item(row["name"], help=_first_line(row.get("description"))) for _, rows in found for row in rows]


def _definition(context: Context) -> JsonObject:
    from gitflow.cli.local.definitions import find_definition

    return find_definition(_argument(context, "task"), context.params.get("workspace"), context.params.get("rev"))


def _inputs(declared: JsonObject, incomplete: str) -> Iterable[CompletionItem]:
    for name, field in declared.items():
        if not incomplete.startswith(f"{name}="):
            yield _item(f"{name}=", help=_first_line(field.get("description") or field.get("type")))
        options = ["true", "false"] if field.get("type") == "boolean" else field.get("options") or ()
        yield from (_item(f"{name}={option}") for option in options if incomplete.startswith(f"{name}="))


def _backend(context: Context) -> Backend:
    from gitflow.cli.commands.backend import choose

    return choose(context.params.get("server"), context.params.get("state_dir"))


def _argument(context: Context, *names: str, position: int = 0) -> str:
    """An argument that is typed already. An option that lacks its value hides all of them from the parameters, and
    leaves them by their position."""
    for name in names:
        given = context.params.get(name)
        if given:
            return given if isinstance(given, str) else given[0]
    typed = [word for word in context.args if not word.startswith("-")]
    return typed[position] if position < len(typed) else ""


def _item(value: str, help: str | None = None) -> CompletionItem:
    from click.shell_completion import CompletionItem  # only while a shell completes

    return CompletionItem(value, help=help or None)


def _about(row: JsonObject) -> str:
    return f"{row['task_name']} {row['status']}"


def _first_line(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0]
