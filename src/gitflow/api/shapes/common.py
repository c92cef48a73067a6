"""What many answers have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.shapes.schema import ID, TEXT, WHOLE, list_of, one_of, or_null, ref, shape, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

SHAPES: Mapping[str, JsonObject] = {
    "Error": shape(
        "A refusal.",
        {"error": told(TEXT, "What went wrong."), "code": told(TEXT, "The same in a word that never changes.")},
        {
            "details": told(
                list_of(shape("One field.", {"field": TEXT, "message": TEXT})), "Each field that is wrong."
            ),
            "problems": told(list_of(ref("Problem")), "Each line of the definitions that is wrong."),
        },
    ),
    "Problem": shape(
        "Something that is wrong with definitions.",
        {
            "severity": one_of("error", "warning"),
            "rule": TEXT,
            "file": or_null(TEXT),
            "line": or_null(WHOLE),
            "column": or_null(WHOLE),
            "message": TEXT,
            "hint": or_null(TEXT),
        },
    ),
    "Created": shape("The job that was made.", {"job_id": ID}),
}
