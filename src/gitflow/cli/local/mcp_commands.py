"""Each tool of ``gitflow mcp`` as a command of ``gitflow``: its arguments, and how its output is read.

Values go behind ``--`` or ``--option=``, so that none can be read as another option.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.mcp.tools import LISTED, ToolError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.values import Json, JsonObject


class McpOptions(Record):
    """The options of ``gitflow mcp``, as they were given."""

    allow: tuple[str, ...] = ()
    workspace: str | None = None
    server: str | None = None
    state_dir: str | None = None


class ToolCommand(Record):
    words: tuple[str, ...]  #: after ``gitflow``
    stdin: str = ""
    keep: Callable[[JsonObject], bool] | None = None  #: which lines of JSON to keep; None: the output is one value
    limit: int = LISTED  #: of lines
    select: Callable[[Json], Json] | None = None  #: takes the result from the output


def tool_command(tool: str, arguments: JsonObject, options: McpOptions) -> ToolCommand:
    """The command of a tool, whose arguments match its schema. Raises ToolError."""
    named = arguments.get("workspace")
    if named is not None and options.server is None and named != options.workspace:
        raise ToolError("the workspace is the one that gitflow mcp was started for: leave `workspace` out")
    workspace = named or options.workspace
    return _COMMANDS[tool]({**arguments, "workspace": workspace}, options)


def _option(name: str, value: object) -> tuple[str, ...]:
    """The words of an option; none for a value that is left out."""
    return () if value is None else (f"--{name}={value}",)


def _definitions(arguments: JsonObject, options: McpOptions) -> tuple[str, ...]:
    return (*_option("workspace", arguments["workspace"]), *_option("server", options.server))


def _jobs_of(options: McpOptions) -> tuple[str, ...]:
    return (*_option("server", options.server), *_option("state-dir", options.state_dir))


def _list_tasks(arguments: JsonObject, options: McpOptions) -> ToolCommand:
    return ToolCommand(("tasks", "--output=json", *_definitions(arguments, options)))


def _get_task(arguments: JsonObject, options: McpOptions) -> ToolCommand:
    return ToolCommand(("show", "--output=json", *_definitions(arguments, options), "--", arguments["task"]))


def _list_jobs(arguments: JsonObject, options: McpOptions) -> ToolCommand:
    workspace = arguments["workspace"] if options.server else None
    wanted = {"workspace": workspace, **{name: arguments.get(name) for name in ("task", "status", "limit")}}
    filters = (word for name, value in wanted.items() for word in _option(name, value))
    return ToolCommand(("jobs", "--output=json", *filters, *_jobs_of(options)))


def _on_job(command: str, *operands: str) -> Callable[[JsonObject, McpOptions], ToolCommand]:
    """A command about a job; ``operands``: the arguments that follow its id."""

    def make(arguments: JsonObject, options: McpOptions) -> ToolCommand:
        names = (arguments["job"], *(arguments[name] for name in operands))
        reason = _option("reason", arguments.get("reason"))
        return ToolCommand((command, "--output=json", *reason, *_jobs_of(options), "--", *names))

    return make


def _search_logs(arguments: JsonObject, options: McpOptions) -> ToolCommand:
    query, limit = arguments["query"].lower(), arguments["limit"]
    tail = () if query else (f"--tail={limit}",)
    words = ("logs", "--format=jsonl", *_option("step", arguments.get("step")), *tail, *_jobs_of(options))
    return ToolCommand(
        (*words, "--", arguments["job"]), keep=lambda line: query in str(line["line"]).lower(), limit=limit
    )


def _plan(arguments: JsonObject, options: McpOptions) -> ToolCommand:
    revisions = [arguments[name] for name in ("base", "head") if name in arguments]
    if "head" in arguments and "base" not in arguments:
        raise ToolError("base: name the revision that `head` is compared with")
    where = _option("workspace", options.workspace) if options.server is None else ()
    server = (*_option("server", options.server), *_option("server-workspace", arguments["workspace"]))
    return ToolCommand(("plan", "--format=json", *where, *(server if options.server else ()), "--", *revisions))


def _list_problems(arguments: JsonObject, options: McpOptions) -> ToolCommand:
    if options.server is None:
        return ToolCommand(("validate", "--format=json", *_option("workspace", arguments["workspace"])))
    wanted = arguments["workspace"]

    def select(found: Json) -> Json:
        return [one for one in found if wanted in (None, one["name"])]

    return ToolCommand(("workspaces", "--output=json", *_option("server", options.server)), select=select)


def _run_task(arguments: JsonObject, options: McpOptions) -> ToolCommand:
    given = json.dumps(arguments["input"])
    words = ("--input-file=/dev/stdin", *_option("workspace", arguments["workspace"]))
    if options.server is None:
        words = ("run", "--json", *words, *_option("state-dir", options.state_dir))
    else:
        words = ("trigger", "--output=json", *words, *_option("server", options.server))
    return ToolCommand((*words, "--", arguments["task"]), stdin=given)


_COMMANDS: Mapping[str, Callable[[JsonObject, McpOptions], ToolCommand]] = {
    "list_tasks": _list_tasks,
    "get_task": _get_task,
    "list_jobs": _list_jobs,
    "get_job": _on_job("job"),
    "explain_job": _on_job("explain"),
    "search_logs": _search_logs,
    "plan": _plan,
    "list_problems": _list_problems,
    "run_task": _run_task,
    "retry_job": _on_job("retry"),
    "cancel_job": _on_job("cancel"),
}
