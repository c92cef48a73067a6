"""The JSON of what an agent downloads for an attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.views.noun import JsonField, Noun, writer
from gitflow.views.schema import FLAG, TEXT, WHOLE, or_null

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.values import JsonObject
    from gitflow.stores.protocols.artifacts import Artifact


class Need(Record):
    step: str
    index: int | None  #: of the loop's instance
    artifact: Artifact


NEED = Noun(
    "Need",
    "A file that a step before an attempt left.",
    (
        JsonField("step", TEXT),
        JsonField("index", or_null(WHOLE), about="Number of the loop's instance that left it; null for other steps."),
        JsonField("name", TEXT, "artifact.name"),
        JsonField("size", WHOLE, "artifact.size"),
        JsonField("mode", WHOLE, "artifact.mode", about="Permission bits."),
        JsonField("sha256", TEXT, "artifact.digest"),
    ),
    list_name="Needs",
)


class AttemptEnded(Record):
    ended: bool


ENDED = Noun(
    "AttemptEnded",
    "Whether the step of an attempt has ended.",
    (JsonField("ended", FLAG, about="Whether its output is to be sent now; if not, ask again."),),
)

NOUNS = (NEED, ENDED)

need_json: Callable[[Need], JsonObject] = writer(NEED)
ended_json: Callable[[AttemptEnded], JsonObject] = writer(ENDED)
