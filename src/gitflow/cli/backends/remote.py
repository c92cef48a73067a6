"""The backend on a server: each request through the HTTP API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitflow.cli.backends.client import Client, Unreachable, path_of
from gitflow.cli.backends.follow import follow_logs, poll_server_log
from gitflow.cli.backends.ids import find_id
from gitflow.cli.backends.remote_operations import operate, select
from gitflow.cli.console.escape import indented
from gitflow.cli.console.streams import write_stderr
from gitflow.core.errors import GitflowError, InvalidInput, NotFound
from gitflow.core.logs import SERVER_STEP
from gitflow.core.names import closest
from gitflow.core.timestamps import rfc3339_or_none

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.cli.console.requests import JobOperation, LogQuery, Selection
    from gitflow.core.values import JsonObject
    from gitflow.stores.protocols.identity import AuditFilter
    from gitflow.stores.protocols.jobs import JobFilter

#: How many items one request asks for.
PAGE_SIZE = 500
#: Kinds of definitions, in the order in which a name is looked up.
KINDS = ("tasks", "actions", "triggers")
LINES = "application/x-ndjson"


class RemoteBackend:
    def __init__(self, client: Client) -> None:
        self.client = client

    def list_definitions(self, kind: str, workspace: str | None, rev: str | None) -> list[JsonObject]:
        """The definitions of one workspace, or of all."""
        _refuse_revision(rev)
        return [row for _, rows in self.definitions_by_workspace(kind, workspace) for row in rows]

    def find_definition(self, name: str, workspace: str | None, rev: str | None) -> JsonObject:
        _refuse_revision(rev)
        known: list[str] = []
        for kind in KINDS:
            by_workspace = self.definitions_by_workspace(kind, workspace)
            names = {each: {row["name"] for row in rows} for each, rows in by_workspace}
            having = [each for each in names if name in names[each]]
            if len(having) > 1:
                raise InvalidInput(f"name the workspace of {name!r} with -w: {', '.join(having)}")
            if having:
                return self.client.get(path_of("workspaces", having[0], kind, name))
            known += [each for found in names.values() for each in found]
        raise NotFound("task, action or trigger", name, closest(name, known))

    def list_jobs(self, wanted: JobFilter, limit: int, offset: int) -> list[JsonObject]:
        query: dict[str, object] = {
            "workspace": wanted.workspace or (wanted.task_name and self._workspace_of(wanted.task_name)),
            "task_name": wanted.task_name,
            "status": wanted.status,
            "source_type": wanted.source_type,
            "revision": wanted.revision,
            "label": [f"{name}={value}" for name, value in wanted.labels.items()],
            "parent_job_id": wanted.parent_job_id and find_id(self.client, wanted.parent_job_id),
            "retry_of_job_id": wanted.retry_of_job_id and find_id(self.client, wanted.retry_of_job_id),
            "waiting_on": wanted.waiting_on,
            "actor": wanted.actor,
            "trigger": wanted.trigger,
            "duration_over": None if wanted.duration_over is None else f"{round(wanted.duration_over * 1000)}ms",
            "search": wanted.search,
            "created_after": rfc3339_or_none(wanted.created_after),
            "created_before": rfc3339_or_none(wanted.created_before),
        }
        return self.client.get(path_of("jobs"), {**query, "limit": limit, "offset": offset})

    def _workspace_of(self, task: str) -> str:
        """The only workspace that has the task, or the only one that there is. Raises InvalidInput."""
        tasks = {name: [row["name"] for row in rows] for name, rows in self.definitions_by_workspace("tasks", None)}
        having = [name for name, names in tasks.items() if task in names]
        found = having or list(tasks)
        if len(found) != 1:
            why = "is in several workspaces" if having else "is in no workspace now"
            raise InvalidInput(f"task {task!r} {why}; name one with -w: {', '.join(found)}")
        return found[0]

    def find_job(self, id: str) -> JsonObject:
        return self.client.get(path_of("jobs", find_id(self.client, id)))

    def describe_job(self, id: str) -> tuple[JsonObject, str]:
        detail = self.find_job(id)
        return detail, self.client.get(path_of("jobs", detail["job_id"], "explain"))["summary"]

    def explain(self, id: str) -> JsonObject:
        return self.client.get(path_of("jobs", find_id(self.client, id), "explain"))

    def list_history(self, id: str) -> list[JsonObject]:
        path, after = path_of("jobs", find_id(self.client, id), "events"), 0
        rows: list[JsonObject] = []
        while page := self.client.get(path, {"after": after, "limit": PAGE_SIZE}):
            rows += page
            after = page[-1]["seq"]
        return rows

    def compare_jobs(self, id: str, other: str) -> JsonObject:
        return self.client.get(path_of("jobs", find_id(self.client, id), "diff", find_id(self.client, other)))

    def read_logs(self, query: LogQuery) -> Iterator[JsonObject]:
        job_id, step, since = find_id(self.client, query.id), query.step, query.since_seq
        path = path_of("jobs", job_id, "steps", step, "logs") if step else path_of("jobs", job_id, "logs")
        wanted = {"stream": query.stream, "tail": query.tail, "since_seq": since}
        for line in map(json.loads, self.client.stream(path, wanted, LINES)):
            yield line
            since = line["seq"]
        if query.follow:
            follow = poll_server_log if step == SERVER_STEP else follow_logs
            for line in follow(self.client, job_id, since):
                if _matches(line, query):
                    yield line

    def list_audit(self, wanted: AuditFilter, limit: int) -> list[JsonObject]:
        query = {
            "actor": wanted.actor,
            "api_key": wanted.api_key,
            "what": wanted.what,
            "subject": wanted.subject,
            "workspace": wanted.workspace,
            "after": rfc3339_or_none(wanted.after),
        }
        rows: list[JsonObject] = []
        while len(rows) < limit:
            before = rows[-1]["id"] if rows else None
            size = min(PAGE_SIZE, limit - len(rows))
            page = self.client.get(path_of("audit"), {**query, "before_id": before, "limit": size})
            rows += page
            if len(page) < size:
                break
        return rows

    def select(self, request: JobOperation) -> Selection:
        return select(self.client, request)

    def operate(self, request: JobOperation) -> int:
        return operate(self.client, request)

    def list_workspaces(self) -> list[JsonObject]:
        return self.client.get(path_of("workspaces"))

    def find_workspace(self, name: str) -> JsonObject:
        return self.client.get(path_of("workspaces", name))

    def refresh(self, workspace: str) -> JsonObject:
        """Makes the server look for a newer revision; returns the workspace with the revision it serves now."""
        return self.client.post(path_of("workspaces", workspace, "refresh"))

    def set_sync(self, workspace: str, operation: str, reason: str) -> JsonObject:
        """``operation``: pause-sync or resume-sync. Returns the drift of the workspace."""
        return self.client.post(path_of("workspaces", workspace, operation), {"reason": reason})

    def accept_revision(self, workspace: str, revision: str, reason: str, lasts: str | None) -> JsonObject:
        """``lasts``: a duration. Returns the workspace with the revision that the server serves now."""
        body = {"reason": reason, **({"lasts": lasts} if lasts else {})}
        return self.client.post(path_of("workspaces", workspace, "revisions", revision, "accept"), body)

    def withdraw_acceptance(self, workspace: str, revision: str, reason: str) -> JsonObject:
        path = path_of("workspaces", workspace, "revisions", revision, "withdraw-acceptance")
        return self.client.post(path, {"reason": reason})

    def definitions_by_workspace(self, kind: str, workspace: str | None) -> Iterator[tuple[str, list[JsonObject]]]:
        """Without ``workspace``, those of all workspaces; one that cannot be read is reported and skipped."""
        if workspace is not None:
            yield workspace, self.client.get(path_of("workspaces", workspace, kind))
            return
        for row in self.list_workspaces():
            try:
                if row["revision"] is not None:
                    yield row["name"], self.client.get(path_of("workspaces", row["name"], kind))
                    continue
                why = "it has no active revision; see gitflow workspaces"
            except Unreachable:
                raise
            except GitflowError as error:
                why = str(error)
            write_stderr(f"gitflow: workspace {row['name']!r} is skipped: {indented(why, '  ')}\n")


def _refuse_revision(rev: str | None) -> None:
    if rev:
        raise InvalidInput("--rev cannot be used with --server: a server has one active revision")


def _matches(line: JsonObject, query: LogQuery) -> bool:
    """Whether a followed line is of the step, or of an item of its loop, and of the stream."""
    is_of_step = (
        query.step in (None, SERVER_STEP) or line["step"] == query.step or line["step"].startswith(f"{query.step}[")
    )
    return is_of_step and query.stream in (None, line["stream"])
