"""What many answers have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.views.schema import ID, TEXT, list_of, ref, shape, told

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
    "Created": shape("The job that was made.", {"job_id": ID}),
}
