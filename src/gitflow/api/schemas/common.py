"""What many answers have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.views.schema import ID, TEXT, described, list_of, object_of, ref

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

SCHEMAS: Mapping[str, JsonObject] = {
    "Error": object_of(
        "A refusal.",
        {
            "error": described(TEXT, "What went wrong."),
            "code": described(TEXT, "The same in a word that never changes."),
        },
        {
            "details": described(
                list_of(object_of("One field.", {"field": TEXT, "message": TEXT})), "Each field that is wrong."
            ),
            "problems": described(list_of(ref("Problem")), "Each line of the definitions that is wrong."),
        },
    ),
    "Created": object_of("The job that was made.", {"job_id": ID}),
}
