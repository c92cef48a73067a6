"""The backend on this machine: the files of a workspace, and the store in a state directory."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.cli.console.requests import JobOperation, LogQuery, Selection
    from gitflow.core.values import JsonObject
    from gitflow.stores.protocols.identity import AuditFilter
    from gitflow.stores.protocols.jobs import JobFilter


class LocalBackend:
    """Imports what a command needs only when it is called, so that commands start fast."""

    def __init__(self, state_dir: str | None = None) -> None:
        self._state_dir = state_dir

    def list_definitions(self, kind: str, workspace: str | None, rev: str | None) -> list[JsonObject]:
        from gitflow.cli.local.definitions import list_definitions

        return list_definitions(kind, workspace, rev)

    def find_definition(self, name: str, workspace: str | None, rev: str | None) -> JsonObject:
        from gitflow.cli.local.definitions import find_definition

        return find_definition(name, workspace, rev)

    def list_jobs(self, wanted: JobFilter, limit: int, offset: int) -> list[JsonObject]:
        from gitflow.cli.local.jobs import list_jobs

        return list_jobs(self._state_dir, wanted, limit, offset)

    def find_job(self, id: str) -> JsonObject:
        from gitflow.cli.local.jobs import find_job

        return find_job(self._state_dir, id)

    def describe_job(self, id: str) -> tuple[JsonObject, str]:
        from gitflow.cli.local.jobs import describe_job

        return describe_job(self._state_dir, id)

    def explain(self, id: str) -> JsonObject:
        from gitflow.cli.local.jobs import explain

        return explain(self._state_dir, id)

    def list_history(self, id: str) -> list[JsonObject]:
        from gitflow.cli.local.jobs import list_history

        return list_history(self._state_dir, id)

    def compare_jobs(self, id: str, other: str) -> JsonObject:
        from gitflow.cli.local.jobs import compare_jobs

        return compare_jobs(self._state_dir, id, other)

    def read_logs(self, query: LogQuery) -> Iterator[JsonObject]:
        from gitflow.cli.local.logs import read_logs

        return read_logs(self._state_dir, query)

    def list_audit(self, wanted: AuditFilter, limit: int) -> list[JsonObject]:
        from gitflow.cli.local.accounts import list_audit

        return list_audit(self._state_dir, wanted, limit)

    def select(self, request: JobOperation) -> Selection:
        from gitflow.cli.local.operate import select

        return select(self._state_dir, request)

    def operate(self, request: JobOperation) -> int:
        if request.command == "rerun":
            from gitflow.cli.local.rerun import rerun

            return rerun(self._state_dir, request)
        from gitflow.cli.local.operate import operate, retry_latest

        return (retry_latest if request.latest else operate)(self._state_dir, request)
