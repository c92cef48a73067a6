"""Jobs in one SQLite file.

Every change is one transaction; ``transaction()`` puts several into one commit.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress

from gitflow.core.errors import Conflict, NotFound, StoreError
from gitflow.core.jobs.job import Steps
from gitflow.stores import rows
from gitflow.stores.sql.artifacts import ArtifactRows
from gitflow.stores.sql.lists import JobLists
from gitflow.stores.sql.requests import Requests
from gitflow.stores.sqlite.errors import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from typing import Any

    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.stores.protocols.jobs import AttemptRow, PlanOf
    from gitflow.stores.sealing import Seals


class SqliteJobs(JobLists, Requests, ArtifactRows):
    """See JobStore. Several processes may each have one on the same file."""

    @guarded
    def put_snapshot(self, workspace: str, revision: str, compiled: bytes) -> None:
        if self._execute(self._queries["has_snapshot"], (workspace, revision)).fetchone() is None:
            with self.joined():
                self._execute(self._queries["put_snapshot"], (workspace, revision, compiled))

    @guarded
    def snapshot(self, workspace: str, revision: str) -> bytes | None:
        row = self._execute(self._queries["snapshot"], (workspace, revision)).fetchone()
        return None if row is None else row[0]

    @guarded
    def create(self, job: Job, history: Sequence[HistoryEntry]) -> None:
        seals = self._seals(job)
        with self.joined():
            try:
                row = (*rows.fixed_row(job, seals), *rows.moving_row(job, seals), job.version)
                self._execute(self._queries["create_job"], row)
            except sqlite3.IntegrityError as error:
                if error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_UNIQUE:
                    raise Conflict(f"there is already a job {job.id}") from error
                raise
            self._put(job, job.steps.values(), history, seals)

    @guarded
    def save(
        self,
        job: Job,
        changed: Mapping[str, StepRun],
        history: Sequence[HistoryEntry],
        removed: Collection[str] = (),
    ) -> None:
        seals = self._seals(job)
        with self.joined():
            saved = self._execute(self._queries["save_job"], (*rows.moving_row(job, seals), job.id, job.version))
            if saved.rowcount != 1:
                raise Conflict(f"job {job.id} has been changed by somebody else")
            if removed:
                self._connection.executemany(self._queries["remove_step"], [(job.id, name) for name in removed])
            self._put(job, changed.values(), history, seals)

    def _seals(self, job: Job) -> Seals | None:
        """None for a job without secrets: then nothing is imported."""
        if job.secrets or any(field.secret for field in job.plan.task.input.values()):
            return self._sealer().for_job(job)
        return None

    def _put(self, job: Job, steps: Collection[StepRun], history: Sequence[HistoryEntry], seals: Seals | None) -> None:
        put, queries = self._connection.executemany, self._queries
        if resets := [(entry.at, job.id, entry.step) for entry in history if entry.what == "step.reset"]:
            put(queries["close_attempt"], resets)
        if step_rows := [rows.step_row(job.id, step, seals) for step in steps]:
            put(queries["save_step"], step_rows)
            if attempts := rows.attempt_rows(job.id, steps, history, seals):
                put(queries["save_attempt"], attempts)
        if history:
            put(queries["add_event"], [rows.event_row(job.id, entry, seals) for entry in history])
        if seals is not None and job.secrets:
            self._execute(queries["put_job_secrets"], (job.id, seals.known()))

    @guarded
    def add_history(self, job_id: str, history: Sequence[HistoryEntry]) -> None:
        with self.joined(), suppress(sqlite3.IntegrityError):  # somebody has deleted it
            self._connection.executemany(self._queries["add_event"], [rows.event_row(job_id, one) for one in history])

    @guarded
    def load(self, job_id: str, plan_of: PlanOf) -> Job:
        row, step_rows, known = self._read(job_id)
        plan = plan_of(row[1], row[2], row[3])

        def opener(sealed: str, column: str) -> str:
            return self._sealer().open_of(job_id, sealed, column)

        try:
            steps = [rows.step_of(step, opener) for step in step_rows]
            secrets = () if known is None else tuple(rows.loads(opener(known[0], "secrets")))
            return rows.job_of(row, Steps({step.name: step for step in steps}), plan, secrets, opener)
        except (ValueError, TypeError) as error:
            raise StoreError(f"{self.path}: job {job_id} is damaged ({error}); put a backup in its place") from error

    def _read(self, job_id: str) -> tuple[Any, list[Any], Any]:
        """Both from one state of the file, though another process may be writing."""
        begun = not self._connection.in_transaction
        if begun:
            self._execute("BEGIN")
        try:
            row = self._execute(self._queries["job"], (job_id,)).fetchone()
            if row is None:
                raise NotFound("job", job_id)
            known = self._execute(self._queries["job_secrets"], (job_id,)).fetchone()
            return row, self._execute(self._queries["steps"], (job_id,)).fetchall(), known
        finally:
            if begun and self._connection.in_transaction:
                self._execute("COMMIT")

    @guarded
    def attempts(self, job_id: str) -> list[AttemptRow]:
        from gitflow.stores.protocols.jobs import AttemptRow  # not at the top: making its classes costs every start

        return [AttemptRow(*row) for row in self._execute(self._queries["attempts"], (job_id,))]

    @guarded
    def history(self, job_id: str) -> list[HistoryEntry]:
        found = self._execute(self._queries["history"], (job_id,))
        return [rows.entry_of(row) for row in found]

    @guarded
    def history_of(self, job_id: str, whats: Sequence[str]) -> list[HistoryEntry]:
        found = self._execute(self._queries["history_of"], (job_id, rows.dumps(list(whats))))
        return [rows.entry_of(row) for row in found]

    @guarded
    def delete(self, job_ids: Iterable[str]) -> list[str]:
        """Deletes those that have ended, with all that belongs to them here; answers which. Logs are the LogStore's."""
        with self.joined():
            return [id for id in job_ids if self._execute(self._queries["delete_job"], (id,)).rowcount == 1]

    @guarded
    def delete_unused_snapshots(self) -> int:
        """Those that were put for a job that was then not made; answers how many."""
        with self.joined():
            return self._execute(self._queries["delete_unused_snapshots"]).rowcount

    @guarded
    def meta(self, key: str) -> str | None:
        row = self._execute(self._queries["meta"], (key,)).fetchone()
        return None if row is None else row[0]

    @guarded
    def put_meta(self, key: str, value: str) -> None:
        with self.joined():
            self._execute(self._queries["put_meta"], (key, value))
