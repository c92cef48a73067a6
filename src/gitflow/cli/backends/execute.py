"""``gitflow trigger``: executes a task on a server, and with --wait or --follow waits for the job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.cli.backends.client import path_of
from gitflow.cli.backends.follow import follow_logs, wait_for_end
from gitflow.cli.console.details import duration_s
from gitflow.cli.console.exits import FAILED, INTERRUPTED, OK
from gitflow.cli.console.inputs import gather_input
from gitflow.cli.console.progress import Progress, which_job
from gitflow.cli.console.streams import write_stderr
from gitflow.cli.console.tables import print_value
from gitflow.core.errors import InvalidInput, NotFound
from gitflow.core.language.inputs import read_text
from gitflow.core.names import closest
from gitflow.core.record import Record

if TYPE_CHECKING:
    from gitflow.cli.backends.remote import RemoteBackend
    from gitflow.core.values import JsonObject


class ExecuteOptions(Record):
    workspace: str | None = None
    inputs: tuple[str, ...] = ()  #: ``key=value``, as typed
    input_file: str | None = None
    rev: str | None = None
    labels: tuple[str, ...] = ()
    priority: int | None = None
    wait: bool = False
    follow: bool = False
    output: str = "table"
    quiet: bool = False


def execute(backend: RemoteBackend, task: str, options: ExecuteOptions) -> int:
    """0 once the server has accepted the job, or with --wait and --follow once it has completed."""
    workspace = options.workspace or _find_workspace(backend, task)
    path = path_of("workspaces", workspace, "tasks", task)
    values = gather_input(options.inputs, options.input_file)
    typed = {pair.partition("=")[0] for pair in options.inputs}
    labels = {name: value for name, _, value in (pair.partition("=") for pair in options.labels)}
    body = {
        "input": _convert_texts(backend.client.get(path)["input"], values, typed),
        "revision": options.rev,
        "labels": labels or None,
        "priority": options.priority,
    }
    body = {name: value for name, value in body.items() if value is not None}
    job_id = backend.client.post(f"{path}/execute", body)["job_id"]
    if options.wait or options.follow:
        try:
            return _wait(backend, job_id, options)
        except KeyboardInterrupt:
            write_stderr(f"\nthe job goes on; see gitflow logs -f {job_id}, or end it with gitflow cancel {job_id}\n")
            return INTERRUPTED
    if options.output == "table":
        print(job_id)
    else:
        print_value(backend.client.get(path_of("jobs", job_id)), options.output)
    return OK


def _wait(backend: RemoteBackend, job_id: str, options: ExecuteOptions) -> int:
    is_table = options.output == "table"
    progress = Progress(quiet=options.quiet, output_to_stderr=not is_table)
    if options.follow:
        for line in follow_logs(backend.client, job_id):
            progress.on_line(job_id, line["step"], line["line"])
    job = wait_for_end(backend.client, job_id)
    if is_table:
        took_s = duration_s(job["started_at"] or job["created_at"], job["completed_at"])
        which = which_job(job_id, job["commit"] and job["commit"]["sha"])
        progress.ended_as(which, job["task_name"], job["status"], took_s, job["error_message"])
    else:
        print_value(job, options.output)
    return OK if job["status"] == "completed" else FAILED


def _find_workspace(backend: RemoteBackend, task: str) -> str:
    """The only workspace that has the task. Raises NotFound, and InvalidInput where several have it."""
    names = [row["name"] for row in backend.list_workspaces()]
    return names[0] if len(names) == 1 else workspace_with(backend, "task", task)


def workspace_with(backend: RemoteBackend, kind: str, name: str) -> str:
    """The only workspace that has the task or trigger. Raises NotFound, and InvalidInput where several have it."""
    names = {each: [row["name"] for row in rows] for each, rows in backend.definitions_by_workspace(f"{kind}s", None)}
    having = [each for each, known in names.items() if name in known]
    if not having:
        raise NotFound(kind, name, closest(name, [each for known in names.values() for each in known]))
    if len(having) > 1:
        raise InvalidInput(f"several workspaces have the {kind} {name!r}; name one with -w: {', '.join(having)}")
    return having[0]


def _convert_texts(fields: JsonObject, values: JsonObject, typed: set[str]) -> JsonObject:
    """Converts values that were typed as text to the types that their fields declare."""
    return {
        name: read_text(fields[name].get("type", "string"), value, multiple=bool(fields[name].get("multiple")))
        if name in typed and name in fields and isinstance(value, str)
        else value
        for name, value in values.items()
    }
