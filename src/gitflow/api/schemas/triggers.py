"""Request bodies for triggers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.views.schema import OBJECT, body, described, or_null

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

SCHEMAS: Mapping[str, JsonObject] = {
    "Fire": body(
        "What the job is to begin with.",
        {"input": described(or_null(OBJECT), "Lies over the trigger's own input.")},
    ),
}
