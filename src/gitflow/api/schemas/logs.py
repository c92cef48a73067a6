"""Shapes of logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.views.schema import TEXT, described, object_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

SCHEMAS: Mapping[str, JsonObject] = {
    "Logs": object_of(
        "What was printed.",
        {
            "logs": described(
                TEXT, "JSON Lines: an object with `ts`, `stream`, `step`, `line`, `seq` and `attempt` a line."
            )
        },
    ),
}
