"""Operations on the jobs of a server: on one, on several by their ids, or on all that match a filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.cli.backends.client import path_of
from gitflow.cli.backends.ids import find_id
from gitflow.cli.console.escape import indented, one_line
from gitflow.cli.console.exits import FAILED, OK
from gitflow.cli.console.requests import Selection
from gitflow.cli.console.select import confirm, read_filter, report_rest
from gitflow.cli.console.streams import write_stderr
from gitflow.cli.console.tables import print_value
from gitflow.core.errors import GitflowError, InvalidInput
from gitflow.core.record import fields_of
from gitflow.core.timestamps import rfc3339

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitflow.cli.backends.client import Client
    from gitflow.cli.console.requests import JobOperation
    from gitflow.core.values import Json, JsonObject

BULK = path_of("jobs", "bulk")

#: Command -> its path below the job. A segment in braces is an argument; the other arguments are the body.
PATHS: Mapping[str, tuple[str, ...]] = {
    "cancel": ("cancel",),
    "pause": ("pause",),
    "resume": ("resume",),
    "restart": ("restart",),
    "retry": ("retry",),
    "delete": (),
    "retry-step": ("steps", "{step}", "retry"),
    "replay": ("steps", "{step}", "replay"),
    "skip": ("steps", "{step}", "skip"),
    "complete": ("steps", "{step}", "complete"),
    "approve": ("steps", "{step}", "approve"),
    "reject": ("steps", "{step}", "approve"),
    "event": ("events", "{type}"),
}


def select(client: Client, request: JobOperation) -> Selection:
    _refuse_local_options(request)
    named: JsonObject = (
        {"job_ids": [find_id(client, id) for id in request.ids]}
        if request.ids
        else {"filter": _filter(request.filters)}
    )
    found = client.post(BULK, {"operation": request.command, "dry_run": True, **named})
    return Selection(tuple(found["job_ids"]), found["remaining"])


def operate(client: Client, request: JobOperation) -> int:
    _refuse_local_options(request)
    return _operate_on_each(client, request) if request.ids else _operate_on_all(client, request)


def _refuse_local_options(request: JobOperation) -> None:
    for option, value in (("env", request.env), ("workspace", request.workspace)):
        if value:
            raise InvalidInput(f"--{option} cannot be used with --server")


def _operate_on_each(client: Client, request: JobOperation) -> int:
    """Performs the operation on each job; a refusal does not stop the others."""
    status = OK
    answers: list[Json] = []
    for id in request.ids:
        try:
            answers.append(_send(client, request, find_id(client, id)))
        except GitflowError as error:
            if len(request.ids) == 1:
                raise
            status = FAILED
            write_stderr(f"gitflow: {id}: {indented(str(error), '  ')}\n")
            continue
        if request.is_table:
            _report(request.command, answers[-1].get("job_id") or id, answers[-1].get("job_id"))
    if not request.is_table and answers:
        print_value(answers if len(request.ids) > 1 else answers[0], request.output)
    return status


def _send(client: Client, request: JobOperation, job_id: str) -> JsonObject:
    arguments = request.arguments
    segments = [str(arguments[part[1:-1]]) if part.startswith("{") else part for part in PATHS[request.command]]
    path = path_of("jobs", job_id, *segments)
    if request.command == "delete":
        return client.delete(path)
    if request.command == "event":
        return client.post(path, arguments["payload"], {"event_id": arguments["id"]})
    return client.post(path, _body(request))


def _body(request: JobOperation) -> JsonObject:
    in_path = {part[1:-1] for part in PATHS[request.command]}
    revision = {"revision": "latest"} if request.latest else {}
    return {
        name: value
        for name, value in {**request.arguments, **revision}.items()
        if name not in in_path and value is not None and (name, value) != ("input", {})
    }


def _operate_on_all(client: Client, request: JobOperation) -> int:
    body = {**_body(request), "operation": request.command}
    selected: JsonObject = {"filter": _filter(request.filters)}
    done = client.post(BULK, {**body, **selected}) if request.yes else _confirm_and_send(client, body, selected)
    if done is None:
        return FAILED
    if request.is_table:
        _report_all(request.command, done)
    else:
        print_value(done, request.output)
    return OK if all(result["ok"] for result in done["results"]) else FAILED


def _confirm_and_send(client: Client, body: JsonObject, selected: JsonObject) -> JsonObject | None:
    """Changes only the jobs that the question counted, even if others match by then; None if the user says no."""
    counted: JsonObject = client.post(BULK, {**body, **selected, "dry_run": True})
    ids: Sequence[str] = counted.pop("job_ids")
    if not ids:
        return counted
    if not confirm(body["operation"], len(ids)):
        return None
    done: JsonObject = client.post(BULK, {**body, **selected, "job_ids": ids})
    return {**done, "remaining": counted["remaining"]}


def _filter(filters: Sequence[str]) -> JsonObject:
    """Converts a filter from the words of the command line to those of the API."""
    typed = {name: value for name, value in fields_of(read_filter(filters)) if value}
    times = {name: rfc3339(typed[name]) for name in ("created_after", "created_before") if name in typed}
    states = {"status": list(typed["status"])} if "status" in typed else {}
    return {**typed, **times, **states}


def _report_all(command: str, done: JsonObject) -> None:
    for result in done["results"]:
        if result["ok"]:
            _report(command, result["job_id"], result.get("new_job_id"))
        else:
            write_stderr(f"gitflow: {result['job_id']}: {indented(result['error'], '  ')}\n")
    report_rest(not done["results"], done["remaining"])


def _report(command: str, id: str, new_id: str | None) -> None:
    """A retry prints the new job's id on stdout; everything else goes to stderr, as for jobs of this machine."""
    if command == "retry":
        print(one_line(str(new_id)))
    else:
        write_stderr(f"{command}: job {id}\n")
