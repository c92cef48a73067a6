"""The names of artifacts; the ArtifactStore has the files."""

from __future__ import annotations

from gitflow.core.record import fields_of
from gitflow.stores.protocols.artifacts import Artifact
from gitflow.stores.sql import rows
from gitflow.stores.sql.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

COLUMNS = {"artifact": rows.ARTIFACT}


class SqlArtifacts(Session):
    columns = COLUMNS

    def put_artifacts(self, job_id: str, step: str, attempt: int, artifacts: Iterable[Artifact]) -> None:
        with self.joined():
            of_attempt = {"job_id": job_id, "step": step, "attempt": attempt}
            self._run_each("put_artifact", [of_attempt | dict(fields_of(one)) for one in artifacts])

    def artifacts(self, job_id: str) -> list[tuple[str, int, Artifact]]:
        """(step, attempt, artifact) of all artifacts of a job."""
        found = self._all("artifacts", job_id=job_id)
        return [(row.pop("step"), row.pop("attempt"), Artifact(**row)) for row in found]

    def artifacts_of_steps(self, job_id: str, steps: Iterable[str]) -> list[tuple[str, int | None, Artifact]]:
        """(step, number of the loop's instance, artifact) of the artifacts of the last attempts of these steps."""
        found = self._all("artifacts_of_steps", job_id=job_id, steps=rows.dumps(list(steps)))
        return [(row.pop("step"), row.pop("loop_index"), Artifact(**row)) for row in found]

    def names_digest(self, digest: str) -> bool:
        """Whether a row names the file with this digest."""
        return self._first("names_digest", digest=digest) is not None
