"""Jobs, their steps, attempts and history.

Every change is one transaction; ``transaction()`` puts several into one commit.
"""

from __future__ import annotations

from gitflow.core.errors import Conflict, NotFound, Overtaken, StoreError
from gitflow.core.jobs.job import Steps
from gitflow.core.standard import suppress
from gitflow.stores.sql import rows
from gitflow.stores.sql.driver import Violation
from gitflow.stores.sql.lists import JobLists
from gitflow.stores.sql.requests import Requests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.core.language.snapshot import Commit
    from gitflow.stores.protocols.jobs import AttemptRow, PlanOf
    from gitflow.stores.sealing import Seals
    from gitflow.stores.sql.driver import Row


#: Table, or part of one -> columns.
COLUMNS = {
    **Requests.columns,
    "job": rows.JOB,
    "job_changes": rows.MOVING,
    "step": rows.STEP,
    "step_changes": rows.STEP_CHANGES,
    "attempt": rows.ATTEMPT,
    "event": rows.EVENT,
    "artifact": rows.ARTIFACT,
}


class SqlJobs(JobLists, Requests):
    """See JobStore. Several processes may each have one on the same database."""

    columns = COLUMNS

    def put_snapshot(self, workspace: str, revision: str, compiled: bytes) -> None:
        if self._first("has_snapshot", workspace=workspace, revision=revision) is None:
            with self.joined():
                self._run("put_snapshot", workspace=workspace, revision=revision, compiled=compiled)

    def snapshot(self, workspace: str, revision: str) -> bytes | None:
        return self._value("snapshot", workspace=workspace, revision=revision)

    def create(self, job: Job, history: Sequence[HistoryEntry]) -> None:
        seals = self._seals(job)
        with self.joined():
            row = rows.fixed_row(job, seals) | rows.moving_row(job, seals)
            row["version"] = job.version
            self._run_one("create_job", row, lambda: Conflict(f"there is already a job {job.id}"))
            self._put(job, job.steps.values(), history, seals)

    def has_artifacts(self, job_id: str) -> bool:
        return self._first("has_artifacts", job_id=job_id) is not None

    def carry_artifacts(self, from_job: str, to_job: str) -> None:
        """Copies the names of a job's artifacts to another job, which is stored already, for steps that it begins as
        completed."""
        with self.joined():
            self._run("carry_artifacts", from_job=from_job, to_job=to_job)

    def save(
        self,
        job: Job,
        changed: Mapping[str, StepRun],
        history: Sequence[HistoryEntry],
        removed: Collection[str] = (),
    ) -> None:
        seals = self._seals(job)
        with self.joined():
            row = rows.moving_row(job, seals)
            row["id"], row["version"] = job.id, job.version
            self._run_one("save_job", row, lambda: Overtaken(job.id))
            if removed:
                self._run_each("remove_step", [{"job_id": job.id, "name": name} for name in removed])
            self._put(job, changed.values(), history, seals)

    def _seals(self, job: Job) -> Seals | None:
        """None for a job without secrets, so that nothing is imported."""
        if job.secrets or any(field.secret for field in job.plan.task.input.values()):
            return self._sealer().for_job(job)
        return None

    def _put(self, job: Job, steps: Collection[StepRun], history: Sequence[HistoryEntry], seals: Seals | None) -> None:
        put = self._run_each
        if resets := [entry for entry in history if entry.what == "step.reset"]:
            put("close_attempt", [{"job_id": job.id, "step": entry.step, "at": entry.at} for entry in resets])
        if step_rows := [rows.step_row(job.id, step, seals) for step in steps]:
            put("save_step", step_rows)
            if attempts := rows.attempt_rows(job.id, steps, history, seals):
                put("save_attempt", attempts)
        if history:
            put("add_event", [rows.event_row(job.id, entry, seals) for entry in history])
        if seals is not None and job.secrets:
            self._run("put_job_secrets", job_id=job.id, texts=seals.known())

    def add_history(self, job_id: str, history: Sequence[HistoryEntry]) -> None:
        with self.joined(), suppress(Violation):  # the job has been deleted
            self._run_each("add_event", [rows.event_row(job_id, one) for one in history])

    def load(self, job_id: str, plan_of: PlanOf) -> Job:
        row, step_rows, known = self._read(job_id)
        plan = plan_of(row["workspace"], row["revision"], row["task_name"])

        def opener(sealed: str, column: str) -> str:
            return self._sealer().open_of(job_id, sealed, column)

        try:
            steps = [rows.step_of(step, opener) for step in step_rows]
            secrets = () if known is None else tuple(rows.loads(opener(known, "secrets")))
            return rows.job_of(row, Steps({step.name: step for step in steps}), plan, secrets, opener)
        except (ValueError, TypeError) as error:
            raise StoreError(f"{self.path}: job {job_id} is damaged ({error}); put a backup in its place") from error

    def _read(self, job_id: str) -> tuple[Row, list[Row], str | None]:
        """Reads everything from one state of the database, while another process may be writing."""
        driver = self._driver
        begun = not driver.in_transaction
        if begun:
            driver.begin_reading()
        try:
            row = self._first("job", id=job_id)
            if row is None:
                raise NotFound("job", job_id)
            return row, self._all("steps", job_id=job_id), self._value("job_secrets", job_id=job_id)
        finally:
            if begun and driver.in_transaction:
                driver.commit()

    def attempts(self, job_id: str) -> list[AttemptRow]:
        from gitflow.stores.protocols.jobs import AttemptRow  # not at the top: making its classes costs every start

        return [AttemptRow(**row) for row in self._all("attempts", job_id=job_id)]

    def made_from(self, job_id: str) -> tuple[str, Commit | None]:
        row = self._first("made_from", id=job_id)
        if row is None:
            raise NotFound("job", job_id)
        return row["revision"], rows.commit_of(row["git_commit"])

    def history(self, job_id: str) -> list[HistoryEntry]:
        return [rows.entry_of(row) for row in self._all("history", job_id=job_id)]

    def history_of(self, job_id: str, whats: Sequence[str]) -> list[HistoryEntry]:
        found = self._all("history_of", job_id=job_id, whats=rows.dumps(list(whats)))
        return [rows.entry_of(row) for row in found]

    def delete(self, job_ids: Iterable[str]) -> list[str]:
        """Deletes those of these jobs that have ended, with their rows; returns their ids. The LogStore deletes their
        logs."""
        with self.joined():
            return [id for id in job_ids if self._run("delete_job", id=id) == 1]

    def meta(self, key: str) -> str | None:
        return self._value("meta", key=key)

    def put_meta(self, key: str, value: str) -> None:
        with self.joined():
            self._run("put_meta", key=key, value=value)
