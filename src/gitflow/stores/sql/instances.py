"""Jobs by the names that their callers gave them, and requests to end many jobs; see InstanceStore."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitflow.core.errors import Conflict
from gitflow.core.record import fields_of, names_of
from gitflow.core.status import ENDED_JOB
from gitflow.stores.protocols.instances import Instance, MassEnding
from gitflow.stores.sql.session import Session

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from gitflow.stores.sql.driver import Row


COLUMNS = {"mass_ending": names_of(MassEnding)}


#: JSON: the states of jobs that have ended.
_ENDED = json.dumps(sorted(ENDED_JOB))


class SqlInstances(Session):
    columns = COLUMNS

    def put(self, workspace: str, task_name: str, instance: Instance) -> None:
        given = None if instance.given is None else json.dumps(instance.given)
        with self.joined():
            if self.job_of(workspace, task_name, instance.id) is not None:
                raise Conflict(f"there is a job {instance.id!r} of task {task_name!r} already")
            key = {"workspace": workspace, "task_name": task_name, "id": instance.id}
            self._run("put_instance", **key, job_id=instance.job_id, given=given)

    def job_of(self, workspace: str, task_name: str, id: str) -> str | None:
        return self._value("job_of_instance", workspace=workspace, task_name=task_name, id=id)

    def of_jobs(self, job_ids: Collection[str]) -> Mapping[str, Instance]:
        found = self._all("instances_of_jobs", job_ids=json.dumps(list(job_ids)))
        return {row["job_id"]: _instance(row) for row in found}

    def ended(self, workspace: str, task_name: str) -> Mapping[str, int]:
        found = self._all("ended_jobs_counted", workspace=workspace, task_name=task_name, statuses=_ENDED)
        return {row["status"]: row["jobs"] for row in found}

    def open_jobs(self, workspace: str) -> list[tuple[str, str]]:
        return [(row["task_name"], row["id"]) for row in self._all("open_jobs_of_workspace", workspace=workspace)]

    def revisions(self, workspace: str, task_name: str) -> list[str]:
        return self._values("revisions_of_task", workspace=workspace, task_name=task_name)

    def begin_ending(self, ending: MassEnding) -> bool:
        with self.joined():
            return self._run("add_mass_ending", **dict(fields_of(ending))) > 0

    def endings(self) -> list[MassEnding]:
        return self._endings(None, None)

    def ending(self, workspace: str, task_name: str) -> MassEnding | None:
        found = self._endings(workspace, task_name)
        return found[0] if found else None

    def finish_ending(self, ending: MassEnding) -> None:
        with self.joined():
            self._run("remove_mass_ending", workspace=ending.workspace, task_name=ending.task_name)

    def _endings(self, workspace: str | None, task_name: str | None) -> list[MassEnding]:
        found = self._all("mass_endings", workspace=workspace, task_name=task_name)
        return [_ending(row) for row in found]


def _ending(row: Row) -> MassEnding:
    row["deletes"] = bool(row["deletes"])
    return MassEnding(**row)


def _instance(row: Row) -> Instance:
    given = row["given"]
    return Instance(row["id"], row["job_id"], None if given is None else tuple(json.loads(given)))
