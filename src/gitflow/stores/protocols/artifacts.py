"""The names of the files that steps left, and which content each has."""

from __future__ import annotations

from gitflow.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager
    from typing import Protocol


class Artifact(Record):
    """A file that a step left. ``name`` is relative to its artifacts folder, with ``/``."""

    name: str
    size: int
    mode: int  #: permission bits
    digest: str  #: SHA-256 of the content, in hex


if TYPE_CHECKING:

    class ArtifactNameStore(Protocol):
        def put_artifacts(self, job_id: str, step: str, attempt: int, artifacts: Iterable[Artifact]) -> None: ...

        def artifacts(self, job_id: str) -> list[tuple[str, int, Artifact]]:
            """(step, attempt, artifact) of all artifacts of a job."""
            ...

        def artifacts_of_steps(self, job_id: str, steps: Iterable[str]) -> list[tuple[str, int | None, Artifact]]:
            """(step, number of the loop's instance, artifact) of the artifacts of the last attempts of these steps."""
            ...

        def names_digest(self, digest: str) -> bool:
            """Whether a row names the file with this digest."""
            ...

        def joined(self) -> AbstractContextManager[None]:
            """The open transaction, or else a new one."""
            ...
