"""What the command line does on a server: each command as its local twin, through the HTTP API.

A function here takes the client and what its command was given; ``-o json`` prints what the API answers.
"""

from __future__ import annotations

import json
import sys
import time

from gitflow.cli.client import Client, Unreachable, at
from gitflow.cli.exits import FAILED, INTERRUPTED, OK
from gitflow.cli.printing import print_rows, print_value
from gitflow.cli.streams import tell
from gitflow.cli.websocket import messages
from gitflow.core.errors import GitflowError, InvalidInput, NotFound
from gitflow.core.inputs import read_text
from gitflow.core.values import is_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gitflow.core.values import Json, JsonObject

    Request = Callable[[Mapping[str, Json]], tuple[tuple[str, ...], JsonObject]]

#: How long a server that has gone is waited for while a job of it is followed, and how long between tries, in seconds.
RETURN_S, PAUSE_S = 60.0, 0.5
#: How often a job that is waited for is looked at, at first and at most, in seconds.
LOOK_S, LOOK_MOST_S = 0.05, 1.0
#: Items that are asked for at once.
PAGE = 500

WORKSPACES = {
    "WORKSPACE": "name",
    "TASKS": "tasks_count",
    "ACTIONS": "actions_count",
    "TRIGGERS": "triggers_count",
    "BRANCH": "branch",
    "REVISION": "revision",
    "ERROR": "error",
}
#: Options of ``jobs`` that the API calls otherwise.
NAMES = {"labels": "label", "after": "created_after", "before": "created_before"}
HISTORY = {"AT": "at", "ACTOR": "actor", "WHAT": "what", "STEP": "step_name", "DETAILS": "details"}


def workspaces(client: Client, output: str) -> int:
    print_rows([_with_refusal(row) for row in client.get(at("workspaces"))], output, WORKSPACES)
    return OK


def _with_refusal(row: JsonObject) -> JsonObject:
    """A newer revision that was refused is worth a word in the table."""
    candidate = row.get("candidate")
    if candidate and not row.get("error"):
        return row | {"error": f"{candidate['revision'][:12]} is refused: {len(candidate['problems'])} problems"}
    return row


def refresh(client: Client, name: str, output: str) -> int:
    done = client.post(at("workspaces", name, "refresh"))
    if output != "table":
        print_value(done, output)
    else:
        tell(f"{name} {'is now' if done['refreshed'] else 'was already'} at {done['revision']}\n")
    return OK


def listing(client: Client, kind: str, workspace: str | None, output: str) -> int:
    """Tasks or triggers of one workspace, or of all."""
    from gitflow.cli.definitions import ROWS

    names = [workspace] if workspace else [row["name"] for row in client.get(at("workspaces"))]
    rows = [row for name in names for row in client.get(at("workspaces", name, kind))]
    print_rows(rows, output, ROWS[kind][1])
    return OK


def jobs(client: Client, output: str, **wanted: Json) -> int:
    from gitflow.cli.jobs import COLUMNS

    for name, option in (("parent_job_id", "--parent"), ("retry_of_job_id", "--retry-of")):
        if wanted.pop(name, None):
            raise InvalidInput(f"a server cannot narrow its list by {option}")
    if wanted["task_name"] and not wanted["workspace"]:
        raise InvalidInput("on a server, --task needs --workspace as well")
    query = {NAMES.get(name, name): value for name, value in wanted.items()}
    for name in ("created_after", "created_before"):
        query[name] = _moment(query[name])
    query["status"] = _one(wanted["status"], "--status")
    print_rows(client.get(at("jobs"), query), output, COLUMNS)
    return OK


def _one(given: Sequence[str], option: str) -> str | None:
    if len(given) > 1:
        raise InvalidInput(f"a server takes {option} once")
    return given[0] if given else None


def _moment(text: str | None) -> str | None:
    from gitflow.cli.choosing import moment
    from gitflow.core.timestamps import rfc3339_or_none

    return rfc3339_or_none(moment(text))


def job(client: Client, id: str, output: str) -> int:
    from gitflow.cli.jobs import print_job

    detail = client.get(at("jobs", whole_id(client, id)))
    if output == "table":
        print_job(detail)
    else:
        print_value(detail, output)
    return OK


def history(client: Client, id: str, output: str) -> int:
    path, after = at("jobs", whole_id(client, id), "events"), 0
    rows: list[JsonObject] = []
    while page := client.get(path, {"after": after, "limit": PAGE}):
        rows += page
        after = page[-1]["seq"]
    print_rows(rows, output, HISTORY)
    return OK


def logs(client: Client, id: str, follow: bool, form: str, **given: Json) -> int:
    job_id, step, stream = whole_id(client, id), given["step"], given["stream"]
    path = at("jobs", job_id, "steps", step, "logs") if step else at("jobs", job_id, "logs")
    query = {name: given[name] for name in ("stream", "tail", "since_seq")}
    if not follow:
        accept = "text/plain" if form == "text" else "application/x-ndjson"
        for line in client.stream(path, {**query, "format": form}, accept):
            sys.stdout.buffer.write(line)
        return OK
    if step == "_server":
        raise InvalidInput("what the engine noted cannot be followed by --follow; ask again, or use gitflow history")
    since = int(given["since_seq"] or 0)
    for line in client.stream(path, query, "application/x-ndjson"):
        _print_line(json.loads(line), form)
        since = json.loads(line)["seq"]
    sys.stdout.flush()
    for line in followed(client, job_id, since):
        if (step is None or _is_of(line, step)) and stream in (None, line["stream"]):
            _print_line(line, form)
    return OK


def _is_of(line: JsonObject, step: str) -> bool:
    return line["step"] == step or line["step"].startswith(f"{step}[")


def _print_line(line: JsonObject, form: str) -> None:
    text = line["line"] if form == "text" else json.dumps(line, ensure_ascii=False, separators=(",", ":"))
    sys.stdout.write(f"{text}\n")


def followed(client: Client, job_id: str, since_seq: int = 0) -> Iterator[JsonObject]:
    """Each line of a job's log once, in order, until the job has ended; a connection that breaks is made again."""
    gone_since: float | None = None
    while True:
        try:
            for message in messages(client, at("jobs", job_id, "logs", "stream"), {"since_seq": since_seq}):
                gone_since = None
                for text in message.splitlines():
                    line = json.loads(text)
                    since_seq = line["seq"]
                    yield line
                sys.stdout.flush()
            return
        except Unreachable:
            gone_since = _patient(gone_since)


def _patient(gone_since: float | None) -> float:
    """Waits a little for a server that has gone. Raises what is being handled once it has been away for long."""
    now = time.monotonic()
    if gone_since is not None and now - gone_since > RETURN_S:
        raise
    time.sleep(PAUSE_S)
    return now if gone_since is None else gone_since


def ended(client: Client, job_id: str) -> JsonObject:
    """The job's detail once it has ended."""
    pause, gone_since = LOOK_S, None
    while True:
        try:
            detail = client.get(at("jobs", job_id))
            gone_since = None
            if detail["completed_at"] is not None:
                return detail
        except Unreachable:
            gone_since = _patient(gone_since)
        time.sleep(pause)
        pause = min(LOOK_MOST_S, pause * 1.5)


def trigger(client: Client, task: str, **given: Json) -> int:
    """Executes a task on the server; 0 once it is accepted, or with --wait and --follow once it has completed."""
    from gitflow.cli.inputs import gathered

    workspace = given["workspace"] or _only_workspace(client, task)
    path = at("workspaces", workspace, "tasks", task)
    values = gathered(given["inputs"], given["input_file"])
    body = {
        "input": _typed(client.get(path)["input"], values, {pair.partition("=")[0] for pair in given["inputs"]}),
        "revision": given["rev"],
        "labels": dict(pair.partition("=")[::2] for pair in given["labels"]) or None,
        "priority": given["priority"],
    }
    made = client.post(f"{path}/execute", {name: value for name, value in body.items() if value is not None})
    return _started(client, made["job_id"], given)


def _started(client: Client, job_id: str, given: Mapping[str, Json]) -> int:
    if not given["wait"] and not given["follow"]:
        if given["output"] == "table":
            print(job_id)
        else:
            print_value(client.get(at("jobs", job_id)), given["output"])
        return OK
    try:
        return _awaited(client, job_id, given)
    except KeyboardInterrupt:
        tell(f"\nthe job goes on; gitflow logs -f {job_id}, or gitflow cancel {job_id}\n")
        return INTERRUPTED


def _awaited(client: Client, job_id: str, given: Mapping[str, Json]) -> int:
    from gitflow.cli.jobs import lasted_s
    from gitflow.cli.progress import Progress

    is_table = given["output"] == "table"
    progress = Progress(quiet=bool(given["quiet"]), output_to_stderr=not is_table)
    if given["follow"]:
        for line in followed(client, job_id):
            progress.on_line(job_id, line["step"], line["line"])
    job = ended(client, job_id)
    if is_table:
        took = lasted_s(job["started_at"] or job["created_at"], job["completed_at"])
        progress.ended_as(job_id, job["task_name"], job["status"], took, job["error_message"])
    else:
        print_value(job, given["output"])
    return OK if job["status"] == "completed" else FAILED


def _only_workspace(client: Client, task: str) -> str:
    """The one that has the task. Raises InvalidInput where that is not one."""
    names = [row["name"] for row in client.get(at("workspaces"))]
    if len(names) == 1:
        return names[0]
    having = [name for name in names if task in {row["name"] for row in client.get(at("workspaces", name, "tasks"))}]
    if len(having) != 1:
        known = ", ".join(having or names)
        raise InvalidInput(f"name the workspace of {task!r} with -w: {known}")
    return having[0]


def _typed(fields: JsonObject, values: JsonObject, typed: set[str]) -> JsonObject:
    """What was given as text becomes what its field declares."""
    return {
        name: read_text(fields[name].get("type", "string"), value, multiple=bool(fields[name].get("multiple")))
        if name in typed and name in fields and isinstance(value, str)
        else value
        for name, value in values.items()
    }


def act(client: Client, operation: str, given: Mapping[str, Json]) -> int:
    """One operation on one job or several; a refusal does not stop the others."""
    if given.get("filters"):
        raise InvalidInput("on a server, jobs are named one by one")
    for option in ("env", "workspace"):
        if given.get(option):
            raise InvalidInput(f"--{option} has no meaning on a server")
    ids: Sequence[str] = given.get("ids") or (given["id"],)
    status = OK
    answers: list[Json] = []
    for id in ids:
        try:
            answers.append(_asked(client, operation, whole_id(client, id), given))
        except GitflowError as refused:
            if len(ids) == 1:
                raise
            status = FAILED
            tell(f"gitflow: {id}: {refused}\n")
            continue
        if given["output"] == "table":
            _tell_of(operation, id, answers[-1])
    if given["output"] != "table" and answers:
        print_value(answers if len(ids) > 1 else answers[0], given["output"])
    return status


def _asked(client: Client, operation: str, job_id: str, given: Mapping[str, Json]) -> JsonObject:
    segments, body = REQUESTS[operation](given)
    if operation == "delete":
        return client.delete(at("jobs", job_id))
    kept = {name: value for name, value in body.items() if value not in (None, "", {})}
    query = {"event_id": given.get("event_id")}
    return client.post(at("jobs", job_id, *segments), kept, query if operation == "event" else None)


def _tell_of(operation: str, id: str, answer: JsonObject) -> None:
    """A new job is what was asked for; everything else is said on stderr, as for jobs of this machine."""
    if operation == "retry":
        print(answer["job_id"])
    else:
        tell(f"{operation}: job {answer.get('job_id') or id}\n")


def _on_job(operation: str) -> Request:
    return lambda given: ((operation,), {"reason": given.get("reason")})


def _on_step(operation: str, **fixed: Json) -> Request:
    return lambda given: (
        ("steps", given["step"], operation),
        {"reason": given.get("reason"), **fixed},
    )


def _retry(given: Mapping[str, Json]) -> tuple[tuple[str, ...], JsonObject]:
    newest = "latest" if given["latest"] else None
    return ("retry",), {"from": given["start"], "from_step": given["step"], "revision": newest}


def _complete(given: Mapping[str, Json]) -> tuple[tuple[str, ...], JsonObject]:
    from gitflow.cli.operations import parsed

    return ("steps", given["step"], "complete"), {"result": parsed(given["result"], "--result")}


def _approve(given: Mapping[str, Json]) -> tuple[tuple[str, ...], JsonObject]:
    from gitflow.cli.inputs import gathered

    filled_in = gathered(given["inputs"], None)
    return ("steps", given["step"], "approve"), {"approved": True, "input": filled_in, "reason": given.get("reason")}


def _event(given: Mapping[str, Json]) -> tuple[tuple[str, ...], JsonObject]:
    from gitflow.cli.operations import parsed

    payload = parsed(given["payload"], "--payload")
    if not is_object(payload) and payload is not None:
        raise InvalidInput("on a server, --payload must be a JSON object")
    return ("events", given["type"]), payload or {}


#: Command -> the rest of the path below the job, and the body.
REQUESTS: Mapping[str, Request] = {
    "cancel": _on_job("cancel"),
    "pause": _on_job("pause"),
    "resume": _on_job("resume"),
    "restart": _on_job("restart"),
    "delete": _on_job("delete"),
    "retry": _retry,
    "retry-step": _on_step("retry"),
    "replay": _on_step("replay"),
    "skip": _on_step("skip"),
    "complete": _complete,
    "approve": _approve,
    "reject": _on_step("approve", approved=False),
    "event": _event,
}


def whole_id(client: Client, start: str) -> str:
    """The id that is, or begins with, ``start``. Raises NotFound or InvalidInput."""
    start = start.lower()
    if len(start) == 36:
        return start
    if len(start) < 8:
        raise InvalidInput(f"{start!r} is too short for the id of a job; give 8 characters at least")
    listed = client.get(at("jobs"), {"search": start, "limit": PAGE})
    found = [row["job_id"] for row in listed if row["job_id"].startswith(start)]
    if not found:
        raise NotFound("job", start)
    if len(found) > 1:
        raise InvalidInput(f"more than one job begins with {start!r}; give more of its id")
    return found[0]
