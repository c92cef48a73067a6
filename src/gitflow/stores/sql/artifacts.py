"""Which files steps left, by name; the files themselves are the ArtifactStore's."""

from __future__ import annotations

from gitflow.stores import rows
from gitflow.stores.sql.session import Session
from gitflow.stores.sqlite.errors import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitflow.stores.protocols.jobs import Artifact


class ArtifactRows(Session):
    @guarded
    def put_artifacts(self, job_id: str, step: str, attempt: int, artifacts: Iterable[Artifact]) -> None:
        with self.joined():
            found = [(job_id, step, attempt, one.name, one.size, one.mode, one.digest) for one in artifacts]
            self._connection.executemany(self._queries["put_artifact"], found)

    @guarded
    def artifacts(self, job_id: str) -> list[tuple[str, int, Artifact]]:
        """(step, attempt, artifact) of everything a job has left."""
        found = self._execute(self._queries["artifacts"], (job_id,)).fetchall()
        if not found:
            return []
        from gitflow.stores.protocols.jobs import Artifact  # not at the top: making its classes costs every start

        return [(step, attempt, Artifact(*rest)) for step, attempt, *rest in found]

    @guarded
    def artifacts_of_steps(self, job_id: str, steps: Iterable[str]) -> list[tuple[str, int | None, Artifact]]:
        """(step, number of the loop's instance, artifact) of what the last attempts of these steps left."""
        from gitflow.stores.protocols.jobs import Artifact  # not at the top: making its classes costs every start

        values = {"job_id": job_id, "steps": rows.dumps(list(steps))}
        found = self._execute(self._queries["artifacts_of_steps"], values)
        return [(step, index, Artifact(*rest)) for step, index, *rest in found]

    @guarded
    def carry_artifacts(self, from_job: str, to_job: str) -> None:
        """What a job left, for the steps with which another (stored already) begins as completed."""
        with self.joined():
            self._execute(self._queries["carry_artifacts"], {"from_job": from_job, "to_job": to_job})

    @guarded
    def names_digest(self, digest: str) -> bool:
        """Whether a file of the artifact store has a name."""
        return self._execute(self._queries["names_digest"], (digest,)).fetchone() is not None
