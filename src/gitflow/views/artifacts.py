"""The JSON of artifacts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.views.noun import JsonField, Noun, writer
from gitflow.views.schema import TEXT, WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.values import JsonObject
    from gitflow.stores.protocols.artifacts import Artifact


class StepArtifact(Record):
    step: str
    attempt: int
    artifact: Artifact


ARTIFACT = Noun(
    "Artifact",
    "A file that a step left.",
    (
        JsonField("name", TEXT, "artifact.name"),
        JsonField("step", TEXT),
        JsonField("attempt", WHOLE),
        JsonField("size", WHOLE, "artifact.size"),
        JsonField("sha256", TEXT, "artifact.digest"),
    ),
    list_name="Artifacts",
)

NOUNS = (ARTIFACT,)

artifact: Callable[[StepArtifact], JsonObject] = writer(ARTIFACT)
