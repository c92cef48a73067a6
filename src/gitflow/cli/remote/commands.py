"""What the command line does on a server: each command as its local twin, through the HTTP API.

A function here takes the client and what its command was given; ``-o json`` prints what the API answers.
"""

from __future__ import annotations

import json
import sys
import time

from gitflow.cli.console.escape import indented
from gitflow.cli.console.exits import FAILED, INTERRUPTED, OK
from gitflow.cli.console.streams import tell
from gitflow.cli.console.tables import print_rows, print_value
from gitflow.cli.remote.client import Client, Unreachable, at
from gitflow.cli.remote.websocket import messages
from gitflow.core.errors import GitflowError, InvalidInput, NotFound
from gitflow.core.language.inputs import read_text
from gitflow.core.logs import SERVER_STEP
from gitflow.core.names import closest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from gitflow.core.values import Json, JsonObject

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
#: Kinds of definitions, in the order in which a name is looked for.
KINDS = ("tasks", "actions", "triggers")


def workspaces(client: Client, output: str) -> int:
    print_rows([_with_refusal(row) for row in client.get(at("workspaces"))], output, WORKSPACES)
    return OK


def _with_refusal(row: JsonObject) -> JsonObject:
    """A newer revision that was refused is worth a word in the table."""
    candidate = row.get("candidate")
    if candidate and not row.get("error"):
        return row | {"error": _refused(candidate)}
    return row


def _refused(candidate: JsonObject) -> str:
    """Warnings refuse nothing."""
    count = sum(problem["severity"] == "error" for problem in candidate["problems"])
    return f"{candidate['revision'][:12]} is refused" + (f": {count} error{'s' if count > 1 else ''}" if count else "")


def refresh(client: Client, name: str, output: str) -> int:
    done = client.post(at("workspaces", name, "refresh"))
    if output != "table":
        print_value(done, output)
    else:
        tell(f"{name} {'is now' if done['refreshed'] else 'is still'} at {done['revision'] or 'no revision'}\n")
        _tell_why(client.get(at("workspaces", name)))
    return OK


def _tell_why(row: JsonObject) -> None:
    """What stands in the way of something newer."""
    candidate = row["candidate"]
    if row["error"]:
        tell(f"{indented(row['error'], '  ')}\n")
    if candidate:
        tell(f"{_refused(candidate)}\n")
        for problem in candidate["problems"]:
            warning = "" if problem["severity"] == "error" else "warning: "
            tell(f"  {problem['file']}:{problem['line']}  {warning}{indented(problem['message'], '    ')}\n")


def listing(client: Client, kind: str, workspace: str | None, output: str) -> int:
    """What is defined in one workspace, or in all."""
    from gitflow.cli.local.definitions import print_kind

    print_kind(kind, [row for _, listed in _listed(client, kind, workspace) for row in listed], output)
    return OK


def show(client: Client, name: str, workspace: str | None, output: str) -> int:
    """Tasks before actions before triggers, where one name is several. Raises NotFound and InvalidInput."""
    known: list[str] = []
    for kind in KINDS:
        names = {where: {row["name"] for row in rows} for where, rows in _listed(client, kind, workspace)}
        having = [where for where in names if name in names[where]]
        if len(having) > 1:
            raise InvalidInput(f"name the workspace of {name!r} with -w: {', '.join(having)}")
        if having:
            shown = client.get(at("workspaces", having[0], kind, name))
            print_value(shown, "yaml" if output == "table" else output)
            return OK
        known += [each for found in names.values() for each in found]
    raise NotFound("task, action or trigger", name, closest(name, known))


def _listed(client: Client, kind: str, workspace: str | None) -> Iterator[tuple[str, list[JsonObject]]]:
    """By workspace. Where all are meant, one that cannot be read does not hide the others."""
    if workspace is not None:
        yield workspace, client.get(at("workspaces", workspace, kind))
        return
    for row in client.get(at("workspaces")):
        try:
            if row["revision"] is not None:
                yield row["name"], client.get(at("workspaces", row["name"], kind))
                continue
            why = "nothing is served of it; see gitflow workspaces"
        except Unreachable:
            raise
        except GitflowError as refused:
            why = str(refused)
        tell(f"gitflow: workspace {row['name']!r} is passed over: {indented(why, '  ')}\n")


def jobs(client: Client, output: str, **wanted: Json) -> int:
    from gitflow.cli.local.jobs import COLUMNS

    if wanted["task_name"] and not wanted["workspace"]:
        raise InvalidInput("on a server, --task needs --workspace as well")
    query = {NAMES.get(name, name): value for name, value in wanted.items()}
    for name in ("created_after", "created_before"):
        query[name] = _moment(query[name])
    for name in ("parent_job_id", "retry_of_job_id"):
        query[name] = query[name] and whole_id(client, query[name])
    print_rows(client.get(at("jobs"), query), output, COLUMNS)
    return OK


def _moment(text: str | None) -> str | None:
    from gitflow.cli.console.select import moment
    from gitflow.core.timestamps import rfc3339_or_none

    return rfc3339_or_none(moment(text))


def job(client: Client, id: str, output: str) -> int:
    from gitflow.cli.local.jobs import print_job

    detail = client.get(at("jobs", whole_id(client, id)))
    if output == "table":
        print_job(detail)
    else:
        print_value(detail, output)
    return OK


def explain(client: Client, id: str, output: str) -> int:
    from gitflow.cli.local.explain import EXPLAINED

    print_rows(client.get(at("jobs", whole_id(client, id), "explain")), output, EXPLAINED)
    return OK


def history(client: Client, id: str, output: str) -> int:
    from gitflow.cli.local.explain import HISTORY

    path, after = at("jobs", whole_id(client, id), "events"), 0
    rows: list[JsonObject] = []
    while page := client.get(path, {"after": after, "limit": PAGE}):
        rows += page
        after = page[-1]["seq"]
    print_rows(rows, output, HISTORY)
    return OK


def audit(client: Client, output: str, limit: int, after: datetime | None, **wanted: Json) -> int:
    """Page by page, newest first; ``after`` is in UTC."""
    from gitflow.cli.local.accounts import AUDIT

    wanted["after"] = after and f"{after.isoformat()}Z"
    rows: list[JsonObject] = []
    while len(rows) < limit:
        before = rows[-1]["id"] if rows else None
        size = min(PAGE, limit - len(rows))
        page = client.get(at("audit"), {**wanted, "before_id": before, "limit": size})
        rows += page
        if len(page) < size:
            break
    print_rows(rows, output, AUDIT)
    return OK


def logs(client: Client, id: str, follow: bool, form: str, **given: Json) -> int:
    job_id, step, stream = whole_id(client, id), given["step"], given["stream"]
    path = at("jobs", job_id, "steps", step, "logs") if step else at("jobs", job_id, "logs")
    query = {name: given[name] for name in ("stream", "tail", "since_seq")}
    if not follow:
        accept = "text/plain" if form == "text" else "application/x-ndjson"
        for line in client.stream(path, {**query, "format": form}, accept):
            sys.stdout.write(line.decode(errors="backslashreplace"))
        return OK
    since = int(given["since_seq"] or 0)
    for line in client.stream(path, query, "application/x-ndjson"):
        _print_line(json.loads(line), form)
        since = json.loads(line)["seq"]
    sys.stdout.flush()
    for line in noted(client, job_id, since) if step == SERVER_STEP else followed(client, job_id, since):
        if (step in (None, SERVER_STEP) or _is_of(line, step)) and stream in (None, line["stream"]):
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


def noted(client: Client, job_id: str, since_seq: int = 0) -> Iterator[JsonObject]:
    """What the engine notes about a job, as ``followed``; there is no stream of it, so one asks again."""
    gone_since, has_ended = None, False
    while not has_ended:
        try:
            has_ended = client.get(at("jobs", job_id))["completed_at"] is not None  # asked first: nothing is missed
            path = at("jobs", job_id, "steps", SERVER_STEP, "logs")
            lines = list(client.stream(path, {"since_seq": since_seq}, "application/x-ndjson"))
            gone_since = None
        except Unreachable:
            gone_since, has_ended = _patient(gone_since), False
            continue
        for line in map(json.loads, lines):
            since_seq = line["seq"]
            yield line
        sys.stdout.flush()
        if not has_ended:
            time.sleep(LOOK_MOST_S)


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
    from gitflow.cli.console.inputs import gathered

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
    from gitflow.cli.console.progress import Progress
    from gitflow.cli.local.jobs import lasted_s

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
    """The one that has the task. Raises NotFound, and InvalidInput where several have it."""
    names = [row["name"] for row in client.get(at("workspaces"))]
    if len(names) == 1:
        return names[0]
    tasks = {name: [row["name"] for row in rows] for name, rows in _listed(client, "tasks", None)}
    having = [name for name, known in tasks.items() if task in known]
    if not having:
        raise NotFound("task", task, closest(task, [name for known in tasks.values() for name in known]))
    if len(having) > 1:
        raise InvalidInput(f"several workspaces have the task {task!r}; name one with -w: {', '.join(having)}")
    return having[0]


def _typed(fields: JsonObject, values: JsonObject, typed: set[str]) -> JsonObject:
    """What was given as text becomes what its field declares."""
    return {
        name: read_text(fields[name].get("type", "string"), value, multiple=bool(fields[name].get("multiple")))
        if name in typed and name in fields and isinstance(value, str)
        else value
        for name, value in values.items()
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
