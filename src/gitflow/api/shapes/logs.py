"""Shapes of logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.shapes.schema import TEXT, shape, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

SHAPES: Mapping[str, JsonObject] = {
    "Logs": shape(
        "What was printed.",
        {"logs": told(TEXT, "JSON Lines: an object with `ts`, `stream`, `step`, `line`, `seq` and `attempt` a line.")},
    ),
}
