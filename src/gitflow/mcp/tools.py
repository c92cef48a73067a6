"""The tools that a client of the Model Context Protocol may call: their arguments, and what each of them does.

``gitflow mcp`` calls each as a command (``cli/local/mcp.py``), ``/mcp`` of a server as a request of its API
(``api/mcp/requests.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import GitflowError
from gitflow.core.record import Record
from gitflow.core.status import JobStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

#: What a tool does, beside reading: an operator allows each of them by name.
CHANGES = ("run", "retry", "cancel", "approve")

#: The scope that an API key must have by name for ``approve_step``; a key without limits does not have it.
APPROVES = "mcp:approve"

#: How many entries a list has, unless the client asks for fewer or more.
LISTED, MAX_LISTED = 20, 100


class ToolError(GitflowError):
    """The call of a tool was refused or failed; the message says why and what would help."""


class Tool(Record):
    name: str
    description: str
    properties: Mapping[str, JsonObject]  #: the schema of each argument
    required: tuple[str, ...] = ()
    does: str = "read"  #: or one of CHANGES

    @property
    def is_read_only(self) -> bool:
        return self.does == "read"

    @property
    def schema(self) -> JsonObject:
        """The JSON Schema of its arguments."""
        return {
            "type": "object",
            "properties": dict(self.properties),
            "required": list(self.required),
            "additionalProperties": False,
        }


def _text(description: str, **more: object) -> JsonObject:
    return {"type": "string", "minLength": 1, "maxLength": 2048, "description": description, **more}


_UUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_JOB = _text("The job's id, whole, as list_jobs names it.", pattern=_UUID)
_TASK = _text("The task's name.")
_STEP = _text("The step's name.")
_REASON = _text("Why; it is recorded in the job's history.")
_WORKSPACE = _text("The workspace's name. Left out: the only one, or all in a list.")
_LIMIT: JsonObject = {
    "type": "integer",
    "minimum": 1,
    "maximum": MAX_LISTED,
    "default": LISTED,
    "description": "List at most this many.",
}
_STATUS: JsonObject = {"enum": [str(status) for status in JobStatus], "description": "Only jobs with this status."}
_REVISION = _text("A branch, tag or commit.", pattern=r"^[^-]")

TOOLS: tuple[Tool, ...] = (
    Tool("list_tasks", "List the tasks that can be run.", {"workspace": _WORKSPACE}),
    Tool(
        "get_task",
        "Show a task: what it does, its inputs with their types and defaults, and its steps.",
        {"task": _TASK, "workspace": _WORKSPACE},
        ("task",),
    ),
    Tool(
        "list_jobs",
        "List jobs (runs of tasks), newest first, with status, times and error.",
        {"workspace": _WORKSPACE, "task": _TASK, "status": _STATUS, "limit": _LIMIT},
    ),
    Tool(
        "get_job",
        "Show a job with its steps: status, error, inputs, outputs, attempts, and the commit that it runs.",
        {"job": _JOB},
        ("job",),
    ),
    Tool("explain_job", "Say why each step of a job runs, waits, failed or was skipped.", {"job": _JOB}, ("job",)),
    Tool(
        "search_logs",
        "Find a text in the output of a job's steps, ignoring case. An empty query gives the last lines.",
        {
            "job": _JOB,
            "query": {"type": "string", "maxLength": 500, "default": "", "description": "The text to find."},
            "step": _STEP,
            "limit": _LIMIT,
        },
        ("job",),
    ),
    Tool(
        "plan",
        "Show what a change of the definitions means before it is active: changed tasks, what breaks a caller, "
        "open jobs and next schedules that it concerns.",
        {"workspace": _WORKSPACE, "base": _REVISION, "head": _REVISION},
    ),
    Tool(
        "list_problems",
        "List the errors and warnings in the definitions of a workspace, each with file, line and remedy.",
        {"workspace": _WORKSPACE},
    ),
    Tool(
        "run_task",
        "Start a task with these inputs. This runs the task's commands on its machine.",
        {
            "task": _TASK,
            "workspace": _WORKSPACE,
            "input": {"type": "object", "description": "Name -> value, as get_task lists them.", "default": {}},
        },
        ("task",),
        "run",
    ),
    Tool(
        "retry_job",
        "Run the steps of an ended job that did not complete again, in a new job.",
        {"job": _JOB},
        ("job",),
        "retry",
    ),
    Tool("cancel_job", "Stop a job and its running steps.", {"job": _JOB, "reason": _REASON}, ("job",), "cancel"),
    Tool(
        "approve_step",
        "Approve a step that waits for the decision of a person.",
        {"job": _JOB, "step": _STEP, "reason": _REASON},
        ("job", "step"),
        "approve",
    ),
)

BY_NAME: Mapping[str, Tool] = {tool.name: tool for tool in TOOLS}
