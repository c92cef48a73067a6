"""Jobs by the names that their callers gave them, and endings of many jobs that are going on; see InstanceStore."""

from __future__ import annotations

import json

from gitflow.core.errors import Conflict
from gitflow.core.record import fields_of
from gitflow.stores.protocols.instances import Instance, MassEnding
from gitflow.stores.sql.session import Session
from gitflow.stores.sqlite.errors import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class SqliteInstances(Session):
    @guarded
    def put(self, workspace: str, task_name: str, instance: Instance) -> None:
        given = None if instance.given is None else json.dumps(instance.given)
        with self.joined():
            if self.job_of(workspace, task_name, instance.id) is not None:
                raise Conflict(f"there is a job {instance.id!r} of task {task_name!r} already")
            self._execute(self._queries["put_instance"], (workspace, task_name, instance.id, instance.job_id, given))

    @guarded
    def job_of(self, workspace: str, task_name: str, id: str) -> str | None:
        wanted = {"workspace": workspace, "task_name": task_name, "id": id}
        row = self._execute(self._queries["job_of_instance"], wanted).fetchone()
        return None if row is None else row[0]

    @guarded
    def of_jobs(self, job_ids: Collection[str]) -> Mapping[str, Instance]:
        rows = self._execute(self._queries["instances_of_jobs"], (json.dumps(list(job_ids)),))
        return {
            job_id: Instance(id, job_id, None if given is None else tuple(json.loads(given)))
            for job_id, id, given in rows
        }

    @guarded
    def ended(self, workspace: str, task_name: str) -> Mapping[str, int]:
        return dict(self._execute(self._queries["ended_jobs_counted"], (workspace, task_name)).fetchall())

    @guarded
    def open_jobs(self, workspace: str) -> list[tuple[str, str]]:
        return self._execute(self._queries["open_jobs_of_workspace"], (workspace,)).fetchall()

    @guarded
    def revisions(self, workspace: str, task_name: str) -> list[str]:
        found = self._execute(self._queries["revisions_of_task"], (workspace, task_name))
        return [revision for (revision,) in found]

    @guarded
    def begin_ending(self, ending: MassEnding) -> bool:
        with self.joined():
            return self._execute(self._queries["add_mass_ending"], dict(fields_of(ending))).rowcount > 0

    @guarded
    def endings(self) -> list[MassEnding]:
        return self._endings(None, None)

    @guarded
    def ending(self, workspace: str, task_name: str) -> MassEnding | None:
        found = self._endings(workspace, task_name)
        return found[0] if found else None

    @guarded
    def finish_ending(self, ending: MassEnding) -> None:
        with self.joined():
            self._execute(self._queries["remove_mass_ending"], (ending.workspace, ending.task_name))

    def _endings(self, workspace: str | None, task_name: str | None) -> list[MassEnding]:
        rows = self._execute(self._queries["mass_endings"], {"workspace": workspace, "task_name": task_name})
        return [
            MassEnding(workspace, task_name, asked_at, actor, only_status, bool(deletes))
            for workspace, task_name, asked_at, actor, only_status, deletes in rows
        ]
