"""Each tool as a request of the native API: the operation, and the parts of its request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.mcp.tools import LISTED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitflow.core.values import Json, JsonObject


class ApiRequest(Record):
    operation: str  #: ``Route.operation``
    path: Mapping[str, str] = {}
    query: Mapping[str, str] = {}
    body: Mapping[str, Json] = {}


def api_request(tool: str, arguments: JsonObject) -> ApiRequest:
    """The request of a tool, whose arguments match its schema."""
    return _REQUESTS[tool](arguments)


def is_in_workspace(tool: str, arguments: JsonObject) -> bool:
    """Whether the call is about one workspace: the only one that the caller sees, where none is named."""
    return tool in ("plan", "list_problems") or "task" in arguments


def _texts(arguments: JsonObject, names: Mapping[str, str]) -> dict[str, str]:
    """The arguments that are given, by the names of the API's parameters."""
    return {names[name]: str(value) for name, value in arguments.items() if name in names}


def _tasks(arguments: JsonObject) -> ApiRequest:
    return ApiRequest("task_overview.index", query=_texts(arguments, {"workspace": "workspace"}))


def _task(arguments: JsonObject) -> ApiRequest:
    return ApiRequest("tasks.show", {"ws": arguments["workspace"], "name": arguments["task"]})


def _jobs(arguments: JsonObject) -> ApiRequest:
    names = {"workspace": "workspace", "task": "task_name", "status": "status", "limit": "limit"}
    return ApiRequest("jobs.index", query=_texts(arguments, names))


def _of_job(operation: str, *fields: str) -> Callable[[JsonObject], ApiRequest]:
    """An operation on a job; ``fields`` of the arguments go into its body."""

    def make(arguments: JsonObject) -> ApiRequest:
        body: dict[str, Json] = {name: arguments[name] for name in fields if name in arguments}
        return ApiRequest(operation, _job_path(arguments), body=body)

    return make


def _job_path(arguments: JsonObject) -> dict[str, str]:
    """Of a job, and of its step if the call names one."""
    return {"id": arguments["job"].lower(), **({"step": arguments["step"]} if "step" in arguments else {})}


def _logs(arguments: JsonObject) -> ApiRequest:
    path = _job_path(arguments)
    limit = str(arguments.get("limit", LISTED))
    kind = "step" if "step" in path else "job"
    if arguments.get("query"):
        return ApiRequest(f"logs.{kind}_search", path, {"q": arguments["query"], "ignore_case": "true", "limit": limit})
    return ApiRequest(f"logs.{kind}_logs", path, {"tail": limit})


def _plan(arguments: JsonObject) -> ApiRequest:
    return ApiRequest(
        "workspaces.plan", {"ws": arguments["workspace"]}, _texts(arguments, {"base": "base", "head": "head"})
    )


def _problems(arguments: JsonObject) -> ApiRequest:
    return ApiRequest("workspaces.show", {"ws": arguments["workspace"]})


def _run(arguments: JsonObject) -> ApiRequest:
    return ApiRequest(
        "tasks.execute",
        {"ws": arguments["workspace"], "name": arguments["task"]},
        body={"input": arguments.get("input", {})},
    )


_REQUESTS: Mapping[str, Callable[[JsonObject], ApiRequest]] = {
    "list_tasks": _tasks,
    "get_task": _task,
    "list_jobs": _jobs,
    "get_job": _of_job("jobs.show"),
    "explain_job": _of_job("jobs.explain"),
    "search_logs": _logs,
    "plan": _plan,
    "list_problems": _problems,
    "run_task": _run,
    "retry_job": _of_job("jobs.retry"),
    "cancel_job": _of_job("jobs.cancel", "reason"),
    "approve_step": _of_job("steps.approve", "reason"),
}
